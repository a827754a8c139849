/** Single-copy objects, the part that needs the Intravisor. Calls into objects never come here. */

import type { Call } from "../intravisor/basic-calls.ts";
import { waiters } from "../intravisor/basic-calls.ts";
import { type CallFrame, fetch, hexOf, reaches } from "../intravisor/call-frame.ts";
import { handleAt, openHandle } from "../intravisor/file-calls.ts";
import {
  bind,
  giveEntry,
  importCallback,
  importObject,
  release,
  slotsOf,
  takeEntry,
  unbind,
} from "./binding.ts";
import { load } from "./load.ts";
import { sha256 } from "./sha256.ts";
import { threadsIn } from "./stack.ts";
import { type Binding, bindingOf, bindingsOf, type SharedObject } from "./table.ts";
import { verify } from "./verifier.ts";

const FILE_MAX = 1n << 20n;
const HASH_BYTES = 32n;
/** Bytes of state that a cVM may have bound. */
const STATES_MAX = 256 << 10;
/** By their numbers. */
const MODES = ["compartment", "library"] as const;

function objectAt({ cvm }: CallFrame, number: bigint): { index: number; object: SharedObject } | null {
  const found = handleAt(cvm, number);
  return found?.handle.kind === "object" ? { index: found.index, object: found.handle.object } : null;
}

/** A new handle of an object, as good as any of its others; null if there is none. */
function give(frame: CallFrame, object: SharedObject): bigint | null {
  const number = openHandle(frame.cvm, { kind: "object", object });
  if (number === null) return null;
  object.creations += 1;
  const binding = bindingOf(object, frame.cvm);
  if (binding !== undefined) giveEntry(frame.sharing, binding, Number(number & 0xffffn));
  return number;
}

/** The file is copied before anybody looks at it, and only the copy is looked at. */
const create: Call = (frame) => {
  const [pointer, length] = frame.args as [bigint, bigint];
  if (!reaches(frame, pointer, length)) return "EFAULT";
  if (length > FILE_MAX) return "E2BIG";
  const bytes = fetch(frame, pointer, length)!.slice();
  const reason = verify(bytes);
  if (reason !== 0) return [-8n, BigInt(reason)];
  const hash = sha256(bytes);
  const { sharing, cvm } = frame;
  const live = sharing.objects.find((one) => one?.hash === hash);
  if (live == null && !cvm.handles.includes(null)) return "ENOSPC";
  const object = live ?? load(sharing, bytes, hash);
  if (object === null) return "ENOSPC";
  const number = give(frame, object);
  if (number !== null) return [number];
  release(sharing, object);
  return "ENOSPC";
};

const lookup: Call = (frame) => {
  const bytes = fetch(frame, frame.args[0]!, HASH_BYTES);
  if (bytes === null) return "EFAULT";
  const hash = hexOf(bytes);
  const object = frame.sharing.objects.find((one) => one?.hash === hash);
  if (object == null) return "ENOENT";
  const number = give(frame, object);
  return number === null ? "ENOSPC" : [number];
};

const bindObject: Call = (frame) => {
  const { sharing, cvm } = frame;
  const [handle, number] = frame.args as [bigint, bigint];
  const found = objectAt(frame, handle);
  if (found === null) return "EBADF";
  const { object } = found;
  const mode = number < BigInt(MODES.length) ? MODES[Number(number)] : undefined;
  if (mode === undefined) return "EINVAL";
  if (bindingOf(object, cvm) !== undefined) return "EEXIST";
  const has = bindingsOf(sharing.objects, cvm).reduce((total, one) => total + one.object.stateSize, 0);
  if (has + object.stateSize > STATES_MAX) return "ENOMEM";
  return bind(sharing, cvm, object, mode) === null ? "ENOSPC" : [0n, BigInt(object.number)];
};

const unbindObject: Call = (frame) => {
  const { sharing, cvm, engine, tables, callbacks } = frame;
  const found = objectAt(frame, frame.args[0]!);
  if (found === null) return "EBADF";
  const binding = bindingOf(found.object, cvm);
  if (binding === undefined) return "ENOENT";
  for (const thread of waiters(frame)) if (thread.state !== "dead") callbacks.drain(thread);
  if (threadsIn(engine, tables, binding) > 0) return "EBUSY";
  unbind(sharing, binding);
  return [0n];
};

const close: Call = (frame) => {
  const { sharing, cvm } = frame;
  const found = objectAt(frame, frame.args[0]!);
  if (found === null) return "EBADF";
  cvm.handles[found.index] = null;
  takeEntry(sharing, cvm, found.index);
  found.object.creations -= 1;
  release(sharing, found.object);
  return [0n];
};

const importInto: Call = (frame) => {
  const [handle, index, otherHandle, entry] = frame.args as [bigint, bigint, bigint, bigint];
  const found = objectAt(frame, handle);
  const other = objectAt(frame, otherHandle);
  if (found === null || other === null) return "EBADF";
  const binding = bindingOf(found.object, frame.cvm);
  const target = bindingOf(other.object, frame.cvm);
  if (binding === undefined || target === undefined) return "ENOENT";
  const at = slotsOf(binding, index);
  if (binding.mode === "library" || target.mode === "library") return "EINVAL";
  if (at === null || entry >= BigInt(target.object.exports)) return "EINVAL";
  importObject(frame.sharing, at, target, Number(entry));
  return [0n];
};

const callback: Call = (frame) => {
  const { cvm } = frame;
  const [handle, index, entry] = frame.args as [bigint, bigint, bigint];
  const found = objectAt(frame, handle);
  if (found === null) return "EBADF";
  const binding: Binding | undefined = bindingOf(found.object, cvm);
  if (binding === undefined) return "ENOENT";
  const at = slotsOf(binding, index);
  const isCode = entry >= BigInt(cvm.codeBase) && entry + 2n <= BigInt(cvm.codeBase + cvm.codeSize);
  if (binding.mode === "library") return "EINVAL";
  if (at === null || (entry & 1n) !== 0n || !isCode) return "EINVAL";
  importCallback(frame.sharing, at, cvm, Number(entry));
  return [0n];
};

/** Goes back into the object that made the callback. */
const comeBack: Call = (frame) => {
  if (frame.thread.frames.at(-1)!.suspended === null) return "EPERM";
  frame.callbacks.resume(frame.thread, frame.args[0]!);
  return "resumed";
};

export const objectCalls: readonly (readonly [number, Call])[] = [
  [50, create],
  [51, bindObject],
  [52, unbindObject],
  [53, close],
  [54, importInto],
  [55, lookup],
  [56, callback],
  [57, comeBack],
];
