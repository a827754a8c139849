/** Causes of traps and how trap values are made. */

import type { Capability, CapabilityIndex, Trap } from "../contract.ts";

/** mcause values: RISC-V Privileged, mcause; CHERI ISAv9, capability exceptions. */
export const cause = {
  misalignedFetch: 0n,
  fetchAccess: 1n,
  illegalInstruction: 2n,
  breakpoint: 3n,
  misalignedLoad: 4n,
  loadAccess: 5n,
  misalignedStore: 6n,
  storeAccess: 7n,
  callFromUser: 8n,
  callFromMachine: 11n,
  capability: 0x1cn,
} as const;

/** Causes of capability exceptions, the low five bits of mtval. CHERI ISAv9, capability exception codes. */
export const violation = {
  length: 0x01n,
  tag: 0x02n,
  seal: 0x03n,
  type: 0x04n,
  permitExecute: 0x11n,
  permitLoad: 0x12n,
  permitStore: 0x13n,
  permitLoadCap: 0x14n,
  permitStoreCap: 0x15n,
  permitStoreLocalCap: 0x16n,
  accessSystemRegisters: 0x18n,
  permitCInvoke: 0x19n,
} as const;

/** A trap with its mcause and mtval. */
export function trap(cause: bigint, value: bigint): Trap {
  return { cause, value };
}

/** A capability exception: mtval names the capability and what it violated. */
export function capabilityTrap(kind: bigint, index: CapabilityIndex): Trap {
  return { cause: cause.capability, value: (BigInt(index) << 5n) | kind };
}

/** The instruction is illegal: mtval is its word. */
export function illegal(machine: { readonly word: number }): Trap {
  return { cause: cause.illegalInstruction, value: BigInt.asUintN(32, BigInt(machine.word)) };
}

/** Whether what an access answered is a trap rather than its result. */
export function isTrap(answer: Capability | Trap): answer is Trap {
  return "cause" in answer;
}
