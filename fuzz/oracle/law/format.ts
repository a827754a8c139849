/**
 * The layout of an encoded capability as the laws read it, for any widths (CHERI ISAv9, "Capability Compression" and
 * the figures of the 128-bit and 64-bit formats). Written apart from those of the machines.
 *
 * From high to low: permissions, reserved bits, flags, object type, IE, T, B, address.
 */

/** Widths in bits. B has the width of the mantissa, T two bits less. */
export interface Widths {
  readonly address: number;
  readonly mantissa: number;
  /** Even: T and B each hold half of it. */
  readonly exponent: number;
  readonly otype: number;
  readonly flags: number;
  readonly reserved: number;
  readonly perms: number;
}

/** A format by its name in reports. */
export interface LawFormat {
  readonly name: string;
  readonly widths: Widths;
  /** 2^address: the top of a capability for everything. */
  readonly space: bigint;
  readonly addressMask: bigint;
  /** The greatest useful exponent: a mantissa of 01000... then spans the address space. */
  readonly exponentMax: number;
  readonly boundsMask: bigint;
  readonly permsMask: bigint;
  /** Object types: unsealed (the greatest), sentry, and the greatest that a program seals with. */
  readonly unsealed: bigint;
  readonly sentry: bigint;
  readonly ordinaryMax: bigint;
  /** What memory XORs with: the encoding of null. */
  readonly nullBits: bigint;
}

/** The encoded fields of a capability. */
export interface Fields {
  readonly perms: bigint;
  readonly reserved: bigint;
  readonly flags: bigint;
  readonly otype: bigint;
  /** IE, T and B. */
  readonly bounds: bigint;
  readonly address: bigint;
}

/** @throws RangeError if the greatest useful exponent does not fit its field. */
export function lawFormat(name: string, widths: Widths): LawFormat {
  const { address, mantissa, exponent, otype, perms } = widths;
  const exponentMax = address - mantissa + 2;
  if (exponentMax >= 2 ** exponent) throw new RangeError(`${name}: exponent ${exponentMax} does not fit`);
  const unsealed = ones(otype);
  const half = exponent / 2;
  const [upper, lower] = [exponentMax >> half, exponentMax & (2 ** half - 1)];
  const wholeSpace = (1n << BigInt(2 * mantissa - 2)) | (BigInt(upper) << BigInt(mantissa)) | BigInt(lower);
  const layout = {
    name,
    widths,
    space: 1n << BigInt(address),
    addressMask: ones(address),
    exponentMax,
    boundsMask: ones(2 * mantissa - 1),
    permsMask: ones(perms),
    unsealed,
    sentry: unsealed - 1n,
    ordinaryMax: unsealed - 4n,
  };
  const none = { perms: 0n, reserved: 0n, flags: 0n, address: 0n };
  return { ...layout, nullBits: bitsOf(layout, { ...none, otype: unsealed, bounds: wholeSpace }) };
}

/** The encoding of these fields, as registers hold it. */
export function bitsOf({ widths }: Pick<LawFormat, "widths">, fields: Fields): bigint {
  let bits = fields.perms;
  for (const [value, width] of [
    [fields.reserved, widths.reserved],
    [fields.flags, widths.flags],
    [fields.otype, widths.otype],
    [fields.bounds, 2 * widths.mantissa - 1],
    [fields.address, widths.address],
  ] as const) {
    bits = (bits << BigInt(width)) | value;
  }
  return bits;
}

/** The fields of an encoding. */
export function fieldsOf({ widths }: LawFormat, bits: bigint): Fields {
  let rest = bits;
  const take = (width: number): bigint => {
    const value = rest & ones(width);
    rest >>= BigInt(width);
    return value;
  };
  const address = take(widths.address);
  const bounds = take(2 * widths.mantissa - 1);
  const otype = take(widths.otype);
  const flags = take(widths.flags);
  const reserved = take(widths.reserved);
  return { address, bounds, otype, flags, reserved, perms: take(widths.perms) };
}

export function ones(bits: number): bigint {
  return (1n << BigInt(bits)) - 1n;
}

/** So small that every bounds field at every address can be tried with every operand. */
export const toyFormat = lawFormat("toy", {
  address: 5,
  mantissa: 4,
  exponent: 2,
  otype: 18,
  flags: 1,
  reserved: 2,
  perms: 16,
});

/** Small enough for samples to meet every case often; with representable regions of several sizes. */
export const smallFormat = lawFormat("small", {
  ...toyFormat.widths,
  address: 9,
  mantissa: 5,
  exponent: 4,
});

/** RV32's capabilities. */
export const format64 = lawFormat("64-bit", {
  address: 32,
  mantissa: 8,
  exponent: 6,
  otype: 4,
  flags: 1,
  reserved: 0,
  perms: 12,
});

/** RV64's capabilities. */
export const format128 = lawFormat("128-bit", {
  address: 64,
  mantissa: 14,
  exponent: 6,
  otype: 18,
  flags: 1,
  reserved: 2,
  perms: 16,
});
