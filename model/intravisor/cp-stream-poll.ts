/**
 * CP_Stream, what is ready: seen as it is at the moment, whatever was seen before (I-77).
 *
 * IN: receiving would not wait: something has come, a sender waits, or nothing can come any more; at a listener, there is
 * a stream to accept. OUT: sending would not wait: there is a place for bytes, or nobody can receive them. HUP: the
 * other end is closed. ERR: the handle is none of the caller's streams and listeners.
 */

import { writeBytes } from "./bytes.ts";
import { type Caller, type Change, failed, returned, withThread } from "./change.ts";
import { isWayOpen, otherEnd } from "./cp-stream.ts";
import { placeAt, senderTo } from "./cp-stream-transfer.ts";
import { readWords } from "./guest-memory.ts";
import { findHandle } from "./handles.ts";
import { RAM_BASE } from "./layout.ts";
import type { Identity, System } from "./state.ts";
import { block } from "./waiting.ts";

/** Words of one set, at most. */
const SET_MAX = 64n;
const [IN, OUT, HUP, ERR] = [1n, 2n, 4n, 8n];

/**
 * cps_poll(set, count, timeout): how many of the set are ready. Each word of it is a handle, and wanted bits << 32; those
 * that are there, HUP and ERR wanted or not, are written << 48 to all words of the set, unless none is ready: then the
 * caller waits, and gets 0 and nothing written when its time is up. E2BIG for more than 64 words, then EFAULT.
 */
export function poll(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [set, count, timeout] = args as [bigint, bigint, bigint];
  if (count > SET_MAX) return failed(system, "E2BIG");
  const words = readWords(system, caller, set, Number(count));
  if (words === null) return failed(system, "EFAULT");
  const seen = look(system, caller.cvm.identity, words);
  if (seen.ready > 0n) return returned(write(system, set, seen.words), seen.ready);
  if (timeout === 0n) return returned(system, 0n);
  return block(system, caller, timeout, (until) => ({ for: "poll", set, words, until }));
}

/** Ends the waits of those who poll and have something ready: at the end of a step, whatever it was that happened. */
export function endPolls(system: System): Pick<Change, "system" | "woken"> {
  const woken: Change["woken"][number][] = [];
  let after = system;
  for (const cvm of system.cvms) {
    for (const thread of cvm?.threads ?? []) {
      if (thread.wait?.for !== "poll") continue;
      const seen = look(system, thread.frames.at(-1)!.domain, thread.wait.words);
      if (seen.ready === 0n) continue;
      after = write(after, thread.wait.set, seen.words);
      after = withThread(after, cvm!.identity, { ...thread, state: "ready", wait: null });
      woken.push({ thread: { cvm: cvm!.name, thread: thread.number }, values: [seen.ready, 0n, 0n] });
    }
  }
  return { system: after, woken };
}

/** The words of a set with what is there, and how many have something. */
function look(system: System, owner: Identity, words: readonly bigint[]) {
  let ready = 0n;
  const marked = words.map((word) => {
    const asked = word & 0xffff_ffff_ffffn;
    const bits = readiness(system, owner, asked & 0xffff_ffffn) & ((asked >> 32n) | HUP | ERR);
    if (bits !== 0n) ready += 1n;
    return asked | (bits << 48n);
  });
  return { words: marked, ready };
}

function readiness(system: System, owner: Identity, number: bigint): bigint {
  const handle = findHandle(system, owner, number)?.handle;
  if (handle?.kind === "listener") {
    return system.listeners.get(handle.listener)!.backlog.length > 0 ? IN : 0n;
  }
  if (handle?.kind !== "stream") return ERR;
  const { end, stream: at } = handle;
  const stream = system.streams.get(at)!;
  const hasCome = stream.ends[end].posted?.got || senderTo(system, at, end) !== null;
  const mayReceive = hasCome || !isWayOpen(stream, otherEnd(end));
  const maySend = placeAt(system, at, otherEnd(end)) !== null || !isWayOpen(stream, end);
  const isAlone = !stream.ends[otherEnd(end)].open;
  return (mayReceive ? IN : 0n) | (maySend ? OUT : 0n) | (isAlone ? HUP : 0n);
}

function write(system: System, set: bigint, words: readonly bigint[]): System {
  const bytes = new Uint8Array(new BigUint64Array(words).buffer);
  return { ...system, memory: writeBytes(system.memory, Number(set - RAM_BASE), bytes) };
}
