/**
 * Changing the address: two representability checks that differ on purpose.
 *
 * The exact check compares the bounds before and after. The fast check looks only at the mantissa of the address and
 * at the increment, as a short circuit can; it may say no where the bounds would in fact be equal.
 */

import type { Capability } from "../contract.ts";
import { boundsAt, exponentOf } from "./bounds.ts";
import { clearTagIf, covers } from "./capability.ts";
import { withAddress, withBounds } from "./changed.ts";
import type { Format } from "./format.ts";
import { clearTagIfSealed } from "./seal.ts";

/**
 * The same bits with another address. Bounds follow from the encoding, so they change if the address leaves the
 * representable region; the tag is the caller's to clear.
 */
export function moved(format: Format, cap: Capability, address: bigint): Capability {
  // An address within bounds is always representable: no need to decode again.
  if (covers(cap, address, address)) return withAddress(cap, address);
  return withBounds(cap, address, cap.bounds, boundsAt(format, cap.bounds, address));
}

/** Sets the address. The tag is cleared if that changes the bounds, or by a seal. CHERI ISAv9, CSetAddr. */
export function withAddressExact(format: Format, cap: Capability, address: bigint): Capability {
  const result = moved(format, clearTagIfSealed(format, cap), address);
  return clearTagIf(result, result.base !== cap.base || result.top !== cap.top);
}

/** Sets the address. The tag is cleared if the fast check fails, or by a seal. */
export function withAddressFast(format: Format, cap: Capability, address: bigint): Capability {
  const result = moved(format, clearTagIfSealed(format, cap), address);
  return clearTagIf(result, !isRepresentableFast(format, cap, address));
}

/** Adds an increment to the address, wrapping; as withAddressFast. CHERI ISAv9, CIncOffset. */
export function incrementFast(format: Format, cap: Capability, increment: bigint): Capability {
  return withAddressFast(format, cap, (cap.address + increment) & format.addressMask);
}

/** Sets the address to base + offset, wrapping; as withAddressFast. CHERI ISAv9, CSetOffset. */
export function withOffsetFast(format: Format, cap: Capability, offset: bigint): Capability {
  return withAddressFast(format, cap, (cap.base + offset) & format.addressMask);
}

/**
 * The fast representability check of a new address.
 *
 * The increment must be less than a representable region, and the mantissa of the address plus that of the
 * increment must stay within the region with one unit to spare for the carry from below.
 */
export function isRepresentableFast(format: Format, cap: Capability, address: bigint): boolean {
  if (covers(cap, address, address)) return true;
  return isIncrementFast(format, cap, BigInt.asIntN(format.widths.address, address - cap.address));
}

/** The fast check of a signed increment, without the short cut for addresses within bounds. */
export function isIncrementFast(format: Format, cap: Capability, increment: bigint): boolean {
  const { mantissaBits, mantissaMask } = format;
  const exponent = exponentOf(format, cap.bounds);
  // The region is the whole address space.
  if (exponent >= format.exponentMax - 2n) return true;

  const bottom = (cap.base >> exponent) & mantissaMask;
  const regionStart = ((((bottom >> (mantissaBits - 3n)) - 1n) & 7n) << (mantissaBits - 3n)) & mantissaMask;
  const incrementMid = (increment >> exponent) & mantissaMask;
  const addressMid = (cap.address >> exponent) & mantissaMask;
  const toStart = (regionStart - addressMid) & mantissaMask;

  const beyond = increment >> (exponent + mantissaBits);
  if (beyond === 0n) return incrementMid < ((toStart - 1n) & mantissaMask);
  if (beyond === -1n) return incrementMid >= toStart && regionStart !== addressMid;
  return false;
}
