/**
 * Traps as values, and which clause judges a trap. RISC-V Privileged, mcause; CHERI ISAv9, capability
 * exceptions.
 */
import type { Capability, CapabilityIndex, Trap } from "../../../model/contract.ts";
import { isSealed, isWithin, permit, permits } from "./capability.ts";
import { type Clause, clauseAt } from "./clauses.ts";

export const cause = {
  misalignedFetch: 0n,
  fetchAccess: 1n,
  illegal: 2n,
  breakpoint: 3n,
  misalignedLoad: 4n,
  loadAccess: 5n,
  misalignedStore: 6n,
  storeAccess: 7n,
  userCall: 8n,
  machineCall: 11n,
  capability: 0x1cn,
} as const;

/** The low five bits of mtval of a capability exception. */
export const code = {
  bounds: 0x01,
  tag: 0x02,
  seal: 0x03,
  type: 0x04,
  execute: 0x11,
  load: 0x12,
  store: 0x13,
  loadCap: 0x14,
  storeCap: 0x15,
  storeLocal: 0x16,
  system: 0x18,
  cinvoke: 0x19,
} as const;

export const PCC: CapabilityIndex = 0x20;
export const DDC: CapabilityIndex = 0x21;

export function trapOf(mcause: bigint, value: bigint): Trap {
  return { cause: mcause, value };
}

/** A capability exception: mtval names the capability and what is wrong with it. */
export function refusal(index: CapabilityIndex, why: number): Trap {
  return { cause: cause.capability, value: BigInt((index << 5) | why) };
}

/** An illegal instruction: mtval is the word. */
export function illegal(word: number): Trap {
  return { cause: cause.illegal, value: BigInt(word >>> 0) };
}

/** Whatever a capability is used for, it is tagged and not sealed. */
export function unusable(cap: Capability, index: CapabilityIndex): Trap | null {
  if (!cap.tag) return refusal(index, code.tag);
  return isSealed(cap) ? refusal(index, code.seal) : null;
}

/** Access to system registers is up to PCC; the trap names what was to be accessed. */
export function systemTrap(pcc: Capability, index: CapabilityIndex): Trap | null {
  return permits(pcc, permit.system) ? null : refusal(index, code.system);
}

export function outOfBounds(
  cap: Capability,
  index: CapabilityIndex,
  address: bigint,
  size: bigint,
): Trap | null {
  return isWithin(cap, address, size) ? null : refusal(index, code.bounds);
}

/** The clause that says whether a trap of this cause was justified. */
export function clauseOf(trap: Trap): Clause {
  switch (trap.cause) {
    case cause.capability:
      return clauseOfCode(Number(trap.value & 31n));
    case cause.illegal:
      return clauseAt.justified_illegal_instruction;
    case cause.misalignedFetch:
    case cause.misalignedLoad:
    case cause.misalignedStore:
      return clauseAt.justified_alignment_trap;
    case cause.fetchAccess:
    case cause.loadAccess:
    case cause.storeAccess:
      return clauseAt.justified_access_fault;
    default:
      return clauseAt.justified_environment_trap;
  }
}

function clauseOfCode(why: number): Clause {
  switch (why) {
    case code.bounds:
      return clauseAt.justified_bounds_trap;
    case code.tag:
      return clauseAt.justified_tag_trap;
    case code.seal:
      return clauseAt.justified_seal_trap;
    case code.type:
      return clauseAt.justified_type_trap;
    case code.system:
      return clauseAt.justified_system_trap;
    default:
      return clauseAt.justified_permission_trap;
  }
}

const CODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(code).map(([name, value]) => [value, name]),
);
const CAUSE_NAMES: ReadonlyMap<bigint, string> = new Map(
  Object.entries(cause).map(([name, value]) => [value, name]),
);

/** A trap for a reader: `capability: tag of 0x21`. */
export function trapText(trap: Trap | null): string {
  if (trap === null) return "no trap";
  if (trap.cause === cause.capability) {
    const why = CODE_NAMES.get(Number(trap.value & 31n)) ?? `code ${trap.value & 31n}`;
    return `capability: ${why} of 0x${(trap.value >> 5n).toString(16)}`;
  }
  return `${CAUSE_NAMES.get(trap.cause) ?? `cause ${trap.cause}`}, value 0x${trap.value.toString(16)}`;
}
