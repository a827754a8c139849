/**
 * The shape of an encoded capability, written for any field widths.
 *
 * From high to low: perms, reserved, flags, otype, IE, T, B, address. IE is one bit, B has the width of the
 * mantissa and T two bits less. Everything else about a format follows from its widths, so that the same rules run
 * at 128 bits and at a toy width that can be checked exhaustively.
 */

/** Widths in bits. */
export interface Widths {
  readonly address: number;
  readonly mantissa: number;
  /** Even: half of the exponent is kept in the low bits of T, half in the low bits of B. */
  readonly exponent: number;
  readonly otype: number;
  readonly flags: number;
  readonly reserved: number;
  readonly perms: number;
}

export interface Format {
  readonly widths: Widths;
  readonly addressBits: bigint;
  /** 2^address - 1. */
  readonly addressMask: bigint;
  /** Lengths and tops have one bit more than addresses. */
  readonly lengthMask: bigint;
  readonly mantissaBits: bigint;
  readonly mantissaMask: bigint;
  /** Bits of the exponent that T, and likewise B, gives up when the exponent is internal. */
  readonly exponentHalf: bigint;
  readonly exponentHalfMask: bigint;
  /** The exponent whose mantissa 01000... is the whole address space; larger ones mean the same. */
  readonly exponentMax: bigint;
  /** Where the fields lie, as bit numbers of the whole encoding. */
  readonly otypeAt: bigint;
  readonly flagsAt: bigint;
  readonly reservedAt: bigint;
  readonly permsAt: bigint;
  readonly boundsMask: bigint;
  readonly otypeMask: bigint;
  readonly flagsMask: bigint;
  readonly reservedMask: bigint;
  readonly permsMask: bigint;
  /** The bounds field that covers the whole address space, whatever the address: null's and root's. */
  readonly boundsWhole: bigint;
  /** What null encodes as; memory holds encodings XORed with it, so that null is all zeros there. */
  readonly nullPattern: bigint;
}

/** The format of these widths. Throws RangeError if the exponents it needs do not fit. */
export function formatFromWidths(widths: Widths): Format {
  const address = BigInt(widths.address);
  const mantissa = BigInt(widths.mantissa);
  const exponentHalf = BigInt(widths.exponent / 2);
  const exponentHalfMask = ones(widths.exponent / 2);
  const exponentMax = address - mantissa + 2n;
  if (exponentMax > ones(widths.exponent))
    throw new RangeError(`exponent ${exponentMax} does not fit its field`);

  const boundsBits = 2n * mantissa - 1n;
  const otypeAt = address + boundsBits;
  const flagsAt = otypeAt + BigInt(widths.otype);
  const reservedAt = flagsAt + BigInt(widths.flags);

  const internal = 1n << (boundsBits - 1n);
  const boundsWhole =
    internal | ((exponentMax >> exponentHalf) << mantissa) | (exponentMax & exponentHalfMask);
  return {
    widths,
    addressBits: address,
    addressMask: ones(widths.address),
    lengthMask: ones(widths.address + 1),
    mantissaBits: mantissa,
    mantissaMask: ones(widths.mantissa),
    exponentHalf,
    exponentHalfMask,
    exponentMax,
    otypeAt,
    flagsAt,
    reservedAt,
    permsAt: reservedAt + BigInt(widths.reserved),
    boundsMask: ones(Number(boundsBits)),
    otypeMask: ones(widths.otype),
    flagsMask: ones(widths.flags),
    reservedMask: ones(widths.reserved),
    permsMask: ones(widths.perms),
    boundsWhole,
    nullPattern: (ones(widths.otype) << otypeAt) | (boundsWhole << address),
  };
}

function ones(bits: number): bigint {
  return (1n << BigInt(bits)) - 1n;
}

/** The ISAv9 format of RV64: 128 bits and a tag. */
export const format128 = formatFromWidths({
  address: 64,
  mantissa: 14,
  exponent: 6,
  otype: 18,
  flags: 1,
  reserved: 2,
  perms: 16,
});
