/** Laws of setting bounds: CSetBounds and CSetBoundsExact. A request is `value` bytes from the source's address. */
import type { Capability } from "../../../model/contract.ts";
import { differsBesideBounds, isWithin, type Law, misread, type Source, unequal } from "./law.ts";
import { exponentRead, type Range } from "./reading.ts";

const SAIL = "sail-cheri-riscv-verif";
const CHERIOT = "cheriot-sail properties";
const LIB = "cheri-cap-lib CHERICapProps";

/** What is asked for, or null if it goes beyond the address space. */
function requestOf(source: Source, length: bigint, space: bigint): Range | null {
  const top = source.address + length;
  return top > space ? null : { base: source.address, top };
}

function boundsText({ base, top }: Range): string {
  return `[0x${base.toString(16)}, 0x${top.toString(16)})`;
}

function isExactly(cap: Capability, { base, top }: Range): boolean {
  return cap.base === base && cap.top === top;
}

export const boundsLaws: readonly Law[] = [
  {
    name: "set-bounds-encodable",
    source: `${SAIL}: SetBounds keeps encodability; ${LIB}: setBounds`,
    statement: "base and top of what CSetBounds gives are those that its bits mean",
    shape: "capability and number",
    check: (subject, { source, value }) =>
      misread(subject, subject.library.setBounds(source.cap, value)) ?? true,
  },
  {
    name: "set-bounds-contains-request",
    source: `${SAIL}: the request lies inside the result`,
    statement: "bounds that are set contain the request, whatever the source was",
    shape: "capability and number",
    check: ({ library, format }, { source, value }) => {
      const request = requestOf(source, value, format.space);
      if (request === null) return null;
      const result = library.setBounds(source.cap, value);
      return isWithin(request, result) || `expected ${boundsText(request)} inside, got ${boundsText(result)}`;
    },
  },
  {
    name: "set-bounds-monotone",
    source: `${SAIL}: the result lies inside the source; ${CHERIOT}: SetBounds monotone`,
    statement:
      "tagged bounds lie inside those of their source, if that has base <= top inside the address space",
    shape: "capability and number",
    check: ({ library }, { source, value }) => {
      const result = library.setBounds(source.cap, value);
      if (!result.tag || !source.isOrdered) return null;
      return isWithin(result, source) || `expected within ${boundsText(source)}, got ${boundsText(result)}`;
    },
  },
  {
    name: "set-bounds-well-formed",
    source: `${SAIL}: SetBounds valid; ${CHERIOT}: SetBounds well-formed; Morello SMT laws: SetBounds canonical`,
    statement:
      "bounds set inside the address space have base <= top, end inside it, and have their one encoding",
    shape: "capability and number",
    check: ({ library, format, enclose }, { source, value }) => {
      if (requestOf(source, value, format.space) === null) return null;
      const { base, top, bounds } = library.setBounds(source.cap, value);
      if (base > top || top > format.space)
        return `expected ordered bounds, got ${boundsText({ base, top })}`;
      const { field } = enclose(base, top);
      return bounds === field || unequal("bounds field", field, bounds);
    },
  },
  {
    name: "set-bounds-least",
    source: `${CHERIOT}: SetBounds precise; ${LIB}: exact conditions; Morello SMT laws: max exponent`,
    statement: "no encoding covers the request more tightly, or with a smaller exponent",
    shape: "capability and number",
    check: ({ library, format, enclose }, { source, value }) => {
      const request = requestOf(source, value, format.space);
      if (request === null) return null;
      const least = enclose(request.base, request.top);
      const result = library.setBounds(source.cap, value);
      if (!isExactly(result, least)) return `expected ${boundsText(least)}, got ${boundsText(result)}`;
      const exponent = exponentRead(format, result.bounds);
      return exponent === least.exponent || unequal("exponent", least.exponent, exponent);
    },
  },
  {
    name: "set-bounds-tag",
    source: "CHERI ISAv9, CSetBounds; the other half of SetBounds monotone",
    statement: "the tag stays exactly when the source is tagged, unsealed and covers the request",
    shape: "capability and number",
    check: ({ library }, { source, value }) => {
      const { address, base, top, tag, isSealed } = source;
      const expected = tag && !isSealed && address >= base && address + value <= top;
      const result = library.setBounds(source.cap, value);
      return result.tag === expected || unequal("tag", expected, result.tag);
    },
  },
  {
    name: "set-bounds-exact-flag",
    source: `${SAIL}: the exact flag is true iff bounds equal the request; ${LIB}: exact`,
    statement:
      "CSetBoundsExact keeps a tag that CSetBounds keeps exactly when the bounds are those asked for",
    shape: "capability and number",
    check: ({ library, format }, { source, value }) => {
      const rounded = library.setBounds(source.cap, value);
      const request = requestOf(source, value, format.space);
      if (!rounded.tag || request === null) return null;
      const expected = isExactly(rounded, request);
      const { tag } = library.setBoundsExact(source.cap, value);
      return tag === expected || unequal("tag", expected, tag);
    },
  },
  {
    name: "set-bounds-exact-differs-in-tag",
    source: "CHERI ISAv9, CSetBoundsExact",
    statement: "CSetBoundsExact gives what CSetBounds gives but for the tag, which it never adds",
    shape: "capability and number",
    check: ({ library }, { source, value }) => {
      const [rounded, exact] = [
        library.setBounds(source.cap, value),
        library.setBoundsExact(source.cap, value),
      ];
      if (exact.tag && !rounded.tag) return "expected no tag where CSetBounds leaves none, got one";
      if (exact.bounds !== rounded.bounds) return unequal("bounds field", rounded.bounds, exact.bounds);
      if (!isExactly(exact, rounded)) return `expected ${boundsText(rounded)}, got ${boundsText(exact)}`;
      return differsBesideBounds(rounded, exact) ?? true;
    },
  },
  {
    name: "set-bounds-exponent-does-not-grow",
    source: `${SAIL}: the exponent does not grow`,
    statement: "tagged bounds have no larger exponent than their well-formed source",
    shape: "capability and number",
    check: ({ library, format }, { source, value }) => {
      const result = library.setBounds(source.cap, value);
      if (!result.tag || !source.isOrdered) return null;
      const exponent = exponentRead(format, result.bounds);
      return exponent <= source.exponent || `exponent: expected at most ${source.exponent}, got ${exponent}`;
    },
  },
  {
    name: "set-bounds-keeps-the-rest",
    source: "CHERI ISAv9, CSetBounds",
    statement: "setting bounds changes bounds and tag and nothing else",
    shape: "capability and number",
    check: ({ library }, { source, value }) =>
      differsBesideBounds(source, library.setBounds(source.cap, value)) ?? true,
  },
  {
    name: "small-lengths-are-exact",
    source: `${SAIL}: small exact (lengths below 2^(W-2)); Morello SMT laws: small exact`,
    statement:
      "a request shorter than a quarter of the mantissa's range gets exactly its bounds, and keeps its tag",
    shape: "capability and number",
    check: ({ library, format }, { source, value }) => {
      const request = requestOf(source, value, format.space);
      if (request === null || value >= 1n << BigInt(format.widths.mantissa - 2)) return null;
      const result = library.setBoundsExact(source.cap, value);
      if (!isExactly(result, request)) return `expected ${boundsText(request)}, got ${boundsText(result)}`;
      const expected = source.tag && !source.isSealed && isWithin(request, source);
      return result.tag === expected || unequal("tag", expected, result.tag);
    },
  },
  {
    name: "present-bounds-are-exact",
    source: `${SAIL}: SetBounds to the present bounds changes nothing; ${LIB}: unique encoding`,
    statement: "setting the bounds that a capability has, from its base, gives back its bits and its tag",
    shape: "capability",
    check: ({ library, format }, { source }) => {
      const { base, top, isCanonical, tag, isSealed } = source;
      if (!isCanonical || base === format.space || top - base > format.addressMask) return null;
      const atBase = library.setAddress(source.cap, base);
      const result = library.setBoundsExact(atBase, top - base);
      if (result.bounds !== source.bounds) return unequal("bounds field", source.bounds, result.bounds);
      const expected = tag && !isSealed;
      return result.tag === expected || unequal("tag", expected, result.tag);
    },
  },
];
