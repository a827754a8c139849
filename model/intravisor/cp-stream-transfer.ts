/**
 * CP_Stream, how bytes move: from the memory of who sends to the place that who receives has named, as many as both
 * allow (I-75). What has not moved is still with its sender, who waits; so nothing is lost, and nothing comes twice or
 * out of turn (I-74).
 *
 * What either side asks to be a message moves once: what does not fit is dropped, and the sender is told that all of it
 * went, the receiver how long it was.
 */
import type { ErrorName } from "../system-contract.ts";
import { readBytes, writeBytes } from "./bytes.ts";
import { type Caller, type Change, failed, returned, withThread } from "./change.ts";
import { findStream, isWayOpen, otherEnd, withEnd } from "./cp-stream.ts";
import { LENGTH_MAX, mayReach, offsetOf } from "./guest-memory.ts";
import { isExact, type Range } from "./layout.ts";
import type { Cvm, EndNumber, System, Thread, Wait } from "./state.ts";
import { block, FOREVER } from "./waiting.ts";

const NO_WAIT = 1n;
const MESSAGE = 2n;

/** Where bytes are moved from or to, and whether they are to be one message. */
interface Place {
  readonly range: Range;
  readonly message: boolean;
}

/** A thread that waits at an end of a stream. */
interface Waiting<Kind extends Wait["for"]> {
  readonly cvm: Cvm;
  readonly thread: Thread;
  readonly wait: Extract<Wait, { for: Kind }>;
}

/**
 * cps_send(handle, ptr, n, flags 1 do not wait 2 a message): bytes that went, of a message all. EBADF; EINVAL and EFAULT
 * as `rangeFrom` says; EPIPE if nobody can receive them; n = 0 sends nothing. Without a place for them the caller waits,
 * behind those who waited before, or gets EAGAIN.
 */
export function send(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [handle, pointer, length, flags] = args as [bigint, bigint, bigint, bigint];
  const found = findStream(system, caller, handle);
  if (found === null) return failed(system, "EBADF");
  const range = rangeFrom(caller, pointer, length, flags);
  if (typeof range === "string") return failed(system, range);
  const { number: stream, end } = found;
  if (!isWayOpen(found.stream, end)) return failed(system, "EPIPE");
  if (range.size === 0n) return returned(system, 0n);

  const source = { range, message: (flags & MESSAGE) !== 0n };
  const target = placeAt(system, stream, otherEnd(end));
  if (target !== null) {
    const moved = move(system, source, target);
    const after = arrive(moved, stream, otherEnd(end));
    return returned(after.system, moved.full, 0n, 0n, { woken: after.woken });
  }
  if (flags & NO_WAIT) return failed(system, "EAGAIN");
  const order = system.next;
  const queued = { ...system, next: order + 1 };
  return block(queued, caller, FOREVER, () => ({ for: "send", stream, end, ...source, order }));
}

/**
 * cps_recv(handle, ptr, n, flags 1 do not wait 2 a message): bytes that came, the length of what was sent, and where
 * they lie. EBADF; EINVAL and EFAULT as `rangeFrom` says. Then:
 *
 * 1. If something has come to a buffer posted before, that is the answer, and the buffer is free again (I-80).
 * 2. If somebody receives: EBUSY. If a buffer is posted: EBUSY, but with n = 0 the caller waits for what comes to it.
 * 3. With n = 0 there is nothing to receive: 0. What a sender waits with, comes. Where nothing can come any more, 0.
 * 4. The caller waits, or gets EAGAIN.
 */
export function receive(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [handle, pointer, length, flags] = args as [bigint, bigint, bigint, bigint];
  const found = findStream(system, caller, handle);
  if (found === null) return failed(system, "EBADF");
  const range = rangeFrom(caller, pointer, length, flags);
  if (typeof range === "string") return failed(system, range);
  const { number: stream, end } = found;
  const target = { range, message: (flags & MESSAGE) !== 0n };

  const { posted } = found.stream.ends[end];
  if (posted?.got) {
    const { count, full } = posted.got;
    return returned(withEnd(system, stream, end, { posted: null }), count, full, posted.range.base);
  }
  if (receiverAt(system, stream, end) !== null) return failed(system, "EBUSY");
  if (posted !== null && range.size > 0n) return failed(system, "EBUSY");
  if (posted === null) {
    if (range.size === 0n) return returned(system, 0n);
    const sender = senderTo(system, stream, end);
    if (sender !== null) {
      const { system: moved, count, full } = move(system, sender.wait, target);
      const { system: after, woken } = endWait(moved, sender, [full, 0n, 0n]);
      return returned(after, count, full, range.base, { woken });
    }
    if (!isWayOpen(found.stream, otherEnd(end))) return returned(system, 0n);
  }
  if (flags & NO_WAIT) return failed(system, "EAGAIN");
  return block(system, caller, FOREVER, () => ({ for: "receive", stream, end, ...target }));
}

/**
 * cps_post_recv(handle, ptr, n): 0. EBADF; EINVAL and EFAULT as `rangeFrom` says, EINVAL for n = 0 too; EBUSY if there
 * is a buffer, filled or not, or somebody receives; EPIPE if nothing can come. What a sender waits with, comes at once.
 */
export function postReceive(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [handle, pointer, length] = args as [bigint, bigint, bigint];
  const found = findStream(system, caller, handle);
  if (found === null) return failed(system, "EBADF");
  const range = rangeFrom(caller, pointer, length, 0n);
  if (typeof range === "string") return failed(system, range);
  if (length === 0n) return failed(system, "EINVAL");
  const { number: stream, end } = found;
  if (found.stream.ends[end].posted !== null || receiverAt(system, stream, end) !== null) {
    return failed(system, "EBUSY");
  }
  if (!isWayOpen(found.stream, otherEnd(end))) return failed(system, "EPIPE");

  const posted = withEnd(system, stream, end, { posted: { range, got: null } });
  const sender = senderTo(posted, stream, end);
  if (sender === null) return returned(posted, 0n);
  const moved = move(posted, sender.wait, { range, message: false });
  const arrived = arrive(moved, stream, end);
  const { system: after, woken } = endWait(arrived.system, sender, [moved.full, 0n, 0n]);
  return returned(after, 0n, 0n, 0n, { woken });
}

/** Where what is sent to an end goes: to who receives there, or else to the buffer posted there; null if nowhere. */
export function placeAt(system: System, number: number, end: EndNumber): Place | null {
  const receiver = receiverAt(system, number, end);
  if (receiver !== null && receiver.wait.range.size > 0n) return receiver.wait;
  const { posted } = system.streams.get(number)!.ends[end];
  return posted?.got === null ? { range: posted.range, message: false } : null;
}

/** The thread that has waited longest with bytes for an end. */
export function senderTo(system: System, number: number, end: EndNumber): Waiting<"send"> | null {
  const senders = sendersTo(system, number, end);
  return senders.sort((one, other) => one.wait.order - other.wait.order)[0] ?? null;
}

/** Threads that wait with bytes for an end. */
export function sendersTo(system: System, number: number, end: EndNumber): Waiting<"send">[] {
  const from = otherEnd(end);
  return waitingFor(system, "send").filter(({ wait }) => wait.stream === number && wait.end === from);
}

interface Moved {
  readonly system: System;
  /** Where they lie now. */
  readonly range: Range;
  readonly count: bigint;
  /** The length of what was sent. */
  readonly full: bigint;
}

/** Copies as much as fits, as if through a temporary (I-59). */
function move(system: System, from: Place, to: Place): Moved {
  const isShort = to.range.size < from.range.size;
  const count = (isShort ? to : from).range.size;
  const bytes = readBytes(system.memory, offsetOf(from.range.base, count), Number(count));
  const memory = writeBytes(system.memory, offsetOf(to.range.base, count), bytes);
  const full = from.message || to.message ? from.range.size : count;
  return { system: { ...system, memory }, range: to.range, count, full };
}

/** Something has come to an end: who waits for it is told, or else it is kept with the buffer. */
function arrive({ system, range, count, full }: Moved, number: number, end: EndNumber) {
  const receiver = receiverAt(system, number, end);
  if (receiver === null) {
    return { system: withEnd(system, number, end, { posted: { range, got: { count, full } } }), woken: [] };
  }
  return endWait(withEnd(system, number, end, { posted: null }), receiver, [count, full, range.base]);
}

function receiverAt(system: System, number: number, end: EndNumber): Waiting<"receive"> | null {
  const receivers = waitingFor(system, "receive");
  return receivers.find(({ wait }) => wait.stream === number && wait.end === end) ?? null;
}

function waitingFor<Kind extends Wait["for"]>(system: System, kind: Kind): Waiting<Kind>[] {
  const found: Waiting<Kind>[] = [];
  for (const cvm of system.cvms) {
    for (const thread of cvm?.threads ?? []) {
      if (isFor(thread.wait, kind)) found.push({ cvm: cvm!, thread, wait: thread.wait });
    }
  }
  return found;
}

function isFor<Kind extends Wait["for"]>(
  wait: Wait | null,
  kind: Kind,
): wait is Extract<Wait, { for: Kind }> {
  return wait?.for === kind;
}

function endWait(
  system: System,
  { cvm, thread }: Pick<Waiting<"send">, "cvm" | "thread">,
  values: readonly [bigint, bigint, bigint],
): Pick<Change, "system" | "woken"> {
  const after = withThread(system, cvm.identity, { ...thread, state: "ready", wait: null });
  return { system: after, woken: [{ thread: { cvm: cvm.name, thread: thread.number }, values }] };
}

/**
 * A buffer of the caller's: EINVAL for flags that mean nothing, more than 2^47 bytes, or bounds that cannot be exact; then
 * EFAULT if it is not all within the caller's DDC. No bytes lie anywhere.
 */
function rangeFrom(caller: Caller, base: bigint, size: bigint, flags: bigint): Range | ErrorName {
  if (flags > (NO_WAIT | MESSAGE) || size > LENGTH_MAX || !isExact({ base, size })) return "EINVAL";
  return mayReach(caller, base, size) ? { base, size } : "EFAULT";
}
