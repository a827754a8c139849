/**
 * A third reading of CHERI Concentrate, for the laws to judge by: neither that of the model nor that of the engine.
 *
 * Where those two correct and wrap parts of base and top, this one says what a bounds field means and searches for
 * it: the base is the candidate whose representable region holds the address, the top lies a length above it, and the
 * tightest bounds are found by trying exponents. Source: CHERI ISAv9, "Capability Compression".
 */
import { type LawFormat, ones } from "./format.ts";

/** `top` has one bit more than an address. */
export interface Range {
  readonly base: bigint;
  readonly top: bigint;
}

/** The tightest encodable range around another. */
export interface Enclosure extends Range {
  readonly exponent: number;
  /** The multiple of which base and top are: 1, or 2^(exponent + half of the exponent's width). */
  readonly unit: bigint;
  readonly field: bigint;
}

/** Where the bounds of an encoding may be followed to. Addresses are unbounded: the space wraps around them. */
export interface Region {
  readonly start: bigint;
  readonly size: bigint;
}

/** What a bounds field says by itself. */
interface Meaning {
  readonly internal: boolean;
  readonly exponent: number;
  readonly bottom: bigint;
  /** In units of 2^exponent, less than half of the mantissa's range. */
  readonly length: bigint;
}

function meaningOf(format: LawFormat, field: bigint): Meaning {
  const { mantissa, exponent: exponentBits } = format.widths;
  const internal = (field >> BigInt(2 * mantissa - 2)) & 1n;
  const half = exponentBits / 2;
  let bottom = field & ones(mantissa);
  let stored = (field >> BigInt(mantissa)) & ones(mantissa - 2);
  let exponent = 0;
  if (internal === 1n) {
    exponent = Number((stored & ones(half)) * 2n ** BigInt(half) + (bottom & ones(half)));
    exponent = Math.min(exponent, format.exponentMax);
    bottom -= bottom & ones(half);
    stored -= stored & ones(half);
  }
  // Of the mantissas that end like T, the one that gives a length whose own upper bits are 01, or 00 without IE.
  const quarter = 2n ** BigInt(mantissa - 2);
  const distance = BigInt.asUintN(mantissa, stored - bottom) % quarter;
  return { internal: internal === 1n, exponent, bottom, length: distance + internal * quarter };
}

/** 0 to the greatest useful one. */
export function exponentRead(format: LawFormat, field: bigint): number {
  return meaningOf(format, field).exponent;
}

/** What a bounds field means at an address. */
export function rangeRead(format: LawFormat, field: bigint, address: bigint): Range {
  const { mantissa } = format.widths;
  const { exponent, bottom, length } = meaningOf(format, field);
  const unit = 2n ** BigInt(exponent);
  // Two exponents reach beyond the address space. There the mantissas are base and top themselves.
  if (exponent >= format.exponentMax - 1) {
    const base = bottom * unit;
    const top = ((bottom + length) % 2n ** BigInt(mantissa)) * unit;
    return { base: base % format.space, top: top % (2n * format.space) };
  }
  const size = unit << BigInt(mantissa);
  const lowest = (address / size - 1n) * size + bottom * unit;
  for (const base of [lowest, lowest + size, lowest + 2n * size]) {
    const { start } = regionAround(format, exponent, base);
    if (address < start || address >= start + size) continue;
    const wrapped = ((base % format.space) + format.space) % format.space;
    return { base: wrapped, top: wrapped + length * unit };
  }
  throw new Error(`${field} at ${address}: no region holds the address`);
}

/** The region that begins an eighth of its size below the base, rounded down to a multiple of that eighth. */
export function regionAround(format: LawFormat, exponent: number, base: bigint): Region {
  const size = 2n ** BigInt(exponent + format.widths.mantissa);
  const eighth = size / 8n;
  const below = ((base % eighth) + eighth) % eighth;
  return { start: base - below - eighth, size };
}

/**
 * The narrowest encodable range around base and top, and its field.
 *
 * `base <= top`, and top is at most the size of the address space.
 */
export function enclosing(format: LawFormat, base: bigint, top: bigint): Enclosure {
  const { mantissa, exponent: exponentBits } = format.widths;
  const length = top - base;
  if (length < 2n ** BigInt(mantissa - 2)) {
    const field = ((top & ones(mantissa - 2)) << BigInt(mantissa)) | (base & ones(mantissa));
    return { base, top, exponent: 0, unit: 1n, field };
  }
  const half = exponentBits / 2;
  const long = 2n ** BigInt(mantissa - 1);
  let exponent = Math.max(0, length.toString(2).length - mantissa);
  for (; ; exponent++) {
    const unit = 2n ** BigInt(exponent + half);
    const [low, high] = [base / unit, (top + unit - 1n) / unit];
    if ((high - low) * unit >= long << BigInt(exponent)) continue;
    return { base: low * unit, top: high * unit, exponent, unit, field: internalField(low, high) };
  }

  function internalField(low: bigint, high: bigint): bigint {
    const [B, T] = [(low << BigInt(half)) & ones(mantissa), (high << BigInt(half)) & ones(mantissa - 2)];
    const [upper, lower] = [BigInt(exponent >> half), BigInt(exponent) & ones(half)];
    return (1n << BigInt(2 * mantissa - 2)) | ((T | upper) << BigInt(mantissa)) | B | lower;
  }
}
