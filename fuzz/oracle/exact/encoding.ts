/**
 * CHERI Concentrate, read once more from the manual's definitions and not from its formulas: a capability's
 * bounds are counted in units of 2^E bytes, the representable region is where the same field means the same
 * bounds, and the encoding of a range is the one with the smallest unit that covers it.
 *
 * Source: CHERI ISAv9, "Capability Compression"; the fields are those of the 128-bit format for RV64.
 */

/** A mantissa has 14 bits; the region in which an address can move has as many units. */
const REGION = 1 << 14;
/**
 * Base lies this many units above the start of the region, and up to as many again: R is B's top three bits
 * less one.
 */
const MARGIN = REGION >> 3;
const EXPONENT_MAX = 52;
/** From here on the region is the whole address space, and the quick check always says yes. */
const EXPONENT_QUICK_MAX = 50;
/** From here on base and top can truly be more than an address space apart. */
const EXPONENT_APART = 51;

/** Whole address space: E = 52, base mantissa 0, top mantissa 0x1000. The bounds of null and of the roots. */
export const WHOLE = 0x401_8004n;

/** Shift amounts as BigInt. */
const shifts: readonly bigint[] = Array.from({ length: 64 }, (_, amount) => BigInt(amount));

export interface Bounds {
  readonly base: bigint;
  /** 65 bits. */
  readonly top: bigint;
}

/** A bounds field in units: what it says before an address gives it a place. */
interface Units {
  readonly exponent: number;
  /** Of base, modulo the region. */
  readonly bottom: number;
  /** From base to top. */
  readonly length: number;
}

/**
 * The length is the one number whose top two bits are 01 (00 without internal exponent) and that leads from
 * the bottom to a top with the twelve bits given.
 */
function unitsOf(field: bigint): Units {
  const bits = Number(field);
  const hasExponent = bits >= 2 ** 26;
  const storedTop = (bits >>> 14) & 0xfff;
  const storedBottom = bits & 0x3fff;
  if (!hasExponent) {
    return { exponent: 0, bottom: storedBottom, length: (storedTop - storedBottom) & 0xfff };
  }
  const exponent = Math.min(EXPONENT_MAX, ((storedTop & 7) << 3) | (storedBottom & 7));
  const bottom = storedBottom & ~7;
  return { exponent, bottom, length: 0x1000 + (((storedTop & ~7) - bottom) & 0xfff) };
}

/** Units between the start of the region that the field means and an address. */
function positionIn({ exponent, bottom }: Units, address: bigint): number {
  const unit = Number(BigInt.asUintN(14, address >> shifts[exponent]!));
  return (unit - bottom + marginOf(bottom)) & (REGION - 1);
}

/** Units between the start of the region and base. */
function marginOf(bottom: number): number {
  return MARGIN + (bottom & (MARGIN - 1));
}

/** What a bounds field (IE[26] T[25:14] B[13:0]) means at an address, 0 to 2^64-1. */
export function boundsAt(field: bigint, address: bigint): Bounds {
  const units = unitsOf(field);
  const shift = shifts[units.exponent]!;
  const first = (address >> shift) + BigInt(marginOf(units.bottom) - positionIn(units, address));
  const base = BigInt.asUintN(64, first << shift);
  const length = BigInt(units.length);
  if (units.exponent < EXPONENT_APART) return { base, top: base + (length << shift) };
  return { base, top: BigInt.asUintN(65, (first + length) << shift) };
}

/**
 * The quick check of a change of address by a signed number of bytes: the address must stay in its region,
 * and not reach the last unit, which is kept for the carry from below. It may refuse what would in fact be
 * representable.
 */
export function isQuicklyRepresentable(field: bigint, address: bigint, change: bigint): boolean {
  const units = unitsOf(field);
  if (units.exponent >= EXPONENT_QUICK_MAX) return true;
  const moved = BigInt(positionIn(units, address)) + (change >> shifts[units.exponent]!);
  return moved >= 0n && moved < BigInt(REGION - 1);
}

export interface Covering {
  /** The bounds field in register form. */
  readonly field: bigint;
  /** Whether it means just the range asked for. */
  readonly isExact: boolean;
  /** The bytes that base and top are multiples of; 1 without an internal exponent. */
  readonly unit: bigint;
}

/**
 * The longest length that needs no exponent, and the most units (of eight times 2^E) that a mantissa spans.
 */
const SMALL = 1n << 12n;
const SPAN = 1n << 10n;

/** The narrowest field that covers `length` bytes (0 to 2^64) from `base`: the smallest unit that will do. */
export function covering(base: bigint, length: bigint): Covering {
  const top = base + length;
  if (length < SMALL) {
    return { field: (BigInt.asUintN(12, top) << 14n) | BigInt.asUintN(14, base), isExact: true, unit: 1n };
  }
  // Lengths that would take more units than there are need no trial.
  for (let exponent = Math.max(0, 4 * (length.toString(16).length - 1) - 12); ; exponent++) {
    const shift = shifts[exponent + 3]!;
    const unit = 1n << shift;
    const low = base >> shift;
    const high = (top + unit - 1n) >> shift;
    if (high - low >= SPAN) continue;
    const storedBottom = (Number(BigInt.asUintN(11, low)) << 3) | (exponent & 7);
    const storedTop = (Number(BigInt.asUintN(9, high)) << 3) | (exponent >> 3);
    const field = BigInt(2 ** 26 + (storedTop << 14) + storedBottom);
    return { field, isExact: low << shift === base && high << shift === top, unit };
  }
}
