/**
 * Memory through a capability: the ordered checks, the access, and its report.
 *
 * Every access names its authority by index: a register, or DDC. The order of checks is the specification's
 * (CHERI ISAv9, capability-checked loads and stores): tag, seal, permissions, bounds, alignment, physical
 * memory. Results are the value, or the trap.
 */

import { capabilityFromMemory, memoryFromCapability, permission, permits } from "../capability/index.ts";
import type { Capability, CapabilityIndex, Trap } from "../contract.ts";
import { cause, isTrap, trap } from "./causes.ts";
import {
  aligned,
  bounds,
  capabilityAt,
  loads,
  loadsCapabilities,
  stores,
  storesValue,
  use,
} from "./checks.ts";
import { DDC, type Machine } from "./machine.ts";

/** Bytes of a capability in memory. */
const CAPABILITY = 16;
/** Bytes of the line whose tags CLoadTags reads. */
const LINE = 64;

/** Who authorizes an ordinary access: DDC in integer mode, the base register in capability mode. */
export function authorityOf(machine: Machine, base: number): CapabilityIndex {
  return machine.capabilityMode ? base : DDC;
}

/** The address of an ordinary access: the same in both modes, since nothing is relocated. */
export function addressOf(machine: Machine, base: number, offset: bigint): bigint {
  return BigInt.asUintN(64, machine.readInt(base) + offset);
}

/** Loads 1, 2, 4 or 8 bytes, zero-extended. Misaligned addresses are allowed. */
export function load(machine: Machine, index: CapabilityIndex, address: bigint, size: number): bigint | Trap {
  const authority = capabilityAt(machine, index);
  const refused = use(authority, index) ?? loads(authority, index) ?? bounds(authority, index, address, size);
  if (refused !== null) return refused;
  return read(machine, index, address, size, cause.loadAccess);
}

/** Stores the low 1, 2, 4 or 8 bytes of a value. Misaligned addresses are allowed. */
export function store(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  size: number,
  value: bigint,
): Trap | null {
  const authority = capabilityAt(machine, index);
  const refused =
    use(authority, index) ?? stores(authority, index) ?? bounds(authority, index, address, size);
  if (refused !== null) return refused;
  return write(machine, index, address, size, value);
}

/** LR: as a load, but aligned, and the address is reserved. */
export function loadReserved(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  size: number,
): bigint | Trap {
  const authority = capabilityAt(machine, index);
  const refused =
    use(authority, index) ??
    loads(authority, index) ??
    bounds(authority, index, address, size) ??
    aligned(address, size, cause.misalignedLoad);
  if (refused !== null) return refused;

  const value = read(machine, index, address, size, cause.loadAccess);
  if (typeof value === "bigint") machine.reservation = address;
  return value;
}

/** SC: as a store, but aligned, and only if the address is reserved. 0 if it stored, 1 if it did not. */
export function storeConditional(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  size: number,
  value: bigint,
): bigint | Trap {
  const authority = capabilityAt(machine, index);
  const refused =
    use(authority, index) ??
    stores(authority, index) ??
    bounds(authority, index, address, size) ??
    aligned(address, size, cause.misalignedStore);
  if (refused !== null) return refused;
  if (!takeReservation(machine, index, address)) return 1n;
  return write(machine, index, address, size, value) ?? 0n;
}

/** AMO: reads, and writes what `update` makes of the value read (zero-extended). Answers the value read. */
export function modify(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  size: number,
  update: (loaded: bigint) => bigint,
): bigint | Trap {
  const authority = capabilityAt(machine, index);
  const refused =
    use(authority, index) ??
    loads(authority, index) ??
    stores(authority, index) ??
    bounds(authority, index, address, size) ??
    aligned(address, size, cause.misalignedStore);
  if (refused !== null) return refused;

  const loaded = read(machine, index, address, size, cause.storeAccess);
  if (typeof loaded !== "bigint") return loaded;
  return write(machine, index, address, size, update(loaded)) ?? loaded;
}

/** Loads a capability. Without permission to load capabilities its tag is cleared, which is no trap. */
export function loadCapability(machine: Machine, index: CapabilityIndex, address: bigint): Capability | Trap {
  const authority = capabilityAt(machine, index);
  const refused =
    use(authority, index) ??
    loads(authority, index) ??
    bounds(authority, index, address, CAPABILITY) ??
    aligned(address, CAPABILITY, cause.misalignedLoad);
  return refused ?? readCapability(machine, index, address, cause.loadAccess);
}

/**
 * Stores a capability: a tagged one needs permission to store capabilities, a local one also for local ones.
 */
export function storeCapability(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  value: Capability,
): Trap | null {
  return (
    capabilityStoreTrap(machine, index, address, value) ?? writeCapability(machine, index, address, value)
  );
}

/** LR.C: as loading a capability, and the address is reserved. */
export function loadReservedCapability(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
): Capability | Trap {
  const value = loadCapability(machine, index, address);
  if (!isTrap(value)) machine.reservation = address;
  return value;
}

/** SC.C: as storing a capability, if the address is reserved. 0 if it stored, 1 if it did not. */
export function storeConditionalCapability(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  value: Capability,
): bigint | Trap {
  const refused = capabilityStoreTrap(machine, index, address, value);
  if (refused !== null) return refused;
  if (!takeReservation(machine, index, address)) return 1n;
  return writeCapability(machine, index, address, value) ?? 0n;
}

/** AMOSWAP.C: stores a capability and answers the one that was there. */
export function swapCapability(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  value: Capability,
): Capability | Trap {
  const authority = capabilityAt(machine, index);
  const refused =
    use(authority, index) ?? loads(authority, index) ?? capabilityStoreTrap(machine, index, address, value);
  if (refused !== null) return refused;

  // The physical access faults as a load would: the read comes first.
  const loaded = readCapability(machine, index, address, cause.loadAccess);
  if (isTrap(loaded)) return loaded;
  return writeCapability(machine, index, address, value) ?? loaded;
}

/** CLoadTags: the four tags of a 64-byte line, lowest granule in bit 0. */
export function loadTags(machine: Machine, index: CapabilityIndex, address: bigint): bigint | Trap {
  const authority = capabilityAt(machine, index);
  const refused =
    use(authority, index) ??
    loads(authority, index) ??
    loadsCapabilities(authority, index) ??
    bounds(authority, index, address, LINE) ??
    aligned(address, LINE, cause.misalignedLoad);
  if (refused !== null) return refused;

  const { memory } = machine;
  if (!memory.contains(address, LINE)) return trap(cause.loadAccess, address);
  let tags = 0n;
  for (let granule = 0n; granule < 4n; granule++) {
    if (memory.tagAt(address + granule * 16n)) tags |= 1n << granule;
  }
  machine.effects.read = { address, size: LINE, data: tags, tag: false };
  machine.effects.authority = index;
  return tags;
}

function capabilityStoreTrap(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  value: Capability,
): Trap | null {
  const authority = capabilityAt(machine, index);
  return (
    use(authority, index) ??
    stores(authority, index) ??
    storesValue(authority, index, value) ??
    bounds(authority, index, address, CAPABILITY) ??
    aligned(address, CAPABILITY, cause.misalignedStore)
  );
}

/**
 * Whether the address was reserved. Every SC ends the reservation. One that fails reports only its authority.
 *
 * Only the low 32 bits of addresses are compared: the recordings show an access fault, not a failed SC, where
 * LR.W returned its own address sign-extended (core-1001-544, core-1001-582).
 */
function takeReservation(machine: Machine, index: CapabilityIndex, address: bigint): boolean {
  const { reservation } = machine;
  machine.reservation = null;
  machine.effects.authority = index;
  return reservation !== null && BigInt.asUintN(32, reservation) === BigInt.asUintN(32, address);
}

function read(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  size: number,
  fault: bigint,
): bigint | Trap {
  if (!machine.memory.contains(address, size)) return trap(fault, address);
  const data = machine.memory.read(address, size);
  machine.effects.read = { address, size, data, tag: false };
  machine.effects.authority = index;
  return data;
}

function write(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  size: number,
  value: bigint,
): Trap | null {
  if (!machine.memory.contains(address, size)) return trap(cause.storeAccess, address);
  const data = BigInt.asUintN(8 * size, value);
  machine.memory.write(address, size, data);
  machine.effects.write = { address, size, data, tag: false };
  machine.effects.authority = index;
  return null;
}

function readCapability(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  fault: bigint,
): Capability | Trap {
  const { memory } = machine;
  if (!memory.contains(address, CAPABILITY)) return trap(fault, address);
  const data = memory.readGranule(address);
  const tag = memory.tagAt(address);
  machine.effects.read = { address, size: CAPABILITY, data, tag };
  machine.effects.authority = index;
  return capabilityFromMemory(tag && permits(capabilityAt(machine, index), permission.loadCap), data);
}

function writeCapability(
  machine: Machine,
  index: CapabilityIndex,
  address: bigint,
  value: Capability,
): Trap | null {
  if (!machine.memory.contains(address, CAPABILITY)) return trap(cause.storeAccess, address);
  const data = memoryFromCapability(value);
  machine.memory.writeGranule(address, data, value.tag);
  machine.effects.write = { address, size: CAPABILITY, data, tag: value.tag };
  machine.effects.authority = index;
  return null;
}
