/**
 * Where the fields of a capability's upper word lie, and code that reads and replaces them
 * (CHERI ISAv9, the 128-bit format for RV64).
 *
 * Code here works on the upper word in register form. In memory it is XORed with the null capability's, so that
 * null is all zeros.
 */
import { and, eq, extendU, ne, or, shl, shrU, wrap, xor } from "../wasm/arithmetic.ts";
import { type Code, i64, type Operand } from "../wasm/code.ts";

type Word = Code<"i64">;

/**
 * What the functions of this folder are emitted for: RV64, or a format so small that all its capabilities can be
 * tried. A small format has its addresses in the upper bits of 64, above zeros: so they wrap around where those of
 * RV64 do, and an exponent is `addressLow` more than what is stored of it.
 */
export interface Format {
  /** Bits of a mantissa. The top's upper two are not stored. */
  readonly mantissa: bigint;
  /** Bits of each mantissa that hold half of the exponent, where there is one. */
  readonly exponentHalf: bigint;
  /** Low bits of an address that are always zero. */
  readonly addressLow: bigint;
}

export const RV64: Format = { mantissa: 14n, exponentHalf: 3n, addressLow: 0n };

/** The largest exponent that bounds use; larger ones decode like this one. */
export function exponentMax({ mantissa }: Format): bigint {
  return 66n - mantissa;
}

/** The bit of the upper word that says that the mantissas hold an exponent. */
export function internalExponent({ mantissa }: Format): bigint {
  return 1n << (2n * mantissa - 2n);
}

/** Upper word of a format's null capability. */
export function nullHigh(format: Format): bigint {
  const { mantissa, exponentHalf, addressLow } = format;
  const stored = exponentMax(format) - addressLow;
  const halves = ((stored >> exponentHalf) << mantissa) | (stored & ones(exponentHalf));
  return OTYPE_MASK | internalExponent(format) | halves;
}

/** The number with so many one-bits. */
export function ones(bits: bigint): bigint {
  return (1n << bits) - 1n;
}

/** An address as the number that the guest sees. */
export function addressValue({ addressLow }: Format, address: Word): Word {
  return addressLow === 0n ? address : shrU(address, addressLow);
}

/** Upper word of the null capability: no permissions, unsealed, all of the address space. */
export const NULL_HIGH = 0x1fff_fc01_8004n;
/** Upper word of the root capability: every permission. */
export const ROOT_HIGH = 0xffff_1fff_fc01_8004n;

export const OTYPE_SHIFT = 27n;
export const OTYPE_MASK = 0x3ffffn << OTYPE_SHIFT;
/** Object types: unsealed, sentry, and the largest that CSeal may give. */
export const OTYPE_UNSEALED = 0x3ffffn;
export const OTYPE_SENTRY = 0x3fffen;
export const OTYPE_MAX = 0x3fffbn;

const FLAGS_SHIFT = 45n;
const FLAG_BIT = 1n << FLAGS_SHIFT;
const PERMS_SHIFT = 48n;
const PERMS_MASK = 0xffffn << PERMS_SHIFT;
const RESERVED_SHIFT = 46n;
export const RESERVED_MASK = 3n << RESERVED_SHIFT;
/** Bounds field: IE, T and B. */
export const BOUNDS_MASK = 0x7ff_ffffn;

/** Permission bits of the upper word, under their manual names. */
export const perm = {
  global: 1n << 48n,
  execute: 1n << 49n,
  load: 1n << 50n,
  store: 1n << 51n,
  loadCap: 1n << 52n,
  storeCap: 1n << 53n,
  storeLocalCap: 1n << 54n,
  seal: 1n << 55n,
  cinvoke: 1n << 56n,
  unseal: 1n << 57n,
  accessSystemRegisters: 1n << 58n,
} as const;

/** 1 if the capability has every permission of `mask`, a sum of `perm` bits. */
export function hasPerms(high: Word, mask: bigint): Code<"i32"> {
  return eq(and(high, mask), mask);
}

/** Object type, 18 bits. */
export function otype(high: Word): Word {
  return and(shrU(high, OTYPE_SHIFT), OTYPE_UNSEALED);
}

/** 1 if sealed with any object type, sentries included. The tag does not matter. */
export function isSealed(high: Word): Code<"i32"> {
  return ne(and(high, OTYPE_MASK), OTYPE_MASK);
}

export function isSentry(high: Word): Code<"i32"> {
  return eq(and(high, OTYPE_MASK), OTYPE_SENTRY << OTYPE_SHIFT);
}

/** 1 if the object type is one of the four reserved ones: unsealed, sentry and two without a meaning. */
export function hasReservedOtype(high: Word): Code<"i32"> {
  const reserved = 0x3fffcn << OTYPE_SHIFT;
  return eq(and(high, reserved), reserved);
}

/** The upper word with the low 18 bits of `type` as its object type. */
export function withOtype(high: Word, type: Operand<"i64">): Word {
  const cleared = and(high, ~OTYPE_MASK);
  if (typeof type === "bigint") return or(cleared, type << OTYPE_SHIFT);
  return or(cleared, and(shl(type as Word, OTYPE_SHIFT), OTYPE_MASK));
}

export function withoutSeal(high: Word): Word {
  return or(high, OTYPE_MASK);
}

/** Permissions as CGetPerm shows them: hardware bits 11:0, user bits 18:15. `high` is evaluated twice. */
export function shownPerms(high: Word): Word {
  return or(and(shrU(high, PERMS_SHIFT), 0xfffn), and(shrU(high, 45n), 0x78000n));
}

/** A mask of permissions in CGetPerm's layout as the 16 bits of the upper word. `mask` is evaluated twice. */
export function keptPerms(mask: Word): Code<"i32"> {
  return or(and(wrap(mask), 0xfff), and(shrU(wrap(mask), 3), 0xf000));
}

/** The upper word with each permission kept only where `kept`, 16 bits, has a one. */
export function withPerms(high: Word, kept: Code<"i32">): Word {
  return and(high, or(shl(extendU(kept), PERMS_SHIFT), ~PERMS_MASK));
}

/** The upper word with bit 0 of `flags` as its flag. */
export function withFlags(high: Word, flags: Word): Word {
  return or(and(high, ~FLAG_BIT), shl(and(flags, 1n), FLAGS_SHIFT));
}

/** 1 if every permission of `part` is also one of `whole`. */
export function permsWithin(part: Word, whole: Word): Code<"i32"> {
  return eq(and(and(part, xor(whole, -1n)), PERMS_MASK), 0n);
}

/** Turns the register form of an upper word into its memory form, and back. */
export function memoryForm(high: Word, format: Format = RV64): Word {
  return xor(high, i64(nullHigh(format)));
}
