/**
 * CP_Stream: bytes from one cVM to another, in order, straight from the sender's memory to a place that the receiver
 * has named (4.4). Here is how the two ends of a stream come to be, and how they go; cp-stream-transfer.ts moves bytes.
 *
 * A way leads from each end to the other. It is open as long as the one end writes and the other reads: what is sent
 * where it is not is EPIPE, and who receives is told 0 (I-78).
 */
import { type Caller, type Change, failed, isSame, returned, withThread } from "./change.ts";
import { failure } from "./errors.ts";
import { findHandle, openHandle, replaceHandle } from "./handles.ts";
import { identityWord, mayOpen, readAcl, readKey } from "./keys.ts";
import type { Cvm, EndNumber, Identity, Listener, Stream, StreamEnd, System, Thread } from "./state.ts";
import { block, wake } from "./waiting.ts";

/** Streams that a listener keeps for those who accept them. */
const BACKLOG_MAX = 4;

type Step = Pick<Change, "system" | "woken">;
type Waiter = { readonly cvm: Cvm; readonly thread: Thread };

/**
 * cps_listen(key, n, acl, count): a handle. First the key, then the list; then EEXIST, and ENOSPC if the cVM has as
 * many listeners as it may have endpoints, or no handle.
 */
export function listen(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [keyAt, keyLength, aclAt, aclCount] = args as [bigint, bigint, bigint, bigint];
  const named = readKey(system, caller, keyAt, keyLength);
  if (typeof named === "string") return failed(system, named);
  const listed = readAcl(system, caller, aclAt, aclCount);
  if (typeof listed === "string") return failed(system, listed);
  if (listenerWithKey(system, named.key) !== null) return failed(system, "EEXIST");
  const { identity, quotas } = caller.cvm;
  const mine = [...system.listeners.values()].filter(({ owner }) => isSame(owner, identity));
  if (mine.length >= quotas.endpoints) return failed(system, "ENOSPC");

  const number = system.next;
  const listener: Listener = { key: named.key, owner: identity, acl: listed.acl, backlog: [] };
  const made = { ...system, next: number + 1, listeners: new Map(system.listeners).set(number, listener) };
  const opened = openHandle(made, identity, { kind: "listener", listener: number });
  return opened === null ? failed(system, "ENOSPC") : returned(opened.system, opened.number);
}

/**
 * cps_connect(key, n): a handle to one end of a new stream. First the key; then ENOENT, EACCES, EAGAIN if the listener
 * keeps as many as it can, ENOSPC if the caller has no handle. It need not be accepted to be there.
 */
export function connect(system: System, caller: Caller, args: readonly bigint[]): Change {
  const named = readKey(system, caller, args[0]!, args[1]!);
  if (typeof named === "string") return failed(system, named);
  const at = listenerWithKey(system, named.key);
  if (at === null) return failed(system, "ENOENT");
  const listener = system.listeners.get(at)!;
  const { identity } = caller.cvm;
  if (!mayOpen(listener.acl, listener.owner, identity)) return failed(system, "EACCES");
  if (listener.backlog.length >= BACKLOG_MAX) return failed(system, "EAGAIN");

  const number = system.next;
  const end = (owner: Identity): StreamEnd => ({
    owner,
    open: true,
    reads: true,
    writes: true,
    posted: null,
  });
  const stream: Stream = { key: named.key, ends: [end(identity), end(listener.owner)] };
  const made: System = {
    ...system,
    next: number + 1,
    streams: new Map(system.streams).set(number, stream),
    listeners: withBacklog(system, at, [...listener.backlog, number]),
  };
  const opened = openHandle(made, identity, { kind: "stream", stream: number, end: 0 });
  if (opened === null) return failed(system, "ENOSPC");
  const { system: after, woken } = serveAccepting(opened.system, at);
  return returned(after, opened.number, 0n, 0n, { woken });
}

/**
 * cps_accept(handle, timeout): a handle to the end of the stream that waits longest, and the identity of who connected.
 * EBADF; ENOSPC if there is a stream but no handle for it; EAGAIN if there is none and no time to wait.
 */
export function accept(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [handle, timeout] = args as [bigint, bigint];
  const found = findHandle(system, caller.cvm.identity, handle)?.handle;
  if (found?.kind !== "listener") return failed(system, "EBADF");
  const { listener } = found;
  const accepted = take(system, listener);
  if (accepted === "ENOSPC") return failed(system, "ENOSPC");
  if (accepted !== null) return returned(accepted.system, ...accepted.values);
  if (timeout === 0n) return failed(system, "EAGAIN");
  const order = system.next;
  return block({ ...system, next: order + 1 }, caller, timeout, (until) => ({
    for: "accept",
    listener,
    order,
    until,
  }));
}

/** cps_shutdown(handle, how 0 reading 1 writing 2 both): 0. EBADF, then EINVAL. Doing it again changes nothing. */
export function shutdown(system: System, caller: Caller, args: readonly bigint[]): Change {
  const found = findStream(system, caller, args[0]!);
  if (found === null) return failed(system, "EBADF");
  const how = args[1]!;
  if (how > 2n) return failed(system, "EINVAL");
  const { reads, writes } = found.stream.ends[found.end];
  const left = { reads: reads && how === 1n, writes: writes && how === 0n };
  const { system: after, woken } = endWays(withEnd(system, found.number, found.end, left), found.number);
  return returned(after, 0n, 0n, 0n, { woken });
}

/**
 * cps_close(handle): 0. Those who wait through the handle get EBADF. With a listener go the streams that nobody has
 * accepted.
 */
export function close(system: System, caller: Caller, args: readonly bigint[]): Change {
  const { identity } = caller.cvm;
  const found = findHandle(system, identity, args[0]!);
  if (found?.handle.kind !== "listener" && found?.handle.kind !== "stream") return failed(system, "EBADF");
  const dropped = replaceHandle(system, identity, found.index, null);
  const { handle } = found;
  const { system: after, woken } =
    handle.kind === "stream"
      ? closeEnd(dropped, handle.stream, handle.end)
      : endListener(dropped, handle.listener);
  return returned(after, 0n, 0n, 0n, { woken });
}

/** Ends what a cVM that is over has of streams: its ends, and then its listeners. */
export function endStreamsOf(system: System, dead: Identity): Step {
  let after = system;
  const woken: Change["woken"][number][] = [];
  const follow = (step: Step) => {
    after = step.system;
    woken.push(...step.woken);
  };
  for (const number of system.streams.keys()) {
    for (const end of [0, 1] as const) {
      const owned = after.streams.get(number)?.ends[end];
      if (owned?.open && isSame(owned.owner, dead)) follow(closeEnd(after, number, end));
    }
  }
  for (const [number, { owner }] of system.listeners) {
    if (isSame(owner, dead)) follow(endListener(after, number));
  }
  return { system: after, woken };
}

/** Whether what is sent from an end can reach the other. */
export function isWayOpen({ ends }: Stream, from: EndNumber): boolean {
  return ends[from].writes && ends[otherEnd(from)].reads;
}

export function otherEnd(end: EndNumber): EndNumber {
  return end === 0 ? 1 : 0;
}

/** The stream that a handle of the caller names. */
export function findStream(system: System, { cvm }: Caller, handle: bigint) {
  const found = findHandle(system, cvm.identity, handle)?.handle;
  if (found?.kind !== "stream") return null;
  return { number: found.stream, end: found.end, stream: system.streams.get(found.stream)! };
}

export function withEnd(system: System, number: number, end: EndNumber, left: Partial<StreamEnd>): System {
  const stream = system.streams.get(number)!;
  const ends = stream.ends.with(end, { ...stream.ends[end], ...left }) as [StreamEnd, StreamEnd];
  return { ...system, streams: new Map(system.streams).set(number, { ...stream, ends }) };
}

function closeEnd(system: System, number: number, end: EndNumber): Step {
  const own = wake(system, (wait) =>
    (wait.for === "send" || wait.for === "receive") && wait.stream === number && wait.end === end
      ? "EBADF"
      : null,
  );
  const left = { open: false, reads: false, writes: false, posted: null };
  const others = endWays(withEnd(own.system, number, end, left), number);
  const streams = new Map(others.system.streams);
  if (streams.get(number)!.ends.every(({ open }) => !open)) streams.delete(number);
  return { system: { ...others.system, streams }, woken: [...own.woken, ...others.woken] };
}

/** Tells those who wait for a way that is not open any more; a buffer posted at its end gets nothing now. */
function endWays(system: System, number: number): Step {
  const stream = system.streams.get(number)!;
  let after = system;
  for (const end of [0, 1] as const) {
    const isWaiting = stream.ends[end].posted?.got === null;
    if (isWaiting && !isWayOpen(stream, otherEnd(end))) after = withEnd(after, number, end, { posted: null });
  }
  return wake(after, (wait) => {
    if (wait.for === "send" && wait.stream === number) return isWayOpen(stream, wait.end) ? null : "EPIPE";
    if (wait.for === "receive" && wait.stream === number) {
      return isWayOpen(stream, otherEnd(wait.end)) ? null : 0n;
    }
    return null;
  });
}

function endListener(system: System, number: number): Step {
  const { backlog } = system.listeners.get(number)!;
  const listeners = new Map(system.listeners);
  listeners.delete(number);
  const told = wake({ ...system, listeners }, (wait) =>
    wait.for === "accept" && wait.listener === number ? "EBADF" : null,
  );
  let { system: after, woken }: Step = told;
  for (const stream of backlog) {
    if (!after.streams.get(stream)?.ends[1].open) continue;
    const closed = closeEnd(after, stream, 1);
    after = closed.system;
    woken = [...woken, ...closed.woken];
  }
  return { system: after, woken };
}

/** Gives streams to those who wait for them, first come first served; without a handle the wait is over. */
function serveAccepting(system: System, number: number): Step {
  const woken: Change["woken"][number][] = [];
  let after = system;
  for (;;) {
    const first = firstAccepting(after, number);
    const accepted = first === null ? null : take(after, number);
    if (first === null || accepted === null) return { system: after, woken };
    if (accepted !== "ENOSPC") after = accepted.system;
    const values = accepted === "ENOSPC" ? ([failure("ENOSPC"), 0n, 0n] as const) : accepted.values;
    const thread = after.cvms[first.cvm.identity.slot]!.threads[first.thread.number]!;
    after = withThread(after, first.cvm.identity, { ...thread, state: "ready", wait: null });
    woken.push({ thread: { cvm: first.cvm.name, thread: thread.number }, values });
  }
}

function firstAccepting(system: System, number: number): Waiter | null {
  let first: (Waiter & { readonly order: number }) | null = null;
  for (const cvm of system.cvms) {
    for (const thread of cvm?.threads ?? []) {
      if (thread.wait?.for !== "accept" || thread.wait.listener !== number) continue;
      const { order } = thread.wait;
      if (first === null || order < first.order) first = { cvm: cvm!, thread, order };
    }
  }
  return first;
}

/** The owner of a listener takes the oldest stream of its backlog; null if there is none. */
function take(system: System, number: number) {
  const { owner, backlog } = system.listeners.get(number)!;
  const [first, ...rest] = backlog;
  if (first === undefined) return null;
  const opened = openHandle(system, owner, { kind: "stream", stream: first, end: 1 });
  if (opened === null) return "ENOSPC";
  const peer = identityWord(system.streams.get(first)!.ends[0].owner);
  const after = { ...opened.system, listeners: withBacklog(opened.system, number, rest) };
  return { system: after, values: [opened.number, peer, 0n] as const };
}

function withBacklog(system: System, number: number, backlog: readonly number[]) {
  return new Map(system.listeners).set(number, { ...system.listeners.get(number)!, backlog });
}

function listenerWithKey(system: System, key: string): number | null {
  for (const [number, listener] of system.listeners) if (listener.key === key) return number;
  return null;
}
