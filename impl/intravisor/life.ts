/** Ends of cVMs, and time. */
import type { Engine } from "../engine/index.ts";
import { waiters } from "./basic-calls.ts";
import type { CallFrame } from "./call-frame.ts";
import { admit, type Crossings, endEndpoint, unwind } from "./crossing-calls.ts";
import { blockOf } from "./domain.ts";
import { endGrant } from "./file-calls.ts";
import { BLOCK_BYTES } from "./layout.ts";
import { closeStreamsOf } from "./stream-calls.ts";
import type { Cvm, Tables } from "./tables.ts";

type Wake = CallFrame["wake"];

/** What the end of a cVM needs. */
export type Ending = Crossings & Pick<CallFrame, "engine">;

/** Ends a cVM, its descendants first: none of their threads runs again, and what they granted is gone. */
export function endCvm(ending: Ending, cvm: Cvm): void {
  const { tables, crossing } = ending;
  for (const child of tables.cvms) {
    if (child !== null && child.parent === cvm && child.state === "running") endCvm(ending, child);
  }
  cvm.state = "dying";
  for (const thread of cvm.threads) {
    if (thread.state !== "dead") while (thread.frames.length > 1) crossing.leave(thread);
    thread.state = "dead";
    thread.wait = null;
  }
  cvm.handles.fill(null);
  for (const endpoint of [...tables.endpoints]) if (endpoint.owner === cvm) endEndpoint(ending, endpoint);
  for (const thread of waiters(ending)) {
    const depth = thread.state === "dead" ? -1 : thread.frames.findIndex((frame) => frame.cvm === cvm);
    if (depth > 0) unwind(ending, thread, depth);
  }
  admit(ending);
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

/** Lets time pass: what is due happens in the order of its time, timers before timeouts. */
export function passTime(tables: Tables, ns: bigint, wake: Wake): void {
  const end = tables.time + ns;
  for (let due = nextDue(tables); due !== null && due <= end; due = nextDue(tables)) {
    tables.time = due;
    while (tables.timers.length > 0 && tables.timers[0]!.at <= due) {
      const { thread } = tables.timers.shift()!;
      if (thread.wait?.for === "time") wake(thread, "EINTR");
    }
    for (const thread of waiters({ tables })) {
      const { wait } = thread;
      if (wait === null || !("until" in wait) || wait.until === null || wait.until > due) continue;
      wake(thread, wait.for === "time" || wait.for === "poll" ? [0n] : "ETIMEDOUT");
    }
  }
  tables.time = end;
}

function nextDue(tables: Tables): bigint | null {
  let least: bigint | null = tables.timers[0]?.at ?? null;
  for (const { wait } of waiters({ tables })) {
    if (wait === null || !("until" in wait) || wait.until === null) continue;
    if (least === null || wait.until < least) least = wait.until;
  }
  return least;
}
