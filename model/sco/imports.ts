/**
 * What an object can call is decided by its client alone, and only for itself: the pairs stand in the client's own state
 * (V10, I-109). It calls from one compartment into another, or out of one: a library neither calls nor is called so.
 */
import { type Caller, type Change, failed, returned } from "../intravisor/change.ts";
import { isInside } from "../intravisor/layout.ts";
import type { System } from "../intravisor/state.ts";
import { bytesOfCapability } from "./capabilities.ts";
import { type Import, pairOf } from "./entries.ts";
import { SLOT } from "./format.ts";
import { bindingOf, objectHandle, withStates } from "./objects.ts";
import { importSlot } from "./relocation.ts";
import type { SharedObject } from "./state.ts";

/** sco_import(handle, import, other, export): 0. The import of the one object is the export of the other. */
export function importObject(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [handle, number, otherHandle, exportNumber] = args as [bigint, bigint, bigint, bigint];
  const object = objectHandle(system, caller, handle)?.object;
  const other = objectHandle(system, caller, otherHandle)?.object;
  if (object === undefined || other === undefined) return failed(system, "EBADF");
  const { identity } = caller.cvm;
  const target = bindingOf(other, identity);
  if (bindingOf(object, identity) === null || target === null) return failed(system, "ENOENT");
  if (target.mode === "library" || exportNumber >= BigInt(other.file.exports.length))
    return failed(system, "EINVAL");
  return fill(system, caller, object, number, {
    to: "object",
    object: other.number,
    export: Number(exportNumber),
  });
}

/** sco_callback(handle, import, entry): 0. The import is a place in the client's own code. */
export function importClient(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [handle, number, entry] = args as [bigint, bigint, bigint];
  const object = objectHandle(system, caller, handle)?.object;
  if (object === undefined) return failed(system, "EBADF");
  if (bindingOf(object, caller.cvm.identity) === null) return failed(system, "ENOENT");
  if (entry % 2n !== 0n || !isInside(entry, 2n, caller.cvm.code)) return failed(system, "EINVAL");
  return fill(system, caller, object, number, { to: "client", entry });
}

/** Puts both halves of the pair into the place that the object has for them. */
function fill(system: System, { cvm }: Caller, object: SharedObject, number: bigint, target: Import): Change {
  const slot = importSlot(object.file, number);
  const { mode, state } = bindingOf(object, cvm.identity)!;
  if (slot === null || mode === "library") return failed(system, "EINVAL");
  const { code, data } = pairOf(target);
  const bytes = state.bytes.slice();
  bytes.set(bytesOfCapability(code), slot);
  bytes.set(bytesOfCapability(data), slot + SLOT);
  const tags = state.tags.slice().fill(1, slot / SLOT, slot / SLOT + 2);
  const filled = { ...state, bytes, tags };
  return returned(withStates(system, cvm.identity, new Map([[object.number, filled]])), 0n);
}
