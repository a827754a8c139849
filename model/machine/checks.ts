/** The checks of a data access, one function each: the trap of the one that fails, or null. */

import { inBounds, isSealed, permission, permits } from "../capability/index.ts";
import type { Capability, CapabilityIndex, Trap } from "../contract.ts";
import { capabilityTrap, trap, violation } from "./causes.ts";
import { DDC, type Machine } from "./machine.ts";

/** The authority is tagged and not sealed. */
export function use(authority: Capability, index: CapabilityIndex): Trap | null {
  if (!authority.tag) return capabilityTrap(violation.tag, index);
  if (isSealed(authority)) return capabilityTrap(violation.seal, index);
  return null;
}

/** It permits loads. */
export function loads(authority: Capability, index: CapabilityIndex): Trap | null {
  return permits(authority, permission.load) ? null : capabilityTrap(violation.permitLoad, index);
}

/** It permits stores. */
export function stores(authority: Capability, index: CapabilityIndex): Trap | null {
  return permits(authority, permission.store) ? null : capabilityTrap(violation.permitStore, index);
}

/** It permits loading capabilities: CLoadTags alone insists on it. */
export function loadsCapabilities(authority: Capability, index: CapabilityIndex): Trap | null {
  return permits(authority, permission.loadCap) ? null : capabilityTrap(violation.permitLoadCap, index);
}

/** A tagged value needs Store_Cap; a tagged value that is not Global also needs Store_Local_Cap. */
export function storesValue(authority: Capability, index: CapabilityIndex, value: Capability): Trap | null {
  if (!value.tag) return null;
  if (!permits(authority, permission.storeCap)) return capabilityTrap(violation.permitStoreCap, index);
  if (permits(value, permission.global) || permits(authority, permission.storeLocalCap)) return null;
  return capabilityTrap(violation.permitStoreLocalCap, index);
}

/** The access lies within its bounds. */
export function bounds(
  authority: Capability,
  index: CapabilityIndex,
  address: bigint,
  size: number,
): Trap | null {
  return inBounds(authority, address, size) ? null : capabilityTrap(violation.length, index);
}

/** The address is a multiple of the size, or the trap with the cause given. */
export function aligned(address: bigint, size: number, misaligned: bigint): Trap | null {
  return (address & BigInt(size - 1)) === 0n ? null : trap(misaligned, address);
}

/** The capability that an index names as authority: a register, or DDC. */
export function capabilityAt(machine: Machine, index: CapabilityIndex): Capability {
  return index === DDC ? machine.ddc : machine.readCap(index);
}
