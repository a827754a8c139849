/** The steps of a run since a stretch began or earlier, so that what was held then can be told again. */
import type { Start, StepEvent } from "../../../model/contract.ts";
import { HeldState } from "../held.ts";

/** Steps that are kept: more than any generated program takes. */
const STEPS_MAX = 1 << 16;

export class History {
  #events: StepEvent[] = [];
  /** What was held before the first of the events. */
  readonly #held = new HeldState();
  /** The number of the first of the events. */
  #first = 0;

  /** A run begins. */
  begin(start: Start): void {
    this.#held.reset(start);
    this.#events = [];
    this.#first = 0;
  }

  /** Steps since the run began. */
  get length(): number {
    return this.#first + this.#events.length;
  }

  get isFull(): boolean {
    return this.#events.length === STEPS_MAX;
  }

  push(event: StepEvent): void {
    this.#events.push(event);
  }

  /** Forgets all steps so far: no stretch may have begun before this moment. */
  forget(): void {
    this.#advance(this.#events.length);
  }

  /**
   * What was held before step `at`, and the steps from there on. The history then begins at that step, and what is
   * held goes on with the caller: for the last question of a run.
   */
  since(at: number): { held: HeldState; events: readonly StepEvent[] } {
    this.#advance(at - this.#first);
    return { held: this.#held, events: this.#events };
  }

  #advance(count: number): void {
    for (let at = 0; at < count; at++) this.#held.take(this.#events[at]!);
    this.#events = this.#events.slice(count);
    this.#first += count;
  }
}
