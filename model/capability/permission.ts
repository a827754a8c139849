/** Permission bits as they are encoded, and the layout in which instructions show them. */

import type { Capability } from "../contract.ts";

/** One bit each, as in `Capability.perms`. Bits 15:12 are user permissions without a meaning here. */
export const permission = {
  global: 1n << 0n,
  execute: 1n << 1n,
  load: 1n << 2n,
  store: 1n << 3n,
  loadCap: 1n << 4n,
  storeCap: 1n << 5n,
  storeLocalCap: 1n << 6n,
  seal: 1n << 7n,
  cinvoke: 1n << 8n,
  unseal: 1n << 9n,
  accessSystemRegisters: 1n << 10n,
  setCid: 1n << 11n,
} as const;

const HARDWARE_BITS = 12n;
const HARDWARE_MASK = (1n << HARDWARE_BITS) - 1n;
/** The bit at which CGetPerm and CAndPerm show the lowest user permission. */
const USER_AT = 15n;

/** Whether the capability has all of these permission bits. */
export function permits(cap: Capability, bits: bigint): boolean {
  return (cap.perms & bits) === bits;
}

/** Encoded permissions as CGetPerm shows them: user permissions from bit 15, bits 14:12 zero. */
export function permsShown(perms: bigint): bigint {
  return ((perms >> HARDWARE_BITS) << USER_AT) | (perms & HARDWARE_MASK);
}

/** The encoded permissions that a 64-bit operand of CAndPerm names; bits without a permission are ignored. */
export function permsFromShown(shown: bigint): bigint {
  return (((shown >> USER_AT) & 0xfn) << HARDWARE_BITS) | (shown & HARDWARE_MASK);
}
