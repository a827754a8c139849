/** Laws of moving a capability's address: CIncOffset, CSetOffset, CSetAddr. `value` is the operand. */
import type { Capability } from "../../../model/contract.ts";
import { differsInFields, type Law, misread, rangeOf, type Source, type Subject, unequal } from "./law.ts";
import { type Range, regionAround } from "./reading.ts";

const SAIL = "sail-cheri-riscv-verif";
const CHERIOT = "cheriot-sail properties";
const LIB = "cheri-cap-lib CHERICapProps";

function wrapped({ format }: Subject, address: bigint): bigint {
  return address & format.addressMask;
}

function areSame(one: Range, other: Range): boolean {
  return one.base === other.base && one.top === other.top;
}

/** Whether the bounds of a source would be the same at another address. */
function followTo({ read }: Subject, source: Source, address: bigint): boolean {
  return areSame(read(source.bounds, address), source);
}

/** Why a result is not its source with this address, apart from the tag; null if it is. */
function differsFromMoved(
  subject: Subject,
  source: Source,
  address: bigint,
  result: Capability,
): string | null {
  return differsInFields(source, result, { address }) ?? misread(subject, result);
}

/**
 * The conservative check of the manual: the increment, in units of 2^exponent rounded down, leads from the unit of the
 * address to another of the same region; upward not to the last one, downward not from the first.
 */
function isWithinLimits({ format }: Subject, source: Source, increment: bigint): boolean {
  const { exponent, base, address } = source;
  if (exponent >= format.exponentMax - 2) return true;
  const { start, size } = regionAround(format, exponent, base);
  const unit = 1n << BigInt(exponent);
  const units = size / unit;
  const from = ((((address - start) >> BigInt(exponent)) % units) + units) % units;
  const moved = increment >> BigInt(exponent);
  if (moved >= 0n) return from + moved + 1n < units;
  return from > 0n && from + moved >= 0n;
}

export const addressLaws: readonly Law[] = [
  {
    name: "increment-adds",
    source: "CHERI ISAv9, CIncOffset",
    statement:
      "CIncOffset adds to the address, wrapping, and keeps all other bits, whatever happens to the tag",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      const address = wrapped(subject, source.address + value);
      return differsFromMoved(subject, source, address, subject.library.increment(source.cap, value)) ?? true;
    },
  },
  {
    name: "increment-keeps-bounds-or-loses-tag",
    source: `${SAIL}: IncOffset; ${CHERIOT}: representable bounds, fast implies exact; Morello: Add keeps bounds`,
    statement: "a tagged result of CIncOffset has the bounds of its source",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      const result = subject.library.increment(source.cap, value);
      if (!result.tag) return null;
      const range = subject.read(result.bounds, result.address);
      return areSame(range, source) || unequal("bounds", rangeOf(source), range);
    },
  },
  {
    name: "increment-limits",
    source: "CHERI ISAv9, fast representable limits checking; Woodruff et al. 2019, section 4.3",
    statement: "CIncOffset keeps a tag exactly when the conservative check of the manual allows it",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      if (!source.isCanonical) return null;
      const increment = BigInt.asIntN(subject.format.widths.address, value);
      const expected = source.tag && !source.isSealed && isWithinLimits(subject, source, increment);
      const { tag } = subject.library.increment(source.cap, value);
      return tag === expected || unequal("tag", expected, tag);
    },
  },
  {
    name: "within-bounds-is-representable",
    source: `${CHERIOT}: representable bounds; CHERI ISAv9: addresses within bounds and just beyond are representable`,
    statement: "moving to an address within bounds, or just beyond, keeps tag and bounds by both checks",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      const address = wrapped(subject, source.address + value);
      if (!source.isCanonical || !source.tag || source.isSealed) return null;
      if (address < source.base || address > source.top) return null;
      for (const result of [
        subject.library.increment(source.cap, value),
        subject.library.setAddress(source.cap, address),
      ]) {
        if (!result.tag) return unequal("tag", true, false);
        if (!areSame(result, source)) return unequal("bounds", rangeOf(source), rangeOf(result));
      }
      return true;
    },
  },
  {
    name: "offset-is-from-the-base",
    source: `${SAIL}: SetOffset, value set and bounds unchanged if representable`,
    statement:
      "CSetOffset sets the address to base + offset, wrapping; a tagged result has the bounds of its source",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      const address = wrapped(subject, source.base + value);
      const result = subject.library.setOffset(source.cap, value);
      const differs = differsFromMoved(subject, source, address, result);
      if (differs !== null) return differs;
      if (!result.tag || areSame(result, source)) return true;
      return unequal("bounds", rangeOf(source), rangeOf(result));
    },
  },
  {
    name: "offset-limits",
    source: "CHERI ISAv9, CSetOffset: the check of CIncOffset",
    statement: "CSetOffset keeps a tag exactly when CIncOffset by the same distance would",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      const increment = wrapped(subject, source.base + value - source.address);
      const expected = subject.library.increment(source.cap, increment).tag;
      const { tag } = subject.library.setOffset(source.cap, value);
      return tag === expected || unequal("tag", expected, tag);
    },
  },
  {
    name: "set-address-exact",
    source: `${LIB}: setAddr; ${CHERIOT}: SetAddress; Morello: SetValue keeps bounds; CHERI ISAv9, CSetAddr`,
    statement: "CSetAddr sets the address and keeps a tag exactly when the bounds stay the same",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      const result = subject.library.setAddress(source.cap, value);
      const differs = differsFromMoved(subject, source, value, result);
      if (differs !== null) return differs;
      const expected = source.tag && !source.isSealed && followTo(subject, source, value);
      return result.tag === expected || unequal("tag", expected, result.tag);
    },
  },
  {
    name: "low-bits-are-free",
    source: `${SAIL}: changing the low W-3 bits never leaves the representable range; Morello: SetLSBs monotone`,
    statement: "setting the low W-3 bits of the address by CSetAddr keeps bounds and tag",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      if (!source.tag || source.isSealed) return null;
      const low = (1n << BigInt(subject.format.widths.mantissa - 3)) - 1n;
      const result = subject.library.setAddress(source.cap, (source.address & ~low) | (value & low));
      if (!areSame(result, source)) return unequal("bounds", rangeOf(source), rangeOf(result));
      return result.tag || unequal("tag", true, false);
    },
  },
];
