/** Ends of cVMs, and time. */
import type { Engine } from "../engine/index.ts";
import { releaseAll } from "../sco/binding.ts";
import { expireCalls, leaveCalls } from "./crossing-part.ts";
import { admit, type Crossings } from "./crossing-room.ts";
import { blockOf } from "./domain.ts";
import { endGrant } from "./file-calls.ts";
import { BLOCK_BYTES } from "./layout.ts";
import { closeStreamsOf } from "./stream-calls.ts";
import { type Cvm, type Tables, waiters } from "./tables.ts";

/** What the end of a cVM needs. */
export type Ending = Crossings & { readonly engine: Engine };

/** Ends a cVM, its descendants first: none of their threads runs again, and what they granted is gone. */
export function endCvm(ending: Ending, cvm: Cvm): void {
  const { tables } = ending;
  for (const child of tables.cvms) {
    if (child !== null && child.parent === cvm && child.state === "running") endCvm(ending, child);
  }
  cvm.state = "dying";
  releaseAll(ending.sharing, cvm);
  cvm.handles.fill(null);
  cvm.packets.length = 0;
  cvm.handler = 0;
  leaveCalls(ending, cvm);
  for (const grant of [...tables.grants]) if (grant.owner === cvm) endGrant(ending, grant);
  closeStreamsOf(ending, cvm);
  tables.timers = tables.timers.filter((timer) => timer.thread.cvm !== cvm);
  admit(ending);
  cvm.state = "quarantine";
}

/** Scrubs everything that was a dead cVM's, tags too, and frees its place. */
export function reclaimCvm(tables: Tables, engine: Engine, cvm: Cvm): void {
  engine.load(BigInt(cvm.codeBase), new Uint8Array(cvm.codeSize));
  engine.load(BigInt(cvm.dataBase), new Uint8Array(cvm.dataSize));
  for (const thread of cvm.threads) engine.load(BigInt(blockOf(thread)), new Uint8Array(BLOCK_BYTES));
  tables.cvms[cvm.slot] = null;
}

/** Lets time pass: what is due happens in the order of its time, timers before calls before other waits. */
export function passTime(crossings: Crossings, ns: bigint): void {
  const { tables, wake } = crossings;
  const end = tables.time + ns;
  for (let due = nextDue(tables); due !== null && due <= end; due = nextDue(tables)) {
    tables.time = due;
    while (tables.timers.length > 0 && tables.timers[0]!.at <= due) {
      const { thread } = tables.timers.shift()!;
      if (thread.wait?.for === "time") wake(thread, "EINTR");
    }
    expireCalls(crossings);
    for (const thread of waiters({ tables })) {
      const { wait } = thread;
      if (wait === null || !("until" in wait) || wait.until === null || wait.until > due) continue;
      wake(thread, wait.for === "time" || wait.for === "poll" ? [0n] : "ETIMEDOUT");
    }
  }
  tables.time = end;
}

/** When time wakes or interrupts somebody next, in nanoseconds since the reset; null if it never does. */
export function nextDue(tables: Tables): bigint | null {
  let least: bigint | null = tables.timers[0]?.at ?? null;
  const note = (until: bigint | null) => {
    if (until !== null && (least === null || until < least)) least = until;
  };
  for (const { until } of tables.tickets) note(until);
  for (const { state, wait, frames } of waiters({ tables })) {
    if (state === "dead") continue;
    if (wait !== null && "until" in wait) note(wait.until);
    for (const { call } of frames) note(call?.until ?? null);
  }
  return least;
}
