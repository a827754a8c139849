/** Laws of CRRL and CRAM: representable lengths and the alignment they need. `value` is a length unless said. */
import { type Law, type Subject, unequal } from "./law.ts";

const SAIL = "sail-cheri-riscv-verif";
const CHERIOT = "cheriot-sail properties";

/** CRRL's answer, with the whole address space in the place of the 0 it wraps to. */
function roundedLength({ library, format }: Subject, length: bigint): bigint {
  const rounded = library.representableLength(length);
  return rounded === 0n && length !== 0n ? format.space : rounded;
}

/** The root's bounds set to base and length, if that is inside the address space; else null. */
function exactFromRoot({ library, format }: Subject, base: bigint, length: bigint): boolean | null {
  if (base + length > format.space || length > format.addressMask) return null;
  return library.setBoundsExact(library.setAddress(library.rootCapability, base), length).tag;
}

export const roundingLaws: readonly Law[] = [
  {
    name: "rounded-length-is-least",
    source: `${SAIL}: representable SetBounds exact; ${CHERIOT}: CRRL/CRAM relation`,
    statement: "CRRL gives the least length, not below the one asked for, that is exact from address 0",
    shape: "number",
    check: ({ library, format, enclose }, { value }) => {
      const expected = enclose(0n, value).top & format.addressMask;
      const rounded = library.representableLength(value);
      return rounded === expected || unequal("length", expected, rounded);
    },
  },
  {
    name: "rounding-is-idempotent",
    source: `${SAIL}: rounding idempotent; Morello SMT laws: length idempotent`,
    statement: "CRRL of what CRRL gave changes nothing",
    shape: "number",
    check: ({ library }, { value }) => {
      const once = library.representableLength(value);
      const twice = library.representableLength(once);
      return twice === once || unequal("length", once, twice);
    },
  },
  {
    name: "powers-of-two-are-representable",
    source: `${SAIL}: power of two representable`,
    statement:
      "CRRL keeps every power of two, CRAM aligns it to no more than itself, and bounds so aligned are exact",
    shape: "number",
    check: (subject, { value }) => {
      const { library, format } = subject;
      const length = 1n << (value % BigInt(format.widths.address));
      const rounded = library.representableLength(length);
      if (rounded !== length) return unequal("length", length, rounded);
      const mask = library.alignmentMask(length);
      if ((length & mask) !== length)
        return `expected an alignment of at most 0x${length.toString(16)}, mask ${mask}`;
      const base = value & format.addressMask & ~(length - 1n);
      const isExact = exactFromRoot(subject, base, length);
      return isExact === null || isExact || unequal("exact", true, isExact);
    },
  },
  {
    name: "alignment-is-what-the-encoding-needs",
    source: `${SAIL}: specified required alignment; CHERI ISAv9, CRAM`,
    statement:
      "CRAM is ones above zeros, as many zeros as bits are lost by the encoding of that length, rounded",
    shape: "number",
    check: ({ library, format, enclose }, { value }) => {
      const expected = format.addressMask & ~(enclose(0n, value).unit - 1n);
      const mask = library.alignmentMask(value);
      return mask === expected || unequal("mask", expected, mask);
    },
  },
  {
    name: "small-lengths-need-no-alignment",
    source: `${SAIL}: small exact`,
    statement: "CRAM is all ones and CRRL changes nothing below a quarter of the mantissa's range",
    shape: "number",
    check: ({ library, format }, { value }) => {
      if (value >= 1n << BigInt(format.widths.mantissa - 2)) return null;
      const mask = library.alignmentMask(value);
      if (mask !== format.addressMask) return unequal("mask", format.addressMask, mask);
      const rounded = library.representableLength(value);
      return rounded === value || unequal("length", value, rounded);
    },
  },
  {
    name: "length-by-mask",
    source: `${CHERIOT}: CRRL/CRAM relation`,
    statement: "CRRL rounds up to a multiple of the alignment that CRAM gives",
    shape: "number",
    check: ({ library, format }, { value }) => {
      const mask = library.alignmentMask(value);
      const expected = (value + (format.addressMask - mask)) & mask;
      const rounded = library.representableLength(value);
      return rounded === expected || unequal("length", expected, rounded);
    },
  },
  {
    name: "mask-absorbs-rounding",
    source: `${SAIL}: mask and length absorption`,
    statement:
      "CRAM of a length that CRRL rounded is CRAM of the length, unless rounding reached the address space",
    shape: "number",
    check: ({ library }, { value }) => {
      const rounded = library.representableLength(value);
      if (rounded === 0n && value !== 0n) return null;
      const [expected, mask] = [library.alignmentMask(value), library.alignmentMask(rounded)];
      return mask === expected || unequal("mask", expected, mask);
    },
  },
  {
    name: "rounded-and-aligned-is-exact",
    source: `${SAIL}: length rounded by CRRL and base masked by CRAM => exact; ${CHERIOT}: CRRL/CRAM use`,
    statement: "bounds at a base (`value`) masked by CRAM, of a length (`second`) rounded by CRRL, are exact",
    shape: "numbers",
    check: (subject, { value, second }) => {
      const base = value & subject.library.alignmentMask(second);
      const isExact = exactFromRoot(subject, base, roundedLength(subject, second));
      return isExact === null ? null : isExact || unequal("exact", true, isExact);
    },
  },
  {
    name: "manual-alignment-suffices",
    source: `${SAIL}: specified required alignment; CHERI ISAv9, "base and top must be aligned to 2^(E+3)"`,
    statement:
      "base (`value`) and length (`second`) that are multiples of what the length's encoding keeps are exact",
    shape: "numbers",
    check: (subject, { value, second }) => {
      const { unit } = subject.enclose(0n, second);
      const isExact = exactFromRoot(subject, value - (value % unit), second - (second % unit));
      return isExact === null ? null : isExact || unequal("exact", true, isExact);
    },
  },
];
