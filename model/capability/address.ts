/**
 * Changing the address: two representability checks that differ on purpose.
 *
 * The exact check compares the bounds before and after. The fast check looks only at the mantissa of the address and
 * at the increment, as a short circuit can; it may say no where the bounds would in fact be equal.
 */

import type { Capability } from "../contract.ts";
import { boundsAt, exponentOf } from "./bounds.ts";
import { clearTagIf, inBounds } from "./capability.ts";
import type { Format } from "./format.ts";

/**
 * The same bits with another address. Bounds follow from the encoding, so they change if the address leaves the
 * representable region; the tag is the caller's to clear.
 */
export function moved(format: Format, cap: Capability, address: bigint): Capability {
  // An address within bounds is always representable: no need to decode again.
  if (inBounds(cap, address, 0n) || cap.bounds === format.boundsWhole) return { ...cap, address };
  const { base, top } = boundsAt(format, cap.bounds, address);
  return { ...cap, address, base, top };
}

/** Sets the address; the tag is cleared if that changes the bounds. CHERI ISAv9, CSetAddr. */
export function withAddressExact(format: Format, cap: Capability, address: bigint): Capability {
  const result = moved(format, cap, address);
  return clearTagIf(result, result.base !== cap.base || result.top !== cap.top);
}

/** Adds an increment to the address, wrapping; the tag is cleared if the fast check fails. CIncOffset. */
export function incrementFast(format: Format, cap: Capability, increment: bigint): Capability {
  const address = (cap.address + increment) & format.addressMask;
  const result = moved(format, cap, address);
  return clearTagIf(result, !isRepresentableFast(format, cap, address));
}

/** Sets the address by the fast check. */
export function withAddressFast(format: Format, cap: Capability, address: bigint): Capability {
  return clearTagIf(moved(format, cap, address), !isRepresentableFast(format, cap, address));
}

/** Sets the address to base + offset, wrapping, by the fast check. CHERI ISAv9, CSetOffset. */
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
  if (inBounds(cap, address, 0n)) return true;
  return isIncrementFast(format, cap, BigInt.asIntN(format.widths.address, address - cap.address));
}

/** The fast check of a signed increment, without the short cut for addresses within bounds. */
export function isIncrementFast(format: Format, cap: Capability, increment: bigint): boolean {
  const { mantissaBits, mantissaMask } = format;
  const exponent = exponentOf(format, cap.bounds);
  // The region is the whole address space.
  if (exponent >= format.exponentMax - 2n) return true;

  const bottom = mantissaOfBase(format, cap, exponent);
  const regionStart = ((((bottom >> (mantissaBits - 3n)) - 1n) & 7n) << (mantissaBits - 3n)) & mantissaMask;
  const incrementMid = (increment >> exponent) & mantissaMask;
  const addressMid = (cap.address >> exponent) & mantissaMask;
  const toStart = (regionStart - addressMid) & mantissaMask;

  const beyond = increment >> (exponent + mantissaBits);
  if (beyond === 0n) return incrementMid < ((toStart - 1n) & mantissaMask);
  if (beyond === -1n) return incrementMid >= toStart && regionStart !== addressMid;
  return false;
}

function mantissaOfBase(format: Format, cap: Capability, exponent: bigint): bigint {
  return (cap.base >> exponent) & format.mantissaMask;
}
