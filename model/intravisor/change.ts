/** One transition of the system: the state after it, and what the outside sees of it. */
import type { ErrorName, Outcome, StepReport, ThreadName } from "../system-contract.ts";
import { failure } from "./errors.ts";
import type { Cvm, Frame, Identity, System, Thread } from "./state.ts";

export interface Change {
  readonly system: System;
  readonly outcome: Outcome;
  readonly woken: readonly (StepReport["woken"][number] | Moved)[];
  readonly devices: StepReport["devices"];
}

/** What the thread was woken with so far in this step is another thread's now: its innermost frame has gone there. */
export interface Moved {
  readonly moved: ThreadName;
  readonly to: ThreadName;
}

/** Who makes a call: the thread, and the domain it is in now, in whose name it acts (I-23). */
export interface Caller {
  readonly owner: Identity;
  readonly thread: Thread;
  readonly frame: Frame;
  /** The cVM of the innermost frame. */
  readonly cvm: Cvm;
}

export function changed(system: System, outcome: Outcome, more: Partial<Change> = {}): Change {
  return { system, outcome, woken: [], devices: [], ...more };
}

/** The call is done: a0, a1, a2. */
export function returned(system: System, a0: bigint, a1 = 0n, a2 = 0n, more: Partial<Change> = {}): Change {
  return changed(system, { kind: "returned", values: [a0, a1, a2] }, more);
}

/** A failing call changes nothing (I-44). */
export function failed(system: System, error: ErrorName): Change {
  return returned(system, failure(error));
}

export function findCvm(system: System, { slot, generation }: Identity): Cvm | null {
  const cvm = system.cvms[slot] ?? null;
  return cvm !== null && cvm.identity.generation === generation ? cvm : null;
}

export function isSame(one: Identity, other: Identity): boolean {
  return one.slot === other.slot && one.generation === other.generation;
}

export function withCvm(system: System, cvm: Cvm): System {
  return { ...system, cvms: system.cvms.with(cvm.identity.slot, cvm) };
}

export function withThread(system: System, owner: Identity, thread: Thread): System {
  const cvm = findCvm(system, owner)!;
  return withCvm(system, { ...cvm, threads: cvm.threads.with(thread.number, thread) });
}
