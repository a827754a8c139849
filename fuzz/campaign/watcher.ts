import type { MachineState, Start, StepEvent } from "../../model/contract.ts";
import type { Judge } from "../oracle/judge.ts";
import type { Violation } from "../oracle/oracle.ts";
import type { Reach } from "../reach/reach.ts";

/** Watches runs of the reference: reach counts every step, and the oracles judge each until one objects. */
export class Watcher {
  /** The first rule that the run broke. */
  violation: Violation | null = null;
  readonly #reach: Reach;
  readonly #judge: Judge;

  constructor(reach: Reach, judge: Judge) {
    this.#reach = reach;
    this.#judge = judge;
  }

  /** A run begins; `code` as the oracles have it. */
  begin(start: Start, code: Uint8Array | null): void {
    this.violation = null;
    this.#reach.begin(start);
    this.#judge.begin(start, code);
  }

  /** Hot. */
  readonly step = (event: StepEvent): void => {
    this.#reach.note(event);
    this.violation ??= this.#judge.step(event);
  };

  /** The run has ended in this state. */
  end(state: MachineState): void {
    this.violation ??= this.#judge.end(state);
  }
}
