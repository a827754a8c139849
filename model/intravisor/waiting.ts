/** Blocking and waking: a thread that waits is never forgotten and wakes once (I-61). */
import type { ErrorName, StepReport } from "../system-contract.ts";
import { type Caller, type Change, changed, failed, withThread } from "./change.ts";
import { failure } from "./errors.ts";
import type { Cvm, System, Wait } from "./state.ts";

/** A timeout that never comes. */
export const FOREVER = (1n << 64n) - 1n;

/** The caller waits, until `timeout` nanoseconds have passed at most; with 0 it does not wait at all. */
export function block(
  system: System,
  { owner, thread }: Caller,
  timeout: bigint,
  wait: (until: bigint | null) => Wait,
): Change {
  if (timeout === 0n) return failed(system, "ETIMEDOUT");
  const until = timeout === FOREVER ? null : system.time + timeout;
  const blocked = withThread(system, owner, { ...thread, state: "blocked", wait: wait(until) });
  return changed(blocked, { kind: "blocked" });
}

/** What a wait ends with: a0, or all three, or an error; null if it goes on. */
export type WaitEnd = bigint | readonly [bigint, bigint, bigint] | ErrorName | null;

/** Wakes every thread whose wait is over, in the order of slots and threads; at most `count` of them. */
export function wake(
  system: System,
  endOf: (wait: Wait, cvm: Cvm, thread: number) => WaitEnd,
  count = Number.POSITIVE_INFINITY,
): { system: System; woken: StepReport["woken"] } {
  const woken: { thread: { cvm: string; thread: number }; values: readonly [bigint, bigint, bigint] }[] = [];
  let after = system;
  for (const cvm of system.cvms) {
    if (cvm === null) continue;
    for (const thread of cvm.threads) {
      if (thread.wait === null || woken.length >= count) continue;
      const end = endOf(thread.wait, cvm, thread.number);
      if (end === null) continue;
      woken.push({ thread: { cvm: cvm.name, thread: thread.number }, values: valuesOf(end) });
      after = withThread(after, cvm.identity, { ...thread, state: "ready", wait: null });
    }
  }
  return { system: after, woken };
}

function valuesOf(end: Exclude<WaitEnd, null>): readonly [bigint, bigint, bigint] {
  if (typeof end === "bigint") return [end, 0n, 0n];
  return typeof end === "string" ? [failure(end), 0n, 0n] : end;
}
