/** Deriving a narrower capability: bounds, permissions, flags, and rebuilding one from its bits. */

import type { Capability } from "../contract.ts";
import { moved } from "./address.ts";
import { boundsAt, boundsRounded } from "./bounds.ts";
import { clearTagIf, covers } from "./capability.ts";
import { withBounds, withFlags, withPerms, withTag } from "./changed.ts";
import type { Format } from "./format.ts";
import { clearTagIfSealed, isSentry, sealEntry, unseal } from "./seal.ts";

/**
 * Base becomes the address and top the address + length, both rounded outward to what the format can express.
 *
 * The tag is cleared if the source is sealed or does not cover the range asked for. What rounding adds needs no check:
 * the source's own bounds are multiples of at least the same unit. CHERI ISAv9, CSetBounds.
 */
export function setBounds(format: Format, cap: Capability, length: bigint): Capability {
  return narrowed(format, cap, length).result;
}

/** The same, with the tag cleared if rounding was needed; the bounds stay rounded. CSetBoundsExact. */
export function setBoundsExact(format: Format, cap: Capability, length: bigint): Capability {
  const { result, exact } = narrowed(format, cap, length);
  return clearTagIf(result, !exact);
}

function narrowed(format: Format, cap: Capability, length: bigint): { result: Capability; exact: boolean } {
  const base = cap.address;
  const { result, exact } = bounded(format, clearTagIfSealed(format, cap), base, base + length);
  return { result: clearTagIf(result, !covers(cap, base, base + length)), exact };
}

/** Bounds replaced, whatever they were; address = base. */
function bounded(
  format: Format,
  cap: Capability,
  base: bigint,
  top: bigint,
): { result: Capability; exact: boolean } {
  const { field, exact } = boundsRounded(format, base, top & format.lengthMask);
  return { result: withBounds(cap, base, field, boundsAt(format, field, base)), exact };
}

/** Keeps the permissions (as encoded) that `perms` has too; a sealed source loses its tag. CAndPerm. */
export function andPerms(format: Format, cap: Capability, perms: bigint): Capability {
  return withPerms(clearTagIfSealed(format, cap), cap.perms & perms);
}

/** Replaces the flags; a sealed source loses its tag. CSetFlags. */
export function setFlags(format: Format, cap: Capability, flags: bigint): Capability {
  return withFlags(clearTagIfSealed(format, cap), flags & format.flagsMask);
}

/** Whether everything `inner` covers and permits, `outer` does too. Tags and object types are not compared. */
export function isWithin(inner: Capability, outer: Capability): boolean {
  return inner.base >= outer.base && inner.top <= outer.top && (inner.perms & outer.perms) === inner.perms;
}

/** Whether tag and all fields are the same. */
export function areEqual(one: Capability, other: Capability): boolean {
  return (
    one.tag === other.tag &&
    one.address === other.address &&
    one.bounds === other.bounds &&
    one.perms === other.perms &&
    one.otype === other.otype &&
    one.flags === other.flags &&
    one.reserved === other.reserved
  );
}

/**
 * Rebuilds `requested`, which may have lost its tag, under an authority that holds everything it asks for.
 *
 * A sentry stays one, other seals are dropped. The result is derived from the authority step by step and must
 * come out as what was requested; otherwise it is the requested bits without a tag. CHERI ISAv9, CBuildCap.
 */
export function buildCap(format: Format, authority: Capability, requested: Capability): Capability {
  const wanted = withTag(isSentry(format, requested) ? requested : unseal(format, requested), true);
  const wellFormed = wanted.base <= wanted.top;

  const { result } = bounded(format, clearTagIfSealed(format, authority), wanted.base, wanted.top);
  // The fast check does not matter here: the comparison below is stricter.
  const placed = moved(format, result, (result.base + wanted.address - wanted.base) & format.addressMask);
  const filled = withFlags(withPerms(placed, wanted.perms), wanted.flags);
  const derived = isSentry(format, requested) ? sealEntry(format, filled) : filled;

  const derivable = wellFormed && isWithin(wanted, authority) && areEqual(derived, wanted);
  return clearTagIf(wanted, !derivable);
}
