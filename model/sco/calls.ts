/**
 * Calls into objects (5.5). Client code calls an object as it calls a function: no host call is made, the thread stays in its
 * domain, and which state the object finds follows from who calls, not from any number it gives (I-103). An object reaches
 * other objects and its client through what the client has put in the place of its imports (imports.ts).
 */
import { readBytes, writeBytes } from "../intravisor/bytes.ts";
import { type Caller, type Change, changed, failed, returned, withThread } from "../intravisor/change.ts";
import { FRAMES_MAX } from "../intravisor/cp-call-room.ts";
import { failure } from "../intravisor/errors.ts";
import { mayReach, offsetOf } from "../intravisor/guest-memory.ts";
import { identityWord } from "../intravisor/keys.ts";
import { isExact, type Range } from "../intravisor/layout.ts";
import type { Frame, System, Thread } from "../intravisor/state.ts";
import { type Client, enter, OBJECT_FRAMES_MAX, type Run, resume } from "./execution.ts";
import { SLOT } from "./format.ts";
import { bindingOf, boundBy, objectHandle, withStates } from "./objects.ts";
import { stackFor, withStackCleared } from "./stack.ts";
import type { Piece } from "./state.ts";

/**
 * sco_call(handle, export, x0, x1, x2, x3, ptr, n): what the object returns. It has the bytes at ptr for as long. EFAULT with
 * mcause and mtval if it traps, ETIMEDOUT if it goes on for too long; what it has stored by then stays.
 */
export function call(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [handle, number] = args as [bigint, bigint];
  const buffer: Range = { base: args[6]!, size: args[7]! };
  const object = objectHandle(system, caller, handle)?.object;
  if (object === undefined || bindingOf(object, caller.cvm.identity) === null) return failed(system, "EBADF");
  if (number >= BigInt(object.file.exports.length) || !isExact(buffer)) return failed(system, "EINVAL");
  if (!mayReach(caller, buffer.base, buffer.size)) return failed(system, "EFAULT");
  if (objectsIn(caller.thread) >= OBJECT_FRAMES_MAX) return failed(system, "ELOOP");
  const stackTop = stackFor(caller.thread);
  if (typeof stackTop !== "bigint")
    return returned(system, failure("EFAULT"), stackTop.cause, stackTop.value);

  const thread = withStackCleared(caller.thread, stackTop);
  const ready = { ...caller, thread };
  const entry = { object: object.number, export: Number(number), args: args.slice(2, 6), stackTop };
  return take(withThread(system, caller.owner, thread), ready, enter(clientOf(system, ready, buffer), entry));
}

/** sco_return(value): the client has been called back; the object that did goes on with the value. */
export function returnToObject(system: System, caller: Caller, args: readonly bigint[]): Change {
  const { owner, thread, frame } = caller;
  if (frame.callback === null) return failed(system, "EPERM");
  const left: Thread = { ...thread, frames: thread.frames.slice(0, -1) };
  const below: Caller = { ...caller, thread: left, frame: left.frames.at(-1)! };
  const client = clientOf(system, below, frame.callback.buffer);
  return take(withThread(system, owner, left), below, resume(client, frame.callback, args[0]!));
}

/** What objects can see of a system when this thread calls them. */
function clientOf(system: System, { cvm, thread }: Caller, buffer: Range | null): Client {
  return {
    bound: boundBy(system, cvm.identity),
    buffer: buffer === null || buffer.size === 0n ? null : bytesAt(system, buffer),
    mayCallBack: thread.frames.length < FRAMES_MAX,
    framesBelow: objectsIn(thread),
  };
}

/** Bytes of a data part: no capabilities are among them (I-15). */
function bytesAt({ memory }: System, { base, size }: Range): Piece {
  const bytes = readBytes(memory, offsetOf(base, size), Number(size));
  return { base, bytes, tags: new Uint8Array(Math.ceil(bytes.length / SLOT) + 1) };
}

/** The system after objects were at work, and how that ended for the thread. */
function take(system: System, caller: Caller, { end, states, buffer }: Run): Change {
  const { owner, thread, frame, cvm } = caller;
  const stored = withStates(system, cvm.identity, states);
  const after = buffer === null ? stored : withBuffer(stored, buffer);
  switch (end.kind) {
    case "returned":
      return returned(after, end.value);
    case "trapped":
      return returned(after, failure("EFAULT"), end.trap.cause, end.trap.value);
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

function withBuffer(system: System, { base, bytes }: Piece): System {
  return { ...system, memory: writeBytes(system.memory, offsetOf(base, BigInt(bytes.length)), bytes) };
}

/** Objects that a thread is in, in whatever domain. */
function objectsIn({ frames }: Thread): number {
  return frames.reduce((sum, { callback }) => sum + (callback?.frames.length ?? 0), 0);
}
