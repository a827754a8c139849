/**
 * Callbacks in slices. An object that has called its client back waits with registers that the reference has to know, so
 * objects of a cVM that can do so are not interrupted: what they do before and after a callback is one slice, and compared
 * whole. What the client does in between runs in slices as ever.
 */
import { callNamed } from "../../model/intravisor/calls.ts";
import type { Outcome, ThreadName } from "../../model/system-contract.ts";
import type { Sides } from "./slice-sides.ts";

const MAKES = callNamed("sco_callback")?.number;
const ENDS = callNamed("sco_return")?.number;

export class Callbacks {
  readonly #sides: Sides;
  /** Names of the cVMs whose objects may call them back. */
  readonly #callers = new Set<string>();

  constructor(sides: Sides) {
    this.#sides = sides;
  }

  /** Whether a call lets objects call their client back. */
  areMadeBy(number: bigint): boolean {
    return number === MAKES;
  }

  /** A call was served. */
  served(by: ThreadName, number: bigint, outcome: Outcome): void {
    const domain = this.#sides.domainOf(by);
    const isDone = outcome.kind === "returned" && outcome.values[0] === 0n;
    if (number === MAKES && isDone && domain !== undefined) this.#callers.add(domain);
  }

  /** Whether objects may call back the domain that a thread is in. */
  areIn(by: ThreadName): boolean {
    const domain = this.#sides.domainOf(by);
    return domain !== undefined && this.#callers.has(domain);
  }

  /** Whether a call takes its thread out of a callback, back into the object. */
  endWith(by: ThreadName, number: bigint): boolean {
    const domains = this.#sides.threadOf(by)?.domains ?? [];
    return number === ENDS && domains.length > 1 && domains.at(-1) === domains.at(-2);
  }
}
