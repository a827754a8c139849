/**
 * Oracle V: every run ends. A step is one event, numbered from 0 without a gap; and after its last step the
 * machine can be asked for its state and stands where that step left it.
 *
 * A machine that throws is a difference of its own (`defect`), also where both machines throw. What one call
 * for many steps owes is in budget.ts.
 */
import type { MachineState } from "../../../model/contract.ts";
import {
  COUNT_FALSE,
  COUNT_TRUE,
  COUNT_VACUOUS,
  COUNTS_PER_CLAUSE,
  type JudgedStep,
  type Oracle,
  type Violation,
} from "../oracle.ts";

const ONE_EVENT = 0;
const SAME_PLACE = 1;

const clauses = ["one_step_one_event", "run_ends_where_it_went"];

/** Watches the numbers of events and the place where a run ends. */
export function livenessOracle(): Oracle {
  return new LivenessOracle();
}

class LivenessOracle implements Oracle {
  readonly name = "V";
  readonly clauses = clauses;
  readonly counts = new Float64Array(clauses.length * COUNTS_PER_CLAUSE);
  /** Steps of the run so far. */
  #steps = 0;
  #pc: bigint | null = null;

  begin(): void {
    this.#steps = 0;
    this.#pc = null;
  }

  step({ event, name }: JudgedStep): Violation | null {
    const expected = this.#steps++;
    this.#pc = event.pcAfter;
    if (event.order === expected) return this.#holds(ONE_EVENT);
    const text = [`the event has number ${event.order}, this is step ${expected} of the run`];
    return this.#fails(ONE_EVENT, expected, name, text);
  }

  end({ pc }: MachineState): Violation | null {
    if (this.#pc === null) {
      this.counts[SAME_PLACE * COUNTS_PER_CLAUSE + COUNT_VACUOUS]!++;
      return null;
    }
    if (pc === this.#pc) return this.#holds(SAME_PLACE);
    const text = [`pc is 0x${pc.toString(16)}, the last step went to 0x${this.#pc.toString(16)}`];
    return this.#fails(SAME_PLACE, null, "end state", text);
  }

  #holds(clause: number): null {
    this.counts[clause * COUNTS_PER_CLAUSE + COUNT_TRUE]!++;
    return null;
  }

  #fails(clause: number, at: number | null, instruction: string, text: string[]): Violation {
    this.counts[clause * COUNTS_PER_CLAUSE + COUNT_FALSE]!++;
    return { oracle: "V", rule: clauses[clause]!, at, instruction, text };
  }
}
