/** Capabilities of RV64: the rules of this folder at the ISAv9 format of 128 bits. */

import type { Capability } from "../contract.ts";
import * as address from "./address.ts";
import * as bounds from "./bounds.ts";
import * as value from "./capability.ts";
import { withPerms, withTag } from "./changed.ts";
import { format128 as format } from "./format.ts";
import * as narrow from "./narrow.ts";
import * as sealing from "./seal.ts";

export { clearTagIf, inBounds } from "./capability.ts";
export { areEqual, isWithin } from "./narrow.ts";
export { permission, permits, permsFromShown, permsShown } from "./permission.ts";

/** Untagged, no permissions, address 0; what an integer 0 is in a capability register. */
export const nullCapability: Capability = value.nullWithAddress(format, 0n);

/** All permissions over the whole address space, address 0. */
export const rootCapability: Capability = withTag(withPerms(nullCapability, format.permsMask), true);

/** An integer, 0 to 2^64-1, as a register holds it: null with an address. */
export function integerCapability(integer: bigint): Capability {
  return value.nullWithAddress(format, integer);
}

/** The capability of a granule: 128 bits as memory holds them, address in the low half. */
export function capabilityFromMemory(tag: boolean, data: bigint): Capability {
  return value.capabilityFromMemory(format, tag, data);
}

/** The 128 bits that memory holds for a capability, without its tag. */
export function memoryFromCapability(cap: Capability): bigint {
  return value.memoryFromCapability(format, cap);
}

/** The address replaced. Untagged if that changes the bounds, or if the source is sealed. */
export function withAddressExact(cap: Capability, to: bigint): Capability {
  return address.withAddressExact(format, cap, to);
}

/** The address increased, wrapping. Untagged if the fast check fails, or if the source is sealed. */
export function incrementFast(cap: Capability, increment: bigint): Capability {
  return address.incrementFast(format, cap, increment);
}

/** The address set to base + offset, wrapping. Untagged if the fast check fails, or if the source is sealed. */
export function withOffsetFast(cap: Capability, offset: bigint): Capability {
  return address.withOffsetFast(format, cap, offset);
}

/** The length that a base so aligned can have exactly, at least `length`, modulo 2^64 (CRRL). */
export function representableLength(length: bigint): bigint {
  return bounds.representableLength(format, length);
}

/** The mask that aligns a base for this length (CRAM). */
export function alignmentMask(length: bigint): bigint {
  return bounds.alignmentMask(format, length);
}

/** Any object type but -1. */
export function isSealed(cap: Capability): boolean {
  return sealing.isSealed(format, cap);
}

export function isSentry(cap: Capability): boolean {
  return sealing.isSentry(format, cap);
}

/** The four greatest object types: unsealed, sentry and two without a use. */
export function hasReservedOtype(cap: Capability): boolean {
  return sealing.hasReservedOtype(format, cap);
}

/** The object type as CGetType shows it, 64 bits. */
export function otypeShown(cap: Capability): bigint {
  return sealing.otypeShown(format, cap);
}

export function clearTagIfSealed(cap: Capability): Capability {
  return sealing.clearTagIfSealed(format, cap);
}

/** Without its seal, whatever it was. */
export function unseal(cap: Capability): Capability {
  return sealing.unseal(format, cap);
}

/** Sealed as a sentry, whatever its seal was. */
export function sealEntry(cap: Capability): Capability {
  return sealing.sealEntry(format, cap);
}

export function sealWith(cap: Capability, authority: Capability): Capability {
  return sealing.sealWith(format, cap, authority);
}

export function sealWithIfPossible(cap: Capability, authority: Capability): Capability {
  return sealing.sealWithIfPossible(format, cap, authority);
}

export function unsealWith(cap: Capability, authority: Capability): Capability {
  return sealing.unsealWith(format, cap, authority);
}

export function setBounds(cap: Capability, length: bigint): Capability {
  return narrow.setBounds(format, cap, length);
}

export function setBoundsExact(cap: Capability, length: bigint): Capability {
  return narrow.setBoundsExact(format, cap, length);
}

export function andPerms(cap: Capability, perms: bigint): Capability {
  return narrow.andPerms(format, cap, perms);
}

export function setFlags(cap: Capability, flags: bigint): Capability {
  return narrow.setFlags(format, cap, flags);
}

export function buildCap(authority: Capability, requested: Capability): Capability {
  return narrow.buildCap(format, authority, requested);
}
