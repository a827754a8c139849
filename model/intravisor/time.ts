/** Time: nanoseconds that pass only when the outside says so. Timers belong to the thread that arms them (I-48). */
import { type Caller, type Change, changed, failed, findCvm, isSame, returned } from "./change.ts";
import { expireCalls } from "./cp-call-part.ts";
import type { System, Wait } from "./state.ts";
import { block, FOREVER, wake } from "./waiting.ts";

/** time(): nanoseconds since the reset, modulo 2^64; what is due is reckoned without wrapping. */
export function time(system: System): Change {
  return returned(system, BigInt.asUintN(64, system.time));
}

/** sleep(ns): 0 when they have passed. */
export function sleep(system: System, caller: Caller, args: readonly bigint[]): Change {
  const ns = args[0]!;
  if (ns >= 1n << 63n) return failed(system, "EINVAL");
  if (ns === 0n) return returned(system, 0n);
  return block(system, caller, ns, (until) => ({ for: "time", until: until! }));
}

/** timer_arm(ns): 0. When it fires, a sleep of the same thread ends early with EINTR. */
export function timerArm(system: System, { owner, thread, cvm }: Caller, args: readonly bigint[]): Change {
  const ns = args[0]!;
  if (ns === 0n || ns >= 1n << 63n) return failed(system, "EINVAL");
  const mine = system.timers.filter((timer) => isSame(timer.owner, owner)).length;
  if (mine >= cvm.quotas.timers) return failed(system, "EAGAIN");
  const timer = { owner, thread: thread.number, at: system.time + ns };
  const timers = [...system.timers, timer].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  return returned({ ...system, timers }, 0n);
}

/** Lets time pass: whatever is due happens in the order of its time. */
export function advance(system: System, ns: bigint): Change {
  const end = system.time + ns;
  let after = system;
  const woken: Change["woken"][number][] = [];
  for (;;) {
    const due = nextDue(after);
    if (due === null || due > end) break;
    const step = fire({ ...after, time: due });
    after = step.system;
    woken.push(...step.woken);
  }
  return changed({ ...after, time: end }, { kind: "done", value: 0n }, { woken });
}

function nextDue(system: System): bigint | null {
  const times = system.timers.map(({ at }) => at);
  const note = (until: bigint | null) => (until === null ? 0 : times.push(until));
  for (const { until } of system.tickets.values()) note(until);
  for (const cvm of system.cvms) {
    for (const { state, wait, frames } of cvm?.threads ?? []) {
      if (state === "dead") continue;
      if (wait !== null) note(deadlineOf(wait));
      for (const { activation } of frames) note(activation?.until ?? null);
    }
  }
  return times.reduce<bigint | null>((least, at) => (least === null || at < least ? at : least), null);
}

/** Timers first, then calls whose time is up, and then waits: also those inside a call that has just been given up. */
function fire(system: System): Pick<Change, "system" | "woken"> {
  const fired = system.timers.filter(({ at }) => at <= system.time);
  const left = { ...system, timers: system.timers.slice(fired.length) };
  const early = wakeTimed(left, fired);
  const given = expireCalls(early.system);
  const late = wake(given.system, (wait) => {
    const until = deadlineOf(wait);
    if (until === null || until > system.time) return null;
    return wait.for === "time" || wait.for === "poll" ? 0n : "ETIMEDOUT";
  });
  return { system: late.system, woken: [...early.woken, ...given.woken, ...late.woken] };
}

function wakeTimed(system: System, fired: System["timers"]): Pick<Change, "system" | "woken"> {
  let after = system;
  const woken: Change["woken"][number][] = [];
  for (const { owner, thread } of fired) {
    if (findCvm(after, owner) === null) continue;
    const step = wake(after, (wait, cvm, number) =>
      wait.for === "time" && isSame(cvm.identity, owner) && number === thread ? "EINTR" : null,
    );
    after = step.system;
    woken.push(...step.woken);
  }
  return { system: after, woken };
}

function deadlineOf(wait: Wait): bigint | null {
  return "until" in wait && wait.until !== FOREVER ? wait.until : null;
}
