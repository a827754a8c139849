/** Capabilities that the Intravisor makes for objects: each is exactly what its name says, and no more. */
import {
  andPerms,
  memoryFromCapability,
  permission,
  rootCapability,
  sealEntry,
  sealWith,
  setBoundsExact,
  setFlags,
  withAddressExact,
} from "../capability/index.ts";
import type { Capability } from "../contract.ts";

const { global, execute, load, store, loadCap, cinvoke } = permission;

/** Nothing that an object holds may store capabilities, so it keeps none between calls (I-13, I-106). */
export const authority = {
  /** Code, and what stands in it. */
  code: global | execute | load | loadCap,
  /** Read-only data: not even capabilities come from there. */
  read: load,
  /** Buffers, stacks, pointers to state. */
  data: load | store,
  /** The state as a whole: pointers that stand in it can be loaded. */
  state: load | store | loadCap,
  /** The table of states. */
  table: load | loadCap,
} as const;

/** Exactly [base, base + size), unless rounding was needed: then untagged. */
export function over(base: bigint, size: bigint, perms: bigint): Capability {
  return andPerms(setBoundsExact(withAddressExact(rootCapability, base), size), perms);
}

/** The same with the address moved to an offset in it. */
export function pointer(base: bigint, size: bigint, perms: bigint, offset: bigint): Capability {
  return withAddressExact(over(base, size, perms), base + offset);
}

/** Code in capability mode, at an offset. */
export function code(base: bigint, size: number, offset: number): Capability {
  return setFlags(pointer(base, BigInt(size), authority.code, BigInt(offset)), 1n);
}

/** A place in code that can be jumped to, and nothing else. */
export function sentry(base: bigint, size: number, offset: number): Capability {
  return sealEntry(code(base, size, offset));
}

/** The two halves of an entry: what runs, and what it runs for (5.5). */
export function sealedPair(
  entry: Capability,
  data: bigint,
  otype: bigint,
): { readonly code: Capability; readonly data: Capability } {
  const sealer = withAddressExact(rootCapability, otype);
  const half = (perms: bigint) => perms | cinvoke;
  const invocable = { ...entry, perms: half(entry.perms) };
  return {
    code: sealWith(invocable, sealer),
    data: sealWith(over(data, 0n, half(global)), sealer),
  };
}

/** What memory holds for a capability: 16 bytes, little-endian. */
export function bytesOfCapability(capability: Capability): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  const bits = memoryFromCapability(capability);
  view.setBigUint64(0, BigInt.asUintN(64, bits), true);
  view.setBigUint64(8, bits >> 64n, true);
  return new Uint8Array(view.buffer);
}

/** The bits of the granule at an offset. */
export function granuleAt(bytes: Uint8Array, at: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return (view.getBigUint64(at + 8, true) << 64n) | view.getBigUint64(at, true);
}
