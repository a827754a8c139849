/** Source text with every guard wrapped in a call that counts it, and otherwise the same, line by line. */
import ts from "typescript";
import { type Guard, type GuardKind, placesIn } from "./place.ts";
import { noteCase, notePresence, noteTruth } from "./tally.ts";

export interface Instrumented {
  readonly source: string;
  readonly guards: readonly Guard[];
}

/** Text to put at a position; of several at one place, in the order in which they were asked for. */
interface Insertion {
  readonly at: number;
  readonly text: string;
  readonly closes: boolean;
  /** Length of what it wraps. */
  readonly span: number;
}

/**
 * Instruments a file. Its guards are numbered in the order of their places, from `first` on.
 *
 * @param tally what to import the counting functions from, relative to the file.
 * @throws Error if the file decides something in a way that is not counted.
 */
export function instrumented(file: string, source: string, tally: string, first: number): Instrumented {
  const places = placesIn(file, source);
  if (places.length === 0) return { source, guards: [] };

  const insertions: Insertion[] = [];
  const switches = new Set<ts.SwitchStatement>();
  places.forEach((place, index) => {
    const { expression, choice, guard } = place;
    const start = expression.getStart();
    const end = expression.getEnd();
    const span = end - start;
    let close = "))";
    if (choice !== null) {
      if (switches.has(choice)) return;
      switches.add(choice);
      close = `), [${labelsOf(choice).join(", ")}])`;
    }
    const call = CALLS[guard.kind];
    insertions.push({ at: start, text: `${call}(${first + index}, (`, closes: false, span });
    insertions.push({ at: end, text: close, closes: true, span });
  });
  const head = `import * as guardTally from ${JSON.stringify(tally)}; `;
  return { source: head + inserted(source, insertions), guards: places.map(({ guard }) => guard) };
}

const CALLS = {
  truth: `guardTally.${noteTruth.name}`,
  presence: `guardTally.${notePresence.name}`,
  case: `guardTally.${noteCase.name}`,
} as const satisfies Record<GuardKind, string>;

/** The labels of a switch as expressions; its default is an empty place, which equals nothing. */
function labelsOf(choice: ts.SwitchStatement): string[] {
  return choice.caseBlock.clauses.map((clause) =>
    ts.isCaseClause(clause) ? clause.expression.getText() : "guardTally.OTHERWISE",
  );
}

/** Closers come before openers; inner closers and outer openers first. */
function inserted(source: string, insertions: readonly Insertion[]): string {
  const ordered = insertions.toSorted((one, other) => {
    if (one.at !== other.at) return one.at - other.at;
    if (one.closes !== other.closes) return one.closes ? -1 : 1;
    return one.closes ? one.span - other.span : other.span - one.span;
  });
  let result = "";
  let from = 0;
  for (const { at, text } of ordered) {
    result += source.slice(from, at) + text;
    from = at;
  }
  return result + source.slice(from);
}
