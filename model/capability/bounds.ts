/**
 * CHERI Concentrate: bounds as two mantissas around the address, with a shared exponent.
 *
 * Legend, as in the manual: E exponent, B and T the mantissas of base and top, R = B's top three bits less one,
 * followed by zeros. The address, base and top of one capability lie in one representable region: 2^E times
 * 2^mantissa bytes, beginning where the mantissa is R.
 *
 * Source: CHERI ISAv9, section "Capability Compression" (CHERI Concentrate).
 */

import type { Format } from "./format.ts";

/** `base` is included, `top` is not and has one bit more than an address. */
export interface Bounds {
  readonly base: bigint;
  readonly top: bigint;
}

/** What a bounds field says by itself, before an address gives it a place. */
interface Mantissas {
  /** At most the greatest useful one, whatever is encoded. */
  readonly exponent: bigint;
  readonly bottom: bigint;
  readonly top: bigint;
}

/**
 * Reads a bounds field.
 *
 * T is stored without its top two bits. They follow from B's, because the length's are known: 01 with an internal
 * exponent (it was chosen so), 00 without; and a carry arises where the low part of T is less than that of B.
 */
function mantissasFrom(format: Format, field: bigint): Mantissas {
  const { mantissaBits, mantissaMask, exponentHalf, exponentHalfMask: halfMask } = format;
  const partMask = mantissaMask >> 2n;

  const storedT = (field >> mantissaBits) & partMask;
  const storedB = field & mantissaMask;
  const internal = field >> (2n * mantissaBits - 2n) === 1n;
  let exponent = internal ? ((storedT & halfMask) << exponentHalf) | (storedB & halfMask) : 0n;
  if (exponent > format.exponentMax) exponent = format.exponentMax;
  const bottom = internal ? storedB & ~halfMask : storedB;
  const topPart = internal ? storedT & ~halfMask : storedT;

  const partBits = mantissaBits - 2n;
  const carry = topPart < (bottom & partMask) ? 1n : 0n;
  const topHigh = ((bottom >> partBits) + (internal ? 1n : 0n) + carry) & 3n;
  return { exponent, bottom, top: (topHigh << partBits) | topPart };
}

/**
 * The bounds that a bounds field means at an address.
 *
 * The field says where base and top lie within the representable region, the address says which region it is.
 */
export function boundsAt(format: Format, field: bigint, address: bigint): Bounds {
  const { addressBits, addressMask, mantissaBits, mantissaMask, exponentMax, lengthMask } = format;
  const { exponent, bottom, top: topMantissa } = mantissasFrom(format, field);

  // The region begins one eighth of its size below base, rounded down: R is B's top three bits less one.
  const start = ((bottom >> (mantissaBits - 3n)) - 1n) << (mantissaBits - 3n);
  const distance = (address - (start << exponent)) & (((mantissaMask + 1n) << exponent) - 1n);
  const region = address - distance;
  const base = (region + (((bottom - start) & mantissaMask) << exponent)) & addressMask;
  const top = (region + (((topMantissa - start) & mantissaMask) << exponent)) & lengthMask;

  // Where the region wraps around the address space, the top bit of top can come out wrong: base and top are
  // never more than an address space apart.
  const apart = ((top >> (addressBits - 1n)) - (base >> (addressBits - 1n))) & 3n;
  if (exponent < exponentMax - 1n && apart > 1n) return { base, top: top ^ (1n << addressBits) };
  return { base, top };
}

/** The exponent of a bounds field, at most the greatest useful one. */
export function exponentOf(format: Format, field: bigint): bigint {
  return mantissasFrom(format, field).exponent;
}

/** A bounds field and whether it means exactly what was asked for. */
export interface RoundedBounds {
  readonly field: bigint;
  readonly exact: boolean;
}

/**
 * The narrowest bounds field whose base is at most `base` and whose top is at least `top`.
 *
 * `top` may have one bit more than an address. The length is `top - base`, wrapping; a negative one can only come
 * from an untagged source.
 */
export function boundsRounded(format: Format, base: bigint, top: bigint): RoundedBounds {
  const { mantissaBits, mantissaMask, exponentHalf, lengthMask } = format;
  const length = (top - base) & lengthMask;

  // The exponent that brings the length's highest bit to the second bit of its mantissa.
  const exponent = BigInt(Math.max(0, bitLength(length) - Number(mantissaBits - 1n)));
  if (exponent === 0n && length >> (mantissaBits - 2n) === 0n) {
    const storedT = top & (mantissaMask >> 2n);
    return { field: (storedT << mantissaBits) | (base & mantissaMask), exact: true };
  }

  // With an internal exponent the low bits of both mantissas are not kept: base goes down and top goes up. That
  // can make the length one bit longer, and then everything is counted in units twice as large.
  const narrow = unitsAround(format, base, top, exponent);
  const spread = (narrow.top - narrow.bottom) & (mantissaMask >> exponentHalf);
  const overflow = spread >> (mantissaBits - exponentHalf - 1n) === 1n;
  const wide = overflow ? unitsAround(format, base, top, exponent + 1n) : narrow;
  return { field: internalField(format, wide), exact: wide.exact };
}

interface Units {
  readonly exponent: bigint;
  readonly bottom: bigint;
  readonly top: bigint;
  readonly exact: boolean;
}

/** Base and top in units of 2^(exponent + exponentHalf), base rounded down and top up, modulo the mantissa. */
function unitsAround(format: Format, base: bigint, top: bigint, exponent: bigint): Units {
  const shift = exponent + format.exponentHalf;
  const lost = (1n << shift) - 1n;
  const mask = format.mantissaMask >> format.exponentHalf;
  const roundUp = (top & lost) === 0n ? 0n : 1n;
  return {
    exponent,
    bottom: (base >> shift) & mask,
    top: ((top >> shift) + roundUp) & mask,
    exact: ((base | top) & lost) === 0n,
  };
}

function internalField(format: Format, { exponent, bottom, top }: Units): bigint {
  const { mantissaBits, mantissaMask, exponentHalf, exponentHalfMask: halfMask } = format;
  const internal = 1n << (2n * mantissaBits - 2n);
  const storedT = ((top << exponentHalf) & (mantissaMask >> 2n)) | ((exponent >> exponentHalf) & halfMask);
  const storedB = (bottom << exponentHalf) | (exponent & halfMask);
  return internal | (storedT << mantissaBits) | storedB;
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/**
 * The mask that aligns a base for a length that need not be exactly representable otherwise (CRAM): all ones if
 * the length needs no internal exponent.
 */
export function alignmentMask(format: Format, length: bigint): bigint {
  const { field } = boundsRounded(format, 0n, length);
  if (field >> (2n * format.mantissaBits - 2n) === 0n) return format.addressMask;
  const lost = exponentOf(format, field) + format.exponentHalf;
  return (format.addressMask >> lost) << lost;
}

/** The least representable length that is at least `length`, modulo the address space (CRRL). */
export function representableLength(format: Format, length: bigint): bigint {
  const mask = alignmentMask(format, length);
  return (length + (mask ^ format.addressMask)) & mask;
}
