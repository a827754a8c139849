/** What a run has to tell those who only want to know what failed: the same for every command, made from its record. */

/** One thing that was looked at: a finding, a planted fault, a file that was replayed, a test. */
export interface Case {
  /** What it belongs to: the command, or the file of a test. */
  readonly group: string;
  readonly name: string;
  /** `unknown`: it could not be told, which is no success. */
  readonly outcome: "holds" | "broken" | "unknown" | "skipped";
  /** Seconds; 0 where nobody measured it. */
  readonly seconds: number;
  /** Which promise is at stake, in a few words without blanks: what results of several runs are grouped by. */
  readonly rule: string;
  /** One sentence. */
  readonly message: string;
  /** The whole story, as it is printed; may be empty. */
  readonly details: string;
  /** A file that shows it, from the working folder; null if there is none. */
  readonly file: string | null;
  /** From 1; null for the whole file. */
  readonly line: number | null;
}

export interface RunOutcome {
  /** `capwright fuzz`, or the name of a suite. */
  readonly command: string;
  readonly cases: readonly Case[];
}

/** Whether a case keeps a run from being a success. */
export function isFailure({ outcome }: Case): boolean {
  return outcome === "broken" || outcome === "unknown";
}
