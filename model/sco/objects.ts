/**
 * The life of objects and of what clients have of them (5.3, 5.5). An object is its content: who brings the same bytes gets
 * the same object, and its name or who brought it first plays no part (I-107). It is there as long as something refers to
 * it (references.ts).
 */
import { hexOf } from "../intravisor/bytes.ts";
import { type Caller, type Change, failed, isSame, returned } from "../intravisor/change.ts";
import { failure } from "../intravisor/errors.ts";
import { readGuest } from "../intravisor/guest-memory.ts";
import { findHandle, openHandle, replaceHandle } from "../intravisor/handles.ts";
import { isInside } from "../intravisor/layout.ts";
import type { Identity, System } from "../intravisor/state.ts";
import { authority, bytesOfCapability, over } from "./capabilities.ts";
import { OBJECTS_MAX } from "./execution.ts";
import { limits, SLOT } from "./format.ts";
import { clientSize, placeFor, sharedSize } from "./placement.ts";
import { referencesIn, threadsInside } from "./references.ts";
import { relocateShared, relocateState } from "./relocation.ts";
import { revoke } from "./revocation.ts";
import { sha256 } from "./sha256.ts";
import type { Binding, Mode, Piece, SharedObject } from "./state.ts";
import { verify } from "./verification.ts";

const HASH_SIZE = 32n;
/** Bytes of state that a cVM may have in all the objects it has bound (I-45). */
const STATE_MAX = 1 << 18;

/** sco_create(ptr, n): a handle. The bytes are copied before anybody looks at them (I-97). */
export function create(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [at, length] = args as [bigint, bigint];
  const bytes = readGuest(system, caller, at, length);
  if (bytes === null) return failed(system, "EFAULT");
  if (bytes.length > limits.file) return failed(system, "E2BIG");
  const verdict = verify(bytes);
  if (!verdict.ok) return returned(system, failure("ENOEXEC"), BigInt(verdict.reason));

  const hash = hexOf(sha256(bytes));
  const live = objectWith(system, hash);
  if (live !== null) return opened(system, caller, live.number);
  const number = Array.from({ length: OBJECTS_MAX }, (_, one) => one).find((one) => !system.objects.has(one));
  const base = placeFor(sharedSize(verdict.object), system.objects.values());
  if (number === undefined || base === null) return failed(system, "ENOSPC");
  const pieces = relocateShared(verdict.object, number, base);
  const made = withObject(system, { number, hash, file: verdict.object, ...pieces, bindings: [] });
  const result = opened(made, caller, number);
  // Without a handle there is no object either.
  return result.system === made ? failed(system, "ENOSPC") : result;
}

/** sco_lookup(ptr of a hash): a handle to the object that there is already; it counts as creating it. */
export function lookup(system: System, caller: Caller, args: readonly bigint[]): Change {
  const bytes = readGuest(system, caller, args[0]!, HASH_SIZE);
  if (bytes === null) return failed(system, "EFAULT");
  const live = objectWith(system, hexOf(bytes));
  return live === null ? failed(system, "ENOENT") : opened(system, caller, live.number);
}

/** sco_close(handle): 0. A binding stays. */
export function close(system: System, caller: Caller, args: readonly bigint[]): Change {
  const found = objectHandle(system, caller, args[0]!);
  if (found === null) return failed(system, "EBADF");
  const closed = replaceHandle(system, caller.cvm.identity, found.index, null);
  return returned(unloadUnused(closed), 0n);
}

/** By the number that names them. */
const MODES: readonly Mode[] = ["compartment", "library"];

/** sco_bind(handle, mode): 0, and the number of the object. The cVM has its own state of it from now on (I-105). */
export function bind(system: System, caller: Caller, args: readonly bigint[]): Change {
  const object = objectHandle(system, caller, args[0]!)?.object;
  if (object === undefined) return failed(system, "EBADF");
  if (args[1]! >= BigInt(MODES.length)) return failed(system, "EINVAL");
  const client = caller.cvm.identity;
  if (bindingOf(object, client) !== null) return failed(system, "EEXIST");
  const size = clientSize(object.file);
  const sizes = boundBy(system, client).map(({ binding }) => binding.state.bytes.length);
  if (sizes.reduce((sum, one) => sum + one, size) > STATE_MAX) return failed(system, "ENOMEM");
  const base = size === 0 ? 0n : placeFor(size, system.objects.values());
  if (base === null) return failed(system, "ENOSPC");
  const state = relocateState(object.file, base, object.rodata);
  const mode = MODES[Number(args[1])]!;
  const binding: Binding = { client, mode, state, entry: entryFor(state) };
  const bound = withObject(system, { ...object, bindings: [...object.bindings, binding] });
  return returned(bound, 0n, BigInt(object.number));
}

/** sco_unbind(handle): 0. The state is gone, and with it everything that led there (I-106). */
export function unbind(system: System, caller: Caller, args: readonly bigint[]): Change {
  const object = objectHandle(system, caller, args[0]!)?.object;
  if (object === undefined) return failed(system, "EBADF");
  const client = caller.cvm.identity;
  if (bindingOf(object, client) === null) return failed(system, "ENOENT");
  if (threadsInside(referencesIn(system), client, object.number) > 0) return failed(system, "EBUSY");
  return returned(unloadUnused(withoutBinding(system, object, client)), 0n);
}

/** A cVM that is over leaves every object; its handles and its threads are gone already (I-83, I-105). */
export function leaveObjects(system: System, client: Identity): System {
  const left = boundBy(system, client).reduce(
    (after, { object }) => withoutBinding(after, after.objects.get(object.number)!, client),
    system,
  );
  return unloadUnused(left);
}

/** What a cVM has bound, by number of the object. */
export function boundBy(
  system: System,
  client: Identity,
): { readonly object: SharedObject; readonly binding: Binding }[] {
  return [...system.objects.values()].flatMap((object) => {
    const binding = bindingOf(object, client);
    return binding === null ? [] : [{ object, binding }];
  });
}

export function bindingOf({ bindings }: SharedObject, client: Identity): Binding | null {
  return bindings.find((binding) => isSame(binding.client, client)) ?? null;
}

/** The object that a handle of the caller's names, and the handle; null if it names none. */
export function objectHandle(system: System, { cvm }: Caller, number: bigint) {
  const found = findHandle(system, cvm.identity, number);
  if (found?.handle.kind !== "object") return null;
  return { index: found.index, object: system.objects.get(found.handle.object)! };
}

/** The system with the states of a client replaced, those that are other than before. */
export function withStates(system: System, client: Identity, states: ReadonlyMap<number, Piece>): System {
  let after = system;
  for (const [number, state] of states) {
    const object = after.objects.get(number)!;
    const at = object.bindings.findIndex((binding) => isSame(binding.client, client));
    const binding = object.bindings[at]!;
    if (binding.state === state) continue;
    after = withObject(after, { ...object, bindings: object.bindings.with(at, { ...binding, state }) });
  }
  return after;
}

/**
 * The system after a client's code has stored bytes in its state of an object, as only objects can; null if the bytes are
 * not all in one.
 */
export function storeInState(
  system: System,
  client: Identity,
  address: bigint,
  stored: Uint8Array,
): System | null {
  const found = boundBy(system, client).find(({ binding: { state } }) =>
    isInside(address, BigInt(stored.length), { base: state.base, size: BigInt(state.bytes.length) }),
  );
  if (found === undefined) return null;
  const { state } = found.binding;
  const at = Number(address - state.base);
  const bytes = state.bytes.slice();
  bytes.set(stored, at);
  const last = Math.floor((at + stored.length - 1) / SLOT);
  const tags = state.tags.slice().fill(0, Math.floor(at / SLOT), last + 1);
  return withStates(system, client, new Map([[found.object.number, { ...state, bytes, tags }]]));
}

function opened(system: System, { cvm }: Caller, object: number): Change {
  const handle = openHandle(system, cvm.identity, { kind: "object", object });
  return handle === null ? failed(system, "ENOSPC") : returned(handle.system, handle.number);
}

function objectWith(system: System, hash: string): SharedObject | null {
  for (const object of system.objects.values()) if (object.hash === hash) return object;
  return null;
}

/** Objects are kept by number. */
function withObject(system: System, object: SharedObject): System {
  const objects = [...new Map(system.objects).set(object.number, object)];
  return { ...system, objects: new Map(objects.sort(([one], [other]) => one - other)) };
}

function withoutBinding(system: System, object: SharedObject, client: Identity): System {
  const { state } = bindingOf(object, client)!;
  const bindings = object.bindings.filter((binding) => !isSame(binding.client, client));
  const left = withObject(system, { ...object, bindings });
  return revoke(left, client, { object: object.number, pieces: [object.text, object.rodata, state] });
}

/** Unloads what nothing refers to any more: then its number and its place are free (I-108). */
function unloadUnused(system: System): System {
  const used = new Set(referencesIn(system).map(({ object }) => object));
  if (used.size === system.objects.size) return system;
  return { ...system, objects: new Map([...system.objects].filter(([number]) => used.has(number))) };
}

function entryFor({ base, bytes }: Piece): Uint8Array | null {
  if (bytes.length === 0) return null;
  return bytesOfCapability(over(base, BigInt(bytes.length), authority.state));
}
