/** Counts of the clauses of an oracle, and how an opinion on a step becomes a violation. */
import {
  COUNT_FALSE,
  COUNT_TRUE,
  COUNT_VACUOUS,
  COUNTS_PER_CLAUSE,
  type JudgedStep,
  type OracleName,
  type Violation,
} from "./oracle.ts";

/** What a clause says of a step: it holds, it has nothing to say, or what is wrong, in lines for a reader. */
export type Opinion = "holds" | "vacuous" | readonly string[];

export class Tally {
  readonly #name: OracleName;
  readonly #clauses: readonly string[];
  readonly #counts: Float64Array;
  #asked = 0;

  constructor(name: OracleName, clauses: readonly string[]) {
    this.#name = name;
    this.#clauses = clauses;
    this.#counts = new Float64Array(clauses.length * COUNTS_PER_CLAUSE);
  }

  /** Of the steps (and ends of runs) begun, those of which a clause was not asked are vacuous for it. */
  get counts(): Float64Array {
    for (let clause = 0; clause < this.#clauses.length; clause++) {
      const at = clause * COUNTS_PER_CLAUSE;
      const told = this.#counts[at + COUNT_TRUE]! + this.#counts[at + COUNT_FALSE]!;
      this.#counts[at + COUNT_VACUOUS] = this.#asked - told;
    }
    return this.#counts;
  }

  /** A step, or the end of a run, is about to be judged. Each clause is asked of it at most once. */
  begin(): void {
    this.#asked++;
  }

  /** Counts what the clause at this place says. Hot. */
  take(clause: number, opinion: Opinion, step: JudgedStep | null): Violation | null {
    if (opinion === "holds") {
      this.#counts[clause * COUNTS_PER_CLAUSE + COUNT_TRUE]!++;
      return null;
    }
    if (opinion === "vacuous") return null;
    this.#counts[clause * COUNTS_PER_CLAUSE + COUNT_FALSE]!++;
    return {
      oracle: this.#name,
      rule: this.#clauses[clause]!,
      at: step === null ? null : step.event.order,
      instruction: step === null ? "end state" : step.name,
      text: opinion,
    };
  }
}
