/** Sealing: object types, sentries, and what sealing does to other changes. */

import type { Capability } from "../contract.ts";
import { clearTagIf, inBounds } from "./capability.ts";
import { withOtype, withPerms } from "./changed.ts";
import type { Format } from "./format.ts";
import { permission, permits } from "./permission.ts";

/** The four greatest object types are reserved: -1 unsealed, -2 sentry, -3 and -4 without a use. */
const RESERVED_COUNT = 4n;

function otypeUnsealed(format: Format): bigint {
  return format.otypeMask;
}

function otypeSentry(format: Format): bigint {
  return format.otypeMask - 1n;
}

/** The greatest object type that a program can seal with. */
export function otypeMax(format: Format): bigint {
  return format.otypeMask - RESERVED_COUNT;
}

/** Any object type but -1: sentries and the reserved types are sealed too. */
export function isSealed(format: Format, cap: Capability): boolean {
  return cap.otype !== otypeUnsealed(format);
}

export function isSentry(format: Format, cap: Capability): boolean {
  return cap.otype === otypeSentry(format);
}

export function hasReservedOtype(format: Format, cap: Capability): boolean {
  return cap.otype > otypeMax(format);
}

/** A sealed capability cannot be changed: its changed copy is untagged. */
export function clearTagIfSealed(format: Format, cap: Capability): Capability {
  return clearTagIf(cap, isSealed(format, cap));
}

/** Without its seal. Who may do so is for the caller to decide. */
export function unseal(format: Format, cap: Capability): Capability {
  return withOtype(cap, otypeUnsealed(format));
}

/** Sealed as a sentry, which can be jumped to but not changed. */
export function sealEntry(format: Format, cap: Capability): Capability {
  return withOtype(cap, otypeSentry(format));
}

/** The object type as instructions show it: reserved ones sign-extended to an address, others zero-extended. */
export function otypeShown(format: Format, cap: Capability): bigint {
  const extension = format.addressMask ^ format.otypeMask;
  return hasReservedOtype(format, cap) ? cap.otype | extension : cap.otype;
}

/**
 * Seals with the object type that the authority points at. The tag stays only if the authority is tagged, unsealed,
 * may seal, and its address is in bounds and an ordinary object type. CHERI ISAv9, CSeal.
 */
export function sealWith(format: Format, cap: Capability, authority: Capability): Capability {
  const permitted =
    authority.tag &&
    !isSealed(format, authority) &&
    permits(authority, permission.seal) &&
    inBounds(authority, authority.address, 1) &&
    authority.address <= otypeMax(format);
  const result = withOtype(clearTagIfSealed(format, cap), authority.address & format.otypeMask);
  return clearTagIf(result, !permitted);
}

/**
 * Seals where that makes sense and otherwise passes `cap` on unchanged: the authority is untagged, points out
 * of its bounds or at -1, or `cap` is sealed already. CHERI ISAv9, CCSeal.
 */
export function sealWithIfPossible(format: Format, cap: Capability, authority: Capability): Capability {
  const unchanged =
    !authority.tag ||
    isSealed(format, cap) ||
    !inBounds(authority, authority.address, 1) ||
    authority.address === format.addressMask;
  return unchanged ? cap : sealWith(format, cap, authority);
}

/**
 * Removes an ordinary seal. The tag stays only if the authority is tagged, unsealed, may unseal, and points in
 * bounds at just this object type; Global stays only if both have it. CHERI ISAv9, CUnseal.
 */
export function unsealWith(format: Format, cap: Capability, authority: Capability): Capability {
  const permitted =
    authority.tag &&
    !isSealed(format, authority) &&
    permits(authority, permission.unseal) &&
    inBounds(authority, authority.address, 1) &&
    authority.address === cap.otype &&
    !hasReservedOtype(format, cap);
  const perms = permits(authority, permission.global) ? cap.perms : cap.perms & ~permission.global;
  return clearTagIf(withPerms(unseal(format, cap), perms), !permitted);
}
