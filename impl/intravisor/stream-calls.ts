/** CP_Stream, the ends: listening, connecting, accepting, shutting down, closing, and what an end's end means. */
import { type Call, wait, waiters } from "./basic-calls.ts";
import type { CallFrame } from "./call-frame.ts";
import { aclAt, handleAt, keyAt, mayOpen, openHandle } from "./file-calls.ts";
import { poll } from "./stream-poll.ts";
import { postReceive, receive, send } from "./stream-transfer.ts";
import { endAt, isGoing, peerOf } from "./stream-ways.ts";
import type { Cvm, Listener, StreamEnd, Tables, Thread, Wait } from "./tables.ts";

const BACKLOG_MAX = 4;

/** What ending a stream needs of a call's frame: it also happens when nobody calls. */
type Streams = Pick<CallFrame, "tables" | "wake">;

const listen: Call = (frame) => {
  const { cvm, tables, args } = frame;
  const [keyPointer, keyLength, aclPointer, aclCount] = args as [bigint, bigint, bigint, bigint];
  const named = keyAt(frame, keyPointer, keyLength);
  if ("error" in named) return named.error;
  const acl = aclAt(frame, aclPointer, aclCount);
  if (typeof acl === "string") return acl;
  const listeners = [...tables.listeners];
  if (listeners.some(({ key }) => key === named.key)) return "EEXIST";
  if (listeners.filter(({ owner }) => owner === cvm).length >= cvm.quotas.endpoints) return "ENOSPC";
  const listener: Listener = { key: named.key, owner: cvm, acl, backlog: [] };
  const number = openHandle(cvm, { kind: "listener", listener });
  if (number === null) return "ENOSPC";
  tables.listeners.add(listener);
  return [number];
};

const connect: Call = (frame) => {
  const { cvm, tables, args } = frame;
  const named = keyAt(frame, args[0]!, args[1]!);
  if ("error" in named) return named.error;
  const listener = [...tables.listeners].find(({ key }) => key === named.key);
  if (listener === undefined) return "ENOENT";
  if (!mayOpen(listener.acl, listener.owner, cvm)) return "EACCES";
  if (listener.backlog.length >= BACKLOG_MAX) return "EAGAIN";

  const ends: StreamEnd[] = [];
  for (const owner of [cvm, listener.owner]) {
    ends.push({ key: named.key, owner, ends, open: true, reads: true, writes: true, posted: null });
  }
  const [near, far] = ends as [StreamEnd, StreamEnd];
  const number = openHandle(cvm, { kind: "stream", end: near });
  if (number === null) return "ENOSPC";
  tables.streams.add(near);
  listener.backlog.push(far);
  for (let next = nextAccepting(tables, listener); next !== null; next = nextAccepting(tables, listener)) {
    const answer = takeFrom(listener);
    if (answer === null) break;
    frame.wake(next, answer);
  }
  return [number];
};

const accept: Call = (frame) => {
  const found = handleAt(frame.cvm, frame.args[0]!);
  if (found?.handle.kind !== "listener") return "EBADF";
  const { listener } = found.handle;
  const answer = takeFrom(listener);
  if (answer !== null) return answer;
  if (frame.args[1] === 0n) return "EAGAIN";
  const order = frame.tables.queued++;
  return wait(frame, frame.args[1]!, (until) => ({ for: "accept", listener, order, until }));
};

/** The oldest stream of a backlog for the owner of the listener: handle and identity of the other; null if none. */
function takeFrom({ owner, backlog }: Listener): readonly bigint[] | "ENOSPC" | null {
  if (backlog.length === 0) return null;
  const end = backlog[0]!;
  const number = openHandle(owner, { kind: "stream", end });
  if (number === null) return "ENOSPC";
  backlog.shift();
  const { slot, generation } = peerOf(end).owner;
  return [number, BigInt(slot) | (BigInt(generation) << 32n)];
}

function nextAccepting(tables: Tables, listener: Listener): Thread | null {
  let next: Thread | null = null;
  let least = Infinity;
  for (const thread of waiters({ tables })) {
    const on = thread.wait;
    if (on?.for !== "accept" || on.listener !== listener || on.order >= least) continue;
    next = thread;
    least = on.order;
  }
  return next;
}

const shutdown: Call = (frame) => {
  const end = endAt(frame);
  if (end === null) return "EBADF";
  const how = frame.args[1]!;
  if (how > 2n) return "EINVAL";
  if (how !== 1n) end.reads = false;
  if (how !== 0n) end.writes = false;
  tellEnds(frame, end);
  return [0n];
};

const close: Call = (frame) => {
  const found = handleAt(frame.cvm, frame.args[0]!);
  if (found === null) return "EBADF";
  const { index, handle } = found;
  if (handle.kind !== "listener" && handle.kind !== "stream") return "EBADF";
  frame.cvm.handles[index] = null;
  if (handle.kind === "stream") closeEnd(frame, handle.end);
  else closeListener(frame, handle.listener);
  return [0n];
};

/** Closes what a cVM that is over has: its ends, and then its listeners. */
export function closeStreamsOf(streams: Streams, cvm: Cvm): void {
  for (const { ends } of [...streams.tables.streams]) {
    for (const end of ends) if (end.owner === cvm && end.open) closeEnd(streams, end);
  }
  for (const listener of [...streams.tables.listeners]) {
    if (listener.owner === cvm) closeListener(streams, listener);
  }
}

function closeListener(streams: Streams, listener: Listener): void {
  streams.tables.listeners.delete(listener);
  for (const thread of waiters(streams)) {
    if (thread.wait?.for === "accept" && thread.wait.listener === listener) streams.wake(thread, "EBADF");
  }
  for (const end of listener.backlog) if (end.open) closeEnd(streams, end);
}

function closeEnd(streams: Streams, end: StreamEnd): void {
  for (const thread of waiters(streams)) if (endOf(thread.wait) === end) streams.wake(thread, "EBADF");
  Object.assign(end, { open: false, reads: false, writes: false, posted: null });
  tellEnds(streams, end);
  if (!peerOf(end).open) streams.tables.streams.delete(end.ends[0]!);
}

/** Whoever waits at either end for what cannot be any more goes on; so much for a buffer that nothing can come to. */
function tellEnds(streams: Streams, { ends }: StreamEnd): void {
  for (const end of ends) if (end.posted?.got === null && !isGoing(peerOf(end))) end.posted = null;
  for (const thread of waiters(streams)) {
    const end = endOf(thread.wait);
    if (end === null || !ends.includes(end)) continue;
    if (thread.wait?.for === "send" && !isGoing(end)) streams.wake(thread, "EPIPE");
    else if (thread.wait?.for === "receive" && !isGoing(peerOf(end))) streams.wake(thread, [0n]);
  }
}

/** The end at which somebody waits for bytes to move. */
function endOf(on: Wait | null): StreamEnd | null {
  return on?.for === "send" || on?.for === "receive" ? on.end : null;
}

export const streamCalls: readonly (readonly [number, Call])[] = [
  [40, listen],
  [41, connect],
  [42, accept],
  [43, send],
  [44, receive],
  [45, postReceive],
  [46, poll],
  [47, shutdown],
  [48, close],
];
