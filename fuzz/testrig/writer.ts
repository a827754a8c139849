import type { Mark } from "../../model/contract.ts";
import { type TestrigTrace, V2_HEADER } from "./trace.ts";

/**
 * Writes a trace in the V2 form: notes as comments before their word, words to keep in no-shrink regions,
 * assertions around the word whose answer they judge.
 *
 * @param spell the text of a word for the reader of the file, put behind it as a comment.
 */
export function formatTestrig(trace: TestrigTrace, spell: (word: number, at: number) => string): string {
  const { words, marks } = trace.program;
  const marksAt = groupBy(marks, ({ at }) => at);
  const beginAt = groupBy(trace.scopes, ({ from }) => from);
  const endAt = groupBy(trace.scopes, ({ to }) => to);
  const keeps = (at: number) => marksAt.get(at)?.some(({ kind }) => kind === "keep") ?? false;
  /** Whether a word is kept in one region with the word before it: no edge of a scope may lie between. */
  const joins = (at: number) => !beginAt.has(at) && !endAt.has(at) && keeps(at) && keeps(at - 1);

  const lines = [V2_HEADER];
  words.forEach((word, at) => {
    for (const _ of beginAt.get(at) ?? []) lines.push("#>START_SHRINK_SCOPE");
    if (keeps(at) && !joins(at)) lines.push("#>START_NO_SHRINK");
    lines.push(...wordLines(word, marksAt.get(at) ?? [], spell(word, at)));
    if (keeps(at) && !joins(at + 1)) lines.push("#>END_NO_SHRINK");
    for (const _ of endAt.get(at + 1) ?? []) lines.push("#>END_SHRINK_SCOPE");
  });
  return `${lines.join("\n")}\n`;
}

function wordLines(word: number, marks: readonly Mark[], text: string): string[] {
  const assertions = marks.filter(({ kind }) => kind === "assert");
  const notes = marks.filter(({ kind }) => kind === "note");
  return [
    ...notes.flatMap((note) => (note.text ?? "").split("\n").map((line) => `# ${line}`)),
    ...assertions.map(() => "#>START_ASSERT_LAST_VAL"),
    `${wordText(word)}${text === "" ? "" : ` # ${text.replace(/\s+/g, " ")}`}`,
    ...assertions.map((one) => `#>END_ASSERT_LAST_VAL ${one.field} == ${one.value} ${quote(one.text ?? "")}`),
  ];
}

/** A word whose upper half is no part of it is written as the 16 bits it is. */
function wordText(word: number): string {
  if ((word & 3) === 3) return `.4byte 0x${word.toString(16).padStart(8, "0")}`;
  return `.2byte 0x${(word & 0xffff).toString(16).padStart(4, "0")}`;
}

function quote(text: string): string {
  return `"${text.replace(/[\r\n]+/g, " ").replace(/["\\]/g, "\\$&")}"`;
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => number): Map<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
