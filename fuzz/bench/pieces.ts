/**
 * Runs of benchmark guests that never end, taken piece by piece: what starts and ends is not in any piece, and pieces
 * of several runs can take turns.
 */
import type { ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import type { Event, ThreadName } from "../../model/system-contract.ts";
import { newSystem, type Once, planFor, type Way } from "./copies.ts";

/** More times than any run here comes to. */
const TIMES = 1_000_000_000;
/** Machine steps that a thread gets at a time, if it does not wait before. */
const TURN_STEPS = 1_000_000;

/** Twice the machine steps of the shortest run that an engine translates anything in. */
const STEPS_MIN = 100_000;

export class Pieces {
  readonly timesMin: number;
  readonly #system: ProbedSystem = newSystem();
  readonly #once: Once;
  #time = 0n;
  #last: ThreadName | null = null;

  /** `once`: what it takes to do it once, with so many bytes. */
  constructor(way: Way, bytes: number, once: Once) {
    this.#once = once;
    this.timesMin = once.calls > 0 ? 1 : Math.ceil(STEPS_MIN / once.steps);
    const { cvms, starts } = planFor(way, TIMES, bytes);
    this.#system.reset();
    for (const { description } of cvms) this.#happen({ do: "create", cvm: description });
    for (const index of starts) {
      this.#system.begin({ cvm: cvms[index]!.description.name, thread: 0 }, { do: "go" }, []);
    }
  }

  /** Goes on for so many times: by the calls that are served where there are any, otherwise by machine steps. */
  take(times: number): void {
    const { steps, calls } = this.#once;
    if (calls > 0) {
      for (let left = times * calls; left > 0; ) if (this.#turn(TURN_STEPS).isServed) left--;
    } else {
      for (let left = Math.round(times * steps); left > 0; ) left -= this.#turn(left).steps;
    }
  }

  /** A turn of the next thread that can go on. */
  #turn(most: number): { readonly steps: number; readonly isServed: boolean } {
    const ready = this.#system.runnable();
    const at = ready.findIndex(({ cvm, thread }) => cvm === this.#last?.cvm && thread === this.#last.thread);
    const next = ready[(at + 1) % ready.length];
    if (next === undefined) {
      const ns = this.#system.probe.nextDue! - this.#time;
      this.#time += ns;
      this.#happen({ do: "advance", ns });
      return { steps: 0, isServed: false };
    }
    this.#last = next;
    const { steps, served } = this.#system.run(next, most);
    return { steps, isServed: served !== null };
  }

  #happen(event: Event): void {
    this.#system.step({ by: null, event }, []);
  }
}
