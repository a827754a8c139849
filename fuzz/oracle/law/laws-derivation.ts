/** Laws of permissions, flags, subsets and accesses, and what holds of every derivation. */
import type { Capability } from "../../../model/contract.ts";
import type { LawFormat } from "./format.ts";
import {
  differsInFields,
  isWithin,
  type Law,
  misread,
  rangeOf,
  type Source,
  type Subject,
  unequal,
} from "./law.ts";

/** Bits 11:0 of a mask as CGetPerm shows permissions, and the user's from bit 15. CHERI ISAv9, CGetPerm. */
function encodedPerms(format: LawFormat, shown: bigint): bigint {
  return (((shown >> 15n) << 12n) | (shown & 0xfffn)) & format.permsMask;
}

/** `capability and number` stands for a source and whatever operand each operation takes. */
function derivations({ library }: Subject, { cap }: Source, value: bigint): readonly Capability[] {
  return [
    library.setBounds(cap, value),
    library.setBoundsExact(cap, value),
    library.increment(cap, value),
    library.setOffset(cap, value),
    library.setAddress(cap, value),
    library.andPerms(cap, value),
    library.setFlags(cap, value),
  ];
}

export const derivationLaws: readonly Law[] = [
  {
    name: "derivation-never-widens",
    source: "Morello, ESOP'22, Restrict; CHERI-MIPS, S&P'20, RestrictCapProp",
    statement: "what is derived from a well-formed source and tagged covers and permits no more than it",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      if (!source.isOrdered) return null;
      let judged: true | null = null;
      for (const result of derivations(subject, source, value)) {
        if (!result.tag) continue;
        judged = true;
        const range = subject.read(result.bounds, result.address);
        if (!isWithin(range, source)) {
          return unequal("bounds within", rangeOf(source), range);
        }
        if ((result.perms & ~source.perms) !== 0n) return unequal("perms within", source.perms, result.perms);
        if (result.otype !== source.otype) return unequal("otype", source.otype, result.otype);
      }
      return judged;
    },
  },
  {
    name: "derivation-keeps-well-formed",
    source:
      "cheriot-sail properties: SetBounds monotone as an inductive step, with the roots as base case (f42e799)",
    statement:
      "what is derived and tagged can be held if its source can: the step that monotonicity rests on",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      if (!source.isCanonical) return null;
      let judged: true | null = null;
      for (const { tag, bounds, address } of derivations(subject, source, value)) {
        if (!tag) continue;
        judged = true;
        const { base, top } = subject.read(bounds, address);
        if (base > top || top > subject.format.space)
          return unequal("ordered bounds", "base <= top", { base, top });
        const { field } = subject.enclose(base, top);
        if (bounds !== field) return unequal("bounds field", field, bounds);
      }
      return judged;
    },
  },
  {
    name: "tags-come-from-tags",
    source: "Morello, ESOP'22, Restrict: only tagged capabilities are reachable",
    statement: "nothing derived from an untagged source is tagged",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      if (source.tag) return null;
      const { library } = subject;
      const sealed = [
        library.sealEntry(source.cap),
        library.seal(source.cap, library.rootCapability),
        library.sealIfPossible(source.cap, library.rootCapability),
        library.unseal(
          source.cap,
          library.setAddress(library.rootCapability, source.otype & subject.format.addressMask),
        ),
      ];
      const index = [...derivations(subject, source, value), ...sealed].findIndex(({ tag }) => tag);
      return index === -1 || `expected no tag, got one from operation ${index}`;
    },
  },
  {
    name: "sealed-cannot-be-changed",
    source: "CHERI ISAv9, sealed capabilities; CHERI-MIPS, S&P'20, RestrictCapProp",
    statement: "nothing derived from a sealed source is tagged",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      if (!source.tag || !source.isSealed) return null;
      const { library } = subject;
      const changed = [
        ...derivations(subject, source, value),
        library.sealEntry(source.cap),
        library.seal(source.cap, library.rootCapability),
        library.buildCap(source.cap, source.cap),
      ];
      const index = changed.findIndex(({ tag }) => tag);
      return index === -1 || `expected no tag, got one from operation ${index}`;
    },
  },
  {
    name: "perms-are-anded",
    source: "cheriot-sail properties: AND-permissions monotone; CHERI ISAv9, CAndPerm",
    statement: "CAndPerm keeps just the permissions that both operands name, and a tag exactly when unsealed",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      const perms = source.perms & encodedPerms(subject.format, value);
      const result = subject.library.andPerms(source.cap, value);
      const differs = differsInFields(source, result, { perms }) ?? misread(subject, result);
      if (differs !== null) return differs;
      const expected = source.tag && !source.isSealed;
      return result.tag === expected || unequal("tag", expected, result.tag);
    },
  },
  {
    name: "flags-are-set",
    source: "Morello SMT laws: SetFlags keeps bounds; CHERI ISAv9, CSetFlags",
    statement:
      "CSetFlags sets the flags that there are and changes nothing else, and keeps a tag exactly when unsealed",
    shape: "capability and number",
    check: (subject, { source, value }) => {
      const result = subject.library.setFlags(source.cap, value);
      const flags = value & ((1n << BigInt(subject.format.widths.flags)) - 1n);
      const differs = differsInFields(source, result, { flags }) ?? misread(subject, result);
      if (differs !== null) return differs;
      const expected = source.tag && !source.isSealed;
      return result.tag === expected || unequal("tag", expected, result.tag);
    },
  },
  {
    name: "in-bounds-is-between",
    source: "cheri-cap-lib CHERICapProps: isInBounds; here an access does not wrap around",
    statement: "an access is in bounds exactly when it begins at or above base and ends at or below top",
    shape: "capability and number",
    check: ({ library }, { source, value }) => {
      for (const size of [1, 2, 16]) {
        const expected = value >= source.base && value + BigInt(size) <= source.top;
        const actual = library.inBounds(source.cap, value, size);
        if (actual !== expected) return unequal(`${size} bytes in bounds`, expected, actual);
      }
      return true;
    },
  },
  {
    name: "subset-is-bounds-and-perms",
    source: "CHERI ISAv9, CTestSubset; Morello, ESOP'22, the order of capabilities",
    statement: "one capability is a subset of another exactly when its bounds and its permissions are",
    shape: "capabilities",
    check: ({ library }, { source: whole, other: part }) => {
      const expected = isWithin(part, whole) && (part.perms & ~whole.perms) === 0n;
      const actual = library.isSubset(whole.cap, part.cap);
      return actual === expected || unequal("subset", expected, actual);
    },
  },
];
