import type { Mark } from "../../model/contract.ts";
import { BadInput } from "../bad-input.ts";
import { injectedProgram, WORDS_MAX } from "../program/index.ts";
import { assertableFields, type Scope, type TestrigTrace, V2_HEADER } from "./trace.ts";

/**
 * Reads a TestRIG trace (`.S`), in the legacy form or V2.
 *
 * A full-line comment becomes a note on the word behind it; what stands behind a word is its disassembly and
 * is dropped. Numbers are decimal, hexadecimal (0x) or octal (0o), as in the tool that writes these files.
 *
 * @param name stands for the file in messages.
 * @throws BadInput naming file and line of the first line that is not understood.
 */
export function parseTestrig(text: string, name: string): TestrigTrace {
  const reading = new Reading(name);
  const lines = text.split(/\r?\n/);
  const isV2 = lines.some((line) => line.trim() === V2_HEADER);
  lines.forEach((line, index) => {
    reading.line = index + 1;
    readLine(reading, line.trim(), isV2);
  });
  return reading.finish();
}

/** What has been read so far. */
class Reading {
  readonly words: number[] = [];
  readonly marks: Mark[] = [];
  readonly scopes: Scope[] = [];
  /** Regions begun and not ended, innermost last. */
  readonly open: { readonly kind: Region; readonly from: number; readonly line: number }[] = [];
  /** Full-line comments that wait for their word. */
  notes: string[] = [];
  /** Legacy `.noshrink`, up to the next `.shrink`. */
  keeping = false;
  /** `#>NO_SHRINK` before a single word. */
  keepNext = false;
  line = 0;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  refuse(why: string): never {
    throw new BadInput(`${this.#name}: line ${this.line}: ${why}`);
  }

  addWord(word: number): void {
    if (this.words.length === WORDS_MAX) this.refuse(`expected at most ${WORDS_MAX} words`);
    const at = this.words.push(word) - 1;
    for (const text of this.notes) this.marks.push({ at, kind: "note", text });
    this.notes = [];
    if (this.keeping || this.keepNext || this.open.some(({ kind }) => kind === "NO_SHRINK")) {
      this.marks.push({ at, kind: "keep" });
    }
    this.keepNext = false;
  }

  addAssertion(assertion: string): void {
    if (this.words.length === 0) this.refuse("expected a word before an assertion");
    const parts = /^(\w+)\s*==\s*(\w+)\s*"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(assertion);
    if (parts === null) this.refuse(`expected FIELD == VALUE "text", found ${quote(assertion)}`);
    const [, field, number, text] = parts as unknown as [string, string, string, string];
    if (!assertableFields.some((known) => known === field)) this.refuse(`unknown RVFI field ${quote(field)}`);
    const value = `0x${this.number(number).toString(16)}`;
    const plain = text.replace(/\\(.)/g, "$1");
    this.marks.push({ at: this.words.length - 1, kind: "assert", field, value, text: plain });
  }

  number(text: string): bigint {
    if (!/^(\d{1,80}|0[xX][0-9a-fA-F]{1,64}|0[oO][0-7]{1,80})$/.test(text)) {
      this.refuse(`expected a number, found ${quote(text)}`);
    }
    return BigInt(text);
  }

  finish(): TestrigTrace {
    const left = this.open.at(-1);
    if (left !== undefined) this.refuse(`START_${left.kind} of line ${left.line} has no end`);
    const program = { ...injectedProgram(this.words), marks: this.marks };
    return { program, scopes: this.scopes };
  }
}

const regions = ["SHRINK_SCOPE", "NO_SHRINK", "ASSERT_LAST_VAL"] as const;
type Region = (typeof regions)[number];

function readLine(reading: Reading, line: string, isV2: boolean): void {
  const [, directive, argument] = /^(\.\w+)\s*(.*)$/.exec(line) ?? [];
  if (line.startsWith("#>")) readToken(reading, line.slice(2), isV2);
  else if (line.startsWith("#")) reading.notes.push(line.slice(1).trim());
  else if (directive !== undefined) readDirective(reading, directive, argument!, isV2);
  else if (line !== "") reading.refuse(`expected a directive or a comment, found ${quote(line)}`);
}

function readDirective(reading: Reading, directive: string, argument: string, isV2: boolean): void {
  const bare = argument.replace(/#.*/, "").trim();
  if (directive === ".4byte") reading.addWord(wordOf(reading, bare, 32));
  else if (directive === ".2byte") reading.addWord(wordOf(reading, bare, 16));
  else if (directive === ".assert") reading.addAssertion(argument);
  else if ((directive === ".shrink" || directive === ".noshrink") && bare === "" && !isV2) {
    reading.keeping = directive === ".noshrink";
  } else reading.refuse(`unknown directive ${quote(`${directive} ${argument}`.trim())}`);
}

function wordOf(reading: Reading, text: string, bits: number): number {
  const value = reading.number(text);
  if (value >> BigInt(bits) !== 0n) reading.refuse(`expected at most ${bits} bits, found ${quote(text)}`);
  return Number(value);
}

/**
 * A line that begins with `#>`, the sign of V2. The legacy form takes it for a comment; what steers only the
 * shrinker may stand there, an assertion may not be lost.
 */
function readToken(reading: Reading, token: string, isV2: boolean): void {
  const [, edge, kind, rest] = /^(START_|END_|)([A-Z_]+)\b\s*(.*)$/.exec(token) ?? [];
  const region = regions.find((one) => one === kind);
  if (`#>${token}` === V2_HEADER) {
    if (reading.words.length > 0) reading.refuse("the version line must come before the first word");
  } else if (!isV2 && region !== undefined && region !== "ASSERT_LAST_VAL") reading.notes.push(`>${token}`);
  else if (!isV2 || region === undefined) reading.refuse(`unknown line ${quote(`#>${token}`)}`);
  else if (region === "ASSERT_LAST_VAL" && edge !== "START_") readAssertion(reading, edge!, rest!);
  else if (rest !== "") reading.refuse(`expected nothing behind ${region}, found ${quote(rest!)}`);
  else if (edge === "START_")
    reading.open.push({ kind: region, from: reading.words.length, line: reading.line });
  else if (edge === "END_") endRegion(reading, region);
  else if (region === "NO_SHRINK") reading.keepNext = true;
  else reading.refuse(`unknown line ${quote(`#>${token}`)}`);
}

function readAssertion(reading: Reading, edge: string, assertion: string): void {
  if (edge === "END_") endRegion(reading, "ASSERT_LAST_VAL");
  reading.addAssertion(assertion);
}

function endRegion(reading: Reading, kind: Region): void {
  const begun = reading.open.pop();
  if (begun?.kind !== kind) reading.refuse(`END_${kind} without its start`);
  const to = reading.words.length;
  if (kind === "SHRINK_SCOPE" && to > begun.from) reading.scopes.push({ from: begun.from, to });
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
