import type { Program, Start } from "../../model/contract.ts";
import { type AcceptedDifference, acceptedBy } from "../finding/accepted.ts";
import type { Lockstep, NextWord, Run, Watch } from "./lockstep.ts";

/** A comparison that lets accepted differences pass, and counts them. What comes behind one is not compared. */
export class Accepting {
  /** How often each entry has let something pass. */
  readonly counts: number[];
  readonly #inner: Pick<Lockstep, "program" | "generated">;
  readonly #entries: readonly AcceptedDifference[];

  constructor(inner: Pick<Lockstep, "program" | "generated">, entries: readonly AcceptedDifference[]) {
    this.#inner = inner;
    this.#entries = entries;
    this.counts = entries.map(() => 0);
  }

  program(program: Program, watch: Watch, withEnd = true): Run {
    return this.#judged(this.#inner.program(program, watch, withEnd));
  }

  generated(start: Start, next: NextWord, words: number[], watch: Watch, withEnd: boolean): Run {
    return this.#judged(this.#inner.generated(start, next, words, watch, withEnd));
  }

  #judged(run: Run): Run {
    if (run.divergence === null) return run;
    const { difference } = run.divergence;
    const entry = acceptedBy(this.#entries, difference);
    if (entry < 0) return run;
    this.counts[entry]!++;
    return { steps: difference.at === null ? run.steps : difference.at + 1, divergence: null };
  }
}
