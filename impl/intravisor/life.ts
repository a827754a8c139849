/** Ends of cVMs, and time. */
import type { Engine } from "../engine/index.ts";
import { waiters } from "./basic-calls.ts";
import type { CallFrame } from "./call-frame.ts";
import { blockOf } from "./creation.ts";
import { endGrant } from "./file-calls.ts";
import { BLOCK_BYTES } from "./layout.ts";
import type { Cvm, Tables } from "./tables.ts";

type Wake = CallFrame["wake"];

/** Ends a cVM, its descendants first: none of their threads runs again, and what they granted is gone. */
export function endCvm(tables: Tables, engine: Engine, cvm: Cvm, wake: Wake): void {
  for (const child of tables.cvms) {
    if (child !== null && child.parent === cvm && child.state === "running")
      endCvm(tables, engine, child, wake);
  }
  cvm.state = "dying";
  for (const thread of cvm.threads) {
    thread.state = "dead";
    thread.wait = null;
  }
  cvm.handles.fill(null);
  for (const grant of [...tables.grants]) {
    if (grant.owner === cvm) endGrant({ tables, engine, wake } as CallFrame, grant);
  }
  tables.timers = tables.timers.filter((timer) => timer.thread.cvm !== cvm);
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
      wake(thread, wait.for === "time" ? [0n] : "ETIMEDOUT");
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
