/** Capabilities as claims to authority: what each may do, and whether one allows no more than another. CHERI ISAv9. */
import type { Capability } from "../../../model/contract.ts";
import {
  isSealed,
  isWithin,
  ORDINARY_MAX,
  permit,
  permits,
  placedAt,
  UNSEALED,
} from "../exact/capability.ts";

const SPACE = 1n << 64n;
const ALL_PERMISSIONS = 0xffffn;

/** Whether a capability alone is all the authority that there is. */
export function isRoot({ tag, perms, base, top, otype }: Capability): boolean {
  return tag && perms === ALL_PERMISSIONS && base === 0n && top === SPACE && otype === UNSEALED;
}

/** Whether bounds and permissions lie within those of another; seals are not looked at. Malformed bounds never do. */
export function isWithinAuthority(cap: Capability, other: Capability): boolean {
  return (
    cap.base >= other.base &&
    cap.top <= other.top &&
    cap.base <= cap.top &&
    (cap.perms === other.perms || (Number(cap.perms) & ~Number(other.perms)) === 0)
  );
}

/** Whether bounds and permissions are the same. */
export function hasSameAuthority(cap: Capability, other: Capability): boolean {
  return cap.base === other.base && cap.top === other.top && cap.perms === other.perms;
}

/** Whether a capability can be used for what takes a permission: tagged, unsealed, permitted. */
export function allows(cap: Capability, bit: number): boolean {
  return cap.tag && !isSealed(cap) && permits(cap, bit);
}

/** Whether an otype is one that sealing gives, not a reserved one. */
export function isOrdinary(otype: bigint): boolean {
  return otype <= ORDINARY_MAX;
}

export function maySeal(authority: Capability, otype: bigint): boolean {
  return isOrdinary(otype) && allows(authority, permit.seal) && isWithin(authority, otype, 1n);
}

export function mayUnseal(authority: Capability, otype: bigint): boolean {
  return isOrdinary(otype) && allows(authority, permit.unseal) && isWithin(authority, otype, 1n);
}

/** Whether a capability can be loaded, with its tag, from the granule at a 16-byte aligned address. */
export function mayLoadCapability(authority: Capability, granule: bigint): boolean {
  return (
    allows(authority, permit.loadCap) && permits(authority, permit.load) && isWithin(authority, granule, 16n)
  );
}

/** Whether code under this capability has access to system registers. */
export function isSystemCode(cap: Capability): boolean {
  return allows(cap, permit.system) && permits(cap, permit.execute);
}

/** A sealed capability without its seal: what an invocation installs. */
export function opened(cap: Capability): Capability {
  return placedAt(cap, cap.address, cap.tag, UNSEALED);
}

/** A sealed capability opened by an authority: global only if both are. CUnseal. */
export function openedBy(cap: Capability, authority: Capability): Capability {
  const open = opened(cap);
  return permits(authority, permit.global) ? open : { ...open, perms: open.perms & ~BigInt(permit.global) };
}
