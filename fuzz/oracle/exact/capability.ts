/**
 * Capabilities as the exactness oracle reads them: permissions, types, changed copies, memory form. CHERI
 * ISAv9.
 */
import type { Capability } from "../../../model/contract.ts";
import { boundsAt, isQuicklyRepresentable, WHOLE } from "./encoding.ts";

/** Permissions by their bits in `perms`. */
export const permit = {
  global: 1 << 0,
  execute: 1 << 1,
  load: 1 << 2,
  store: 1 << 3,
  loadCap: 1 << 4,
  storeCap: 1 << 5,
  storeLocal: 1 << 6,
  seal: 1 << 7,
  cinvoke: 1 << 8,
  unseal: 1 << 9,
  system: 1 << 10,
} as const;

export const UNSEALED = 0x3ffffn;
export const SENTRY = 0x3fffen;
/** Above it lie the reserved types: unsealed, sentry, and two without a use. */
export const ORDINARY_MAX = 0x3fffbn;

export function permits(cap: Capability, bit: number): boolean {
  return (Number(cap.perms) & bit) !== 0;
}

export function isSealed(cap: Capability): boolean {
  return cap.otype !== UNSEALED;
}

/** Whether `size` bytes at an address lie within bounds. */
export function isWithin(cap: Capability, address: bigint, size: bigint): boolean {
  return address >= cap.base && address + size <= cap.top;
}

/** What an integer is in a capability register. */
export function nullAt(address: bigint): Capability {
  return {
    tag: false,
    address,
    base: 0n,
    top: 1n << 64n,
    perms: 0n,
    otype: UNSEALED,
    flags: 0n,
    reserved: 0n,
    bounds: WHOLE,
  };
}

export const NULL = nullAt(0n);

/** A copy with another tag and other of these fields. Written out so that all copies have the same layout. */
export function copied(
  { address, base, top, flags, reserved, bounds }: Capability,
  tag: boolean,
  perms: bigint,
  otype: bigint,
): Capability {
  return { tag, address, base, top, perms, otype, flags, reserved, bounds };
}

/** The same bounds around another address. */
export function placedAt(cap: Capability, address: bigint, tag: boolean, otype: bigint): Capability {
  const { base, top, perms, flags, reserved, bounds } = cap;
  return { tag, address, base, top, perms, otype, flags, reserved, bounds };
}

/** The same bits, with the bounds that they mean at another address. */
function reread(cap: Capability, address: bigint, tag: boolean): Capability {
  const { perms, otype, flags, reserved, bounds } = cap;
  const { base, top } = boundsAt(bounds, address);
  return { tag, address, base, top, perms, otype, flags, reserved, bounds };
}

/** The address replaced; untagged by a seal, or where the same field then means other bounds. CSetAddr. */
export function movedTo(cap: Capability, address: bigint): Capability {
  const result = reread(cap, address, cap.tag && !isSealed(cap));
  if (result.base === cap.base && result.top === cap.top) return result;
  return copied(result, false, cap.perms, cap.otype);
}

/**
 * The address replaced; untagged by a seal, or where the quick check refuses. CIncOffset, CSetOffset,
 * CFromPtr.
 */
export function movedQuickly(cap: Capability, to: bigint): Capability {
  const address = BigInt.asUintN(64, to);
  const change = BigInt.asIntN(64, address - cap.address);
  if (cap.bounds === WHOLE || isQuicklyRepresentable(cap.bounds, cap.address, change)) {
    return placedAt(cap, address, cap.tag && !isSealed(cap), cap.otype);
  }
  return reread(cap, address, false);
}

const NULL_HIGH = 0x0000_1fff;
const NULL_LOW = 0xf800_0000 | Number(WHOLE) | 0;

/** The high half of what memory holds for a capability: its bits where they differ from those of null. */
export function highOf({ perms, reserved, flags, otype, bounds }: Capability): bigint {
  const type = Number(otype);
  const high = (Number(perms) << 16) | (Number(reserved) << 14) | (Number(flags) << 13) | (type >> 5);
  const low = (type << 27) | Number(bounds);
  return (BigInt((high ^ NULL_HIGH) >>> 0) << 32n) | BigInt((low ^ NULL_LOW) >>> 0);
}

/** A capability from its address and the high half of its memory form. */
export function fromMemory(tag: boolean, address: bigint, half: bigint): Capability {
  const high = Number(half >> 32n) ^ NULL_HIGH;
  const low = Number(BigInt.asUintN(32, half)) ^ NULL_LOW;
  const bounds = BigInt(low & 0x7ff_ffff);
  const { base, top } = boundsAt(bounds, address);
  return {
    tag,
    address,
    base,
    top,
    perms: BigInt(high >>> 16),
    otype: BigInt(((high & 0x1fff) << 5) | (low >>> 27)),
    flags: BigInt((high >>> 13) & 1),
    reserved: BigInt((high >>> 14) & 3),
    bounds,
  };
}

export function areSame(one: Capability, other: Capability): boolean {
  return (
    one === other ||
    (one.tag === other.tag &&
      one.address === other.address &&
      one.base === other.base &&
      one.top === other.top &&
      one.perms === other.perms &&
      one.otype === other.otype &&
      one.bounds === other.bounds &&
      one.flags === other.flags &&
      one.reserved === other.reserved)
  );
}

const FIELDS = ["address", "base", "top", "perms", "otype", "flags", "reserved", "bounds"] as const;

/** One line for each field that is not as it must be. */
export function differences(what: string, actual: Capability, expected: Capability): string[] {
  const lines = actual.tag === expected.tag ? [] : [`${what}.tag is ${actual.tag}, must be ${expected.tag}`];
  for (const field of FIELDS) {
    if (actual[field] === expected[field]) continue;
    lines.push(`${what}.${field} is ${hexOf(actual[field])}, must be ${hexOf(expected[field])}`);
  }
  return lines;
}

export function hexOf(value: bigint): string {
  return `0x${value.toString(16)}`;
}
