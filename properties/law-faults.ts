/**
 * Faults for the laws of capability libraries: each breaks the laws named beside it, and every law is named.
 *
 * An id is a planted fault of the roster. The others are changes of the model, each the plainest mistake that its laws
 * are there to notice.
 */
import type { Patch } from "../fuzz/variant/variant.ts";

export type LawFault = {
  readonly where: "model" | "impl";
  readonly breaks: readonly string[];
} & ({ readonly id: string } | { readonly name: string; readonly patch: Patch });

const capability = "model/capability/capability.ts";
const format = "model/capability/format.ts";
const narrow = "model/capability/narrow.ts";
const bounds = "model/capability/bounds.ts";
const seal = "model/capability/seal.ts";

/** The same mistake in both libraries. */
function inBoth(id: string, breaks: readonly string[]): LawFault[] {
  return [
    { id, where: "model", breaks },
    { id, where: "impl", breaks },
  ];
}

function inModel(name: string, patch: Patch, breaks: readonly string[]): LawFault {
  return { name, where: "model", patch, breaks };
}

const fromRoster: readonly LawFault[] = [
  ...inBoth("E01", ["set-bounds-monotone", "set-bounds-tag", "derivation-keeps-well-formed"]),
  ...inBoth("E03", ["base-not-above-top", "set-bounds-well-formed", "small-lengths-are-exact"]),
  ...inBoth("E05", ["increment-keeps-bounds-or-loses-tag", "increment-limits"]),
  ...inBoth("E06", ["bounds-are-what-bits-mean", "increment-adds", "low-bits-are-free", "offset-limits"]),
  ...inBoth("E08", [
    "alignment-is-what-the-encoding-needs",
    "mask-absorbs-rounding",
    "rounded-and-aligned-is-exact",
  ]),
  ...inBoth("E16", ["root-is-everything", "integers-are-null-elsewhere", "set-bounds-encodable"]),
  ...inBoth("E18", ["offset-is-from-the-base", "derivation-never-widens"]),
  ...inBoth("E19", ["set-bounds-exact-flag"]),
  ...inBoth("E20", ["set-address-exact"]),
  ...inBoth("E23", ["build-is-within-authority", "build-is-equality"]),
  ...inBoth("E27", [
    "powers-of-two-are-representable",
    "manual-alignment-suffices",
    "set-bounds-contains-request",
  ]),
  ...inBoth("W01", [
    "set-bounds-least",
    "set-bounds-exponent-does-not-grow",
    "present-bounds-are-exact",
    "rounded-length-is-least",
    "rounding-is-idempotent",
  ]),
  { id: "E06", where: "model", breaks: ["within-bounds-is-representable", "in-bounds-is-between"] },
  { id: "E28", where: "impl", breaks: ["subset-is-bounds-and-perms"] },
  { id: "S03", where: "impl", breaks: ["unseal-needs-authority"] },
  { id: "S08", where: "impl", breaks: ["seal-needs-authority"] },
  { id: "S11", where: "impl", breaks: ["conditional-seal"] },
];

const ownFaults: readonly LawFault[] = [
  inModel(
    "a bit of the bounds is lost on the way to memory",
    {
      file: capability,
      from: "return bitsFromCapability(format, cap) ^ format.nullPattern;",
      to: "return (bitsFromCapability(format, cap) ^ format.nullPattern) & ~(2n << format.addressBits);",
    },
    ["memory-keeps-capabilities"],
  ),
  inModel(
    "flags are read where the reserved bits lie",
    { file: capability, from: "(bits >> format.flagsAt)", to: "(bits >> format.reservedAt)" },
    ["fields-lie-where-the-manual-says"],
  ),
  inModel(
    "null has an object type",
    {
      file: format,
      from: "nullPattern: (ones(widths.otype) << otypeAt) | (boundsWhole << address),",
      to: "nullPattern: boundsWhole << address,",
    },
    ["null-is-zero"],
  ),
  inModel(
    "CSetBoundsExact leaves the old bounds where rounding would be needed",
    {
      file: narrow,
      from: "return clearTagIf(result, !exact);",
      to: "return exact ? result : clearTagIf(cap, true);",
    },
    ["set-bounds-exact-differs-in-tag"],
  ),
  inModel(
    "setting bounds clears the flags",
    {
      file: narrow,
      from: "return { result: withBounds(cap, base, field,",
      to: "return { result: withBounds(withFlags(cap, 0n), base, field,",
    },
    ["set-bounds-keeps-the-rest"],
  ),
  inModel(
    "CRRL rounds up once too often",
    {
      file: bounds,
      from: "return (length + (mask ^ format.addressMask)) & mask;",
      to: "return (length + (mask ^ format.addressMask) + 1n) & mask;",
    },
    ["length-by-mask", "small-lengths-need-no-alignment"],
  ),
  inModel(
    "a sentry is tagged, whatever it was made of",
    {
      file: seal,
      from: "return withOtype(cap, otypeSentry(format));",
      to: "return { ...withOtype(cap, otypeSentry(format)), tag: true };",
    },
    ["tags-come-from-tags", "entry-is-sealed"],
  ),
  inModel(
    "sentries count as unsealed when capabilities are changed",
    {
      file: seal,
      from: "return clearTagIf(cap, isSealed(format, cap));",
      to: "return clearTagIf(cap, isSealed(format, cap) && !isSentry(format, cap));",
    },
    ["sealed-cannot-be-changed"],
  ),
  inModel(
    "permissions are joined in the place of intersected",
    { file: narrow, from: "cap.perms & perms);", to: "cap.perms | (perms & format.permsMask));" },
    ["perms-are-anded"],
  ),
  inModel(
    "flags keep their old value",
    { file: narrow, from: "flags & format.flagsMask);", to: "cap.flags);" },
    ["flags-are-set"],
  ),
  inModel(
    "sealing takes the next type",
    {
      file: seal,
      from: "authority.address & format.otypeMask);",
      to: "(authority.address + 1n) & format.otypeMask);",
    },
    ["seal-changes-only-the-type", "unseal-undoes-seal"],
  ),
  inModel(
    "unsealing keeps Global under a local authority",
    {
      file: seal,
      from: "permits(authority, permission.global) ? cap.perms : cap.perms & ~permission.global;",
      to: "cap.perms;",
    },
    ["unseal-changes-type-and-global"],
  ),
  inModel(
    "rebuilding drops the type of sentries",
    {
      file: narrow,
      from: "withTag(isSentry(format, requested) ? requested : unseal(format, requested), true);",
      to: "withTag(unseal(format, requested), true);",
    },
    ["build-gives-requested-bits"],
  ),
];

export const lawFaults: readonly LawFault[] = [...fromRoster, ...ownFaults];
