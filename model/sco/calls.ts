/**
 * Calls into objects (5.5). Client code calls an object as it calls a function: no host call is made, the thread stays in its
 * domain, and which state the object finds follows from who calls, not from any number it gives (I-103). An object reaches
 * other objects and its client through what the client has put in the place of its imports (imports.ts).
 */
import type { Trap } from "../contract.ts";
import { readBytes, writeBytes } from "../intravisor/bytes.ts";
import { type Caller, type Change, changed, failed, returned, withThread } from "../intravisor/change.ts";
import { FRAMES_MAX } from "../intravisor/cp-call-room.ts";
import { failure } from "../intravisor/errors.ts";
import { mayReach, offsetOf } from "../intravisor/guest-memory.ts";
import { identityWord } from "../intravisor/keys.ts";
import { isExact, PAGE, type Range } from "../intravisor/layout.ts";
import type { Frame, System, Thread } from "../intravisor/state.ts";
import { type Client, enter, OBJECT_FRAMES_MAX, type Run, resume } from "./execution.ts";
import { SLOT } from "./format.ts";
import { bindingOf, boundBy, objectHandle, withStates } from "./objects.ts";
import { stackFor, withStackCleared } from "./stack.ts";
import type { Piece } from "./state.ts";

/** mcause of accesses that are not aligned: loads, stores and atomics. */
const MISALIGNED: readonly bigint[] = [4n, 6n];

/**
 * sco_call(handle, export, x0, x1, x2, x3, ptr, n): what the object returns. It has the bytes at ptr for as long, and as a
 * library all that DDC covers. EFAULT with mcause and mtval if it traps, ETIMEDOUT if it goes on for too long; what it has
 * stored by then stays.
 */
export function call(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [handle, number] = args as [bigint, bigint];
  const buffer: Range = { base: args[6]!, size: args[7]! };
  const object = objectHandle(system, caller, handle)?.object;
  const binding = object && bindingOf(object, caller.cvm.identity);
  if (!object || !binding) return failed(system, "EBADF");
  if (number >= BigInt(object.file.exports.length) || !isExact(buffer)) return failed(system, "EINVAL");
  if (!mayReach(caller, buffer.base, buffer.size)) return failed(system, "EFAULT");
  if (objectsIn(caller.thread) >= OBJECT_FRAMES_MAX) return failed(system, "ELOOP");
  const stackTop = stackFor(caller.thread);
  if (typeof stackTop !== "bigint")
    return returned(system, failure("EFAULT"), stackTop.cause, stackTop.value);

  const isLibrary = binding.mode === "library";
  const { ddc } = caller.frame;
  if (isLibrary && ddc.size === 0n) return failed(system, "EFAULT");
  const thread = withStackCleared(caller.thread, stackTop);
  const ready = { ...caller, thread };
  const client = isLibrary ? domainOf(system, ready) : compartmentsOf(system, ready, buffer);
  const entry = { object: object.number, export: Number(number), args: args.slice(2, 6), buffer, stackTop };
  return take(
    withThread(system, caller.owner, thread),
    ready,
    enter(client, { ...entry, ddc: isLibrary ? ddc : null }),
  );
}

/** sco_return(value): the client has been called back; the object that did goes on with the value. */
export function returnToObject(system: System, caller: Caller, args: readonly bigint[]): Change {
  const { owner, thread, frame } = caller;
  if (frame.callback === null) return failed(system, "EPERM");
  const left: Thread = { ...thread, frames: thread.frames.slice(0, -1) };
  const below: Caller = { ...caller, thread: left, frame: left.frames.at(-1)! };
  const client = compartmentsOf(system, below, frame.callback.buffer);
  return take(withThread(system, owner, left), below, resume(client, frame.callback, args[0]!));
}

/** What objects in compartments can see of a system when this thread calls them: their states, and the buffer. */
function compartmentsOf(system: System, { cvm, thread }: Caller, buffer: Range | null): Client {
  return {
    bound: boundBy(system, cvm.identity),
    shared: buffer === null || buffer.size === 0n ? null : bytesAt(system, buffer),
    mayCallBack: thread.frames.length < FRAMES_MAX,
    framesBelow: objectsIn(thread),
  };
}

/** What a library sees: all that its client can reach, and what is hidden from the client is hidden from it. */
function domainOf(system: System, { cvm, thread, frame }: Caller): Client {
  return {
    bound: boundBy(system, cvm.identity).filter(({ binding }) => binding.mode === "library"),
    shared: bytesAt(system, frame.ddc),
    mayCallBack: false,
    framesBelow: objectsIn(thread),
  };
}

/** Bytes of a data part: no capabilities are among them (I-15). */
function bytesAt({ memory }: System, { base, size }: Range): Piece {
  const bytes = readBytes(memory, offsetOf(base, size), Number(size));
  return { base, bytes, tags: new Uint8Array(Math.ceil(bytes.length / SLOT) + 1) };
}

/** The system after objects were at work, and how that ended for the thread. */
function take(system: System, caller: Caller, { end, states, shared }: Run): Change {
  const { owner, thread, frame, cvm } = caller;
  const stored = withStates(system, cvm.identity, states);
  const after = shared === null ? stored : withBytes(stored, shared);
  switch (end.kind) {
    case "returned":
      return returned(after, end.value);
    case "trapped":
      return returned(after, failure("EFAULT"), end.trap.cause, toldValue(end.trap));
    case "out of steps":
      return returned(after, failure("ETIMEDOUT"));
    case "calls back": {
      const back: Frame = { ...frame, activation: null, callback: end.chain };
      const inClient = withThread(after, owner, { ...thread, frames: [...thread.frames, back] });
      const values = [...end.values, identityWord(cvm.identity), 0n];
      return changed(inClient, { kind: "entered", cvm: cvm.name, values });
    }
  }
}

/** mtval as the client is told it: which address an access went to is not, for it may be one of the Intravisor's own. */
function toldValue({ cause, value }: Trap): bigint {
  return MISALIGNED.includes(cause) ? 0n : value;
}

/** The system with these bytes, page by page: those that are as they were stay the same. */
function withBytes(system: System, { base, bytes }: Piece): System {
  const start = offsetOf(base, BigInt(bytes.length));
  let { memory } = system;
  for (let at = 0; at < bytes.length; at += PAGE) {
    const piece = bytes.subarray(at, at + PAGE);
    const isSame = Buffer.compare(readBytes(memory, start + at, piece.length), piece) === 0;
    if (!isSame) memory = writeBytes(memory, start + at, piece);
  }
  return { ...system, memory };
}

/** Objects that a thread is in, in whatever domain. */
function objectsIn({ frames }: Thread): number {
  return frames.reduce((sum, { callback }) => sum + (callback?.frames.length ?? 0), 0);
}
