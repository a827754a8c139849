/**
 * The capability as a value: where it comes from, what it looks like in memory, when its tag goes.
 *
 * Bounds are decoded once, when a capability is made from bits or gets new bounds, and travel with it.
 */

import type { Capability } from "../contract.ts";
import { type Bounds, boundsAt } from "./bounds.ts";
import { withTag } from "./changed.ts";
import type { Format } from "./format.ts";

/** The capability of an encoding (address in the low bits, not XORed with the null pattern). */
export function capabilityFromBits(format: Format, tag: boolean, bits: bigint): Capability {
  const address = bits & format.addressMask;
  const field = (bits >> format.addressBits) & format.boundsMask;
  const { base, top } = boundsAt(format, field, address);
  return {
    tag,
    address,
    base,
    top,
    perms: (bits >> format.permsAt) & format.permsMask,
    otype: (bits >> format.otypeAt) & format.otypeMask,
    flags: (bits >> format.flagsAt) & format.flagsMask,
    reserved: (bits >> format.reservedAt) & format.reservedMask,
    bounds: field,
  };
}

/** The encoding of a capability, without its tag. */
export function bitsFromCapability(format: Format, cap: Capability): bigint {
  return (
    (cap.perms << format.permsAt) |
    (cap.reserved << format.reservedAt) |
    (cap.flags << format.flagsAt) |
    (cap.otype << format.otypeAt) |
    (cap.bounds << format.addressBits) |
    cap.address
  );
}

/** An integer in a capability register: null with an address. */
export function nullWithAddress(format: Format, address: bigint): Capability {
  return {
    tag: false,
    address,
    base: 0n,
    top: 1n << format.addressBits,
    perms: 0n,
    otype: format.otypeMask,
    flags: 0n,
    reserved: 0n,
    bounds: format.boundsWhole,
  };
}

/** The capability in memory at address and high word zero is null: memory holds encodings XORed with null's. */
export function capabilityFromMemory(format: Format, tag: boolean, data: bigint): Capability {
  return capabilityFromBits(format, tag, data ^ format.nullPattern);
}

/** What memory holds for a capability, without its tag. */
export function memoryFromCapability(format: Format, cap: Capability): bigint {
  return bitsFromCapability(format, cap) ^ format.nullPattern;
}

/** Whether an access of `size` bytes lies within bounds. It does not wrap around the address space. */
export function inBounds(bounds: Bounds, address: bigint, size: number): boolean {
  return covers(bounds, address, address + BigInt(size));
}

/** Whether the range from `base` to `top` lies within bounds. */
export function covers(bounds: Bounds, base: bigint, top: bigint): boolean {
  return base >= bounds.base && top <= bounds.top;
}

export function clearTagIf(cap: Capability, condition: boolean): Capability {
  return condition && cap.tag ? withTag(cap, false) : cap;
}
