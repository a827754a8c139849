/** Laws of sealing and of rebuilding: the first capability is the object, the second the authority. */
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

const SAIL = "sail-cheri-riscv-verif";

/** Permission bits as they are encoded. CHERI ISAv9, table of permissions. */
const GLOBAL = 1n << 0n;
const SEAL = 1n << 7n;
const UNSEAL = 1n << 9n;

/** Whether an authority may be used for the object type it points at. */
function authorizes(by: Source, permission: bigint): boolean {
  return by.tag && !by.isSealed && (by.perms & permission) !== 0n && pointsInBounds(by);
}

function pointsInBounds({ address, base, top }: Source): boolean {
  return address >= base && address < top;
}

export const sealingLaws: readonly Law[] = [
  {
    name: "seal-needs-authority",
    source: "CHERI-MIPS, S&P'20, SealCapProp; CHERI ISAv9, CSeal",
    statement:
      "CSeal keeps a tag exactly for an unsealed object under an authority in bounds for an ordinary type",
    shape: "capabilities",
    check: ({ library, format }, { source, other: by }) => {
      const allowed = authorizes(by, SEAL) && by.address <= format.ordinaryMax;
      const expected = source.tag && !source.isSealed && allowed;
      const { tag } = library.seal(source.cap, by.cap);
      return tag === expected || unequal("tag", expected, tag);
    },
  },
  {
    name: "seal-changes-only-the-type",
    source: `${SAIL}: Seal keeps encodability; CHERI ISAv9, CSeal`,
    statement: "CSeal sets the object type to the authority's address and changes nothing else",
    shape: "capabilities",
    check: (subject, { source, other: by }) => {
      const otype = by.address & subject.format.unsealed;
      const result = subject.library.seal(source.cap, by.cap);
      return differsInFields(source, result, { otype }) ?? misread(subject, result) ?? true;
    },
  },
  {
    name: "conditional-seal",
    source: "CHERI ISAv9, CCSeal",
    statement:
      "CCSeal passes on what is sealed, or all under an unusable authority (untagged, astray, at -1); else as CSeal",
    shape: "capabilities",
    check: ({ library, format }, { source, other: by }) => {
      const passes = !by.tag || source.isSealed || !pointsInBounds(by) || by.address === format.addressMask;
      const result = library.sealIfPossible(source.cap, by.cap);
      const [expected, tag] = passes
        ? [source, source.tag]
        : [library.seal(source.cap, by.cap), library.seal(source.cap, by.cap).tag];
      return differsInFields(expected, result) ?? (result.tag === tag || unequal("tag", tag, result.tag));
    },
  },
  {
    name: "unseal-needs-authority",
    source: "CHERI-MIPS, S&P'20, UnsealCapProp; CHERI ISAv9, CUnseal",
    statement: "CUnseal keeps a tag exactly under an authority in bounds at just the object's ordinary type",
    shape: "capabilities",
    check: ({ library, format }, { source, other: by }) => {
      const isOrdinary = source.otype <= format.ordinaryMax;
      const expected = source.tag && isOrdinary && authorizes(by, UNSEAL) && by.address === source.otype;
      const { tag } = library.unseal(source.cap, by.cap);
      return tag === expected || unequal("tag", expected, tag);
    },
  },
  {
    name: "unseal-changes-type-and-global",
    source: `${SAIL}: Unseal keeps encodability; Morello, ESOP'22, Unseal: local unless the authority is global`,
    statement:
      "CUnseal removes the type, and Global where the authority has it not, and changes nothing else",
    shape: "capabilities",
    check: (subject, { source, other: by }) => {
      const perms = (by.perms & GLOBAL) === 0n ? source.perms & ~GLOBAL : source.perms;
      const result = subject.library.unseal(source.cap, by.cap);
      const changed = { perms, otype: subject.format.unsealed };
      return differsInFields(source, result, changed) ?? misread(subject, result) ?? true;
    },
  },
  {
    name: "unseal-undoes-seal",
    source: `${SAIL}: Seal and Unseal keep encodability`,
    statement: "what CSeal sealed, CUnseal under a global authority for the type gives back",
    shape: "capabilities",
    check: ({ library }, { source, other: by }) => {
      const sealed = library.seal(source.cap, by.cap);
      if (!sealed.tag || !authorizes(by, UNSEAL) || (by.perms & GLOBAL) === 0n) return null;
      const result = library.unseal(sealed, by.cap);
      return differsInFields(source, result) ?? (result.tag || unequal("tag", true, false));
    },
  },
  {
    name: "entry-is-sealed",
    source: "Morello, ESOP'22, SealEntry; CHERI ISAv9, CSealEntry",
    statement: "CSealEntry sets the type to that of sentries, and keeps a tag exactly when unsealed",
    shape: "capability",
    check: (subject, { source }) => {
      const result = subject.library.sealEntry(source.cap);
      const differs = differsInFields(source, result, { otype: subject.format.sentry });
      if (differs !== null) return differs;
      const expected = source.tag && !source.isSealed;
      return result.tag === expected || unequal("tag", expected, result.tag);
    },
  },
  {
    name: "build-is-within-authority",
    source: "Morello SMT laws: BuildCap derivable; CHERI ISAv9, CBuildCap",
    statement: "a tag that CBuildCap gives is within a tagged, unsealed authority, in bounds and permissions",
    shape: "capabilities",
    check: (subject, { source: requested, other: authority }) => {
      const result = subject.library.buildCap(authority.cap, requested.cap);
      if (!result.tag) return null;
      if (!authority.tag || authority.isSealed) return "expected no tag by an unusable authority, got one";
      const range = subject.read(result.bounds, result.address);
      if (!isWithin(range, authority)) return unequal("bounds within", rangeOf(authority), range);
      const gained = result.perms & ~authority.perms;
      return gained === 0n || unequal("permissions gained", 0n, gained);
    },
  },
  {
    name: "build-is-equality",
    source: `${SAIL}: BuildCap keeps the tag exactly when rebuilding gives the same capability`,
    statement:
      "CBuildCap gives a tag exactly when a well-formed authority could be narrowed to just those bits",
    shape: "capabilities",
    check: (subject, { source: requested, other: authority }) => {
      if (!authority.isOrdered) return null;
      const expected = isDerivable(subject, requested, authority);
      const { tag } = subject.library.buildCap(authority.cap, requested.cap);
      return tag === expected || unequal("tag", expected, tag);
    },
  },
  {
    name: "build-gives-requested-bits",
    source: "CHERI ISAv9, CBuildCap",
    statement: "CBuildCap gives the requested bits; a seal that is not a sentry's is removed",
    shape: "capabilities",
    check: (subject, { source: requested, other: authority }) => {
      const { sentry, unsealed } = subject.format;
      const otype = requested.otype === sentry ? sentry : unsealed;
      const result = subject.library.buildCap(authority.cap, requested.cap);
      return differsInFields(requested, result, { otype }) ?? misread(subject, result) ?? true;
    },
  },
];

/** Bounds are set, permissions dropped, the address moved; reserved bits are the authority's. */
function isDerivable({ enclose, format }: Subject, requested: Source, authority: Source): boolean {
  if (!authority.tag || authority.isSealed || !isWithin(requested, authority)) return false;
  if ((requested.perms & ~authority.perms) !== 0n || requested.reserved !== authority.reserved) return false;
  if (requested.base > requested.top || requested.top > format.space) return false;
  return enclose(requested.base, requested.top).field === requested.bounds;
}
