/** Fetching an instruction: the checks in their order. CHERI ISAv9, instruction fetch. */

import { inBounds } from "../capability/index.ts";
import type { Trap } from "../contract.ts";
import { capabilityTrap, cause, trap, violation } from "./causes.ts";
import { misalignedTarget } from "./control.ts";
import { type Machine, PCC } from "./machine.ts";

/** The checks for an instruction of 2 or 4 bytes at pc, in their order: the first half, then the second. */
export function fetchTrap(machine: Machine, size: 2 | 4): Trap | null {
  const { pcc, pc, pccFault } = machine;
  // An instruction that lies within bounds as a whole needs no look at its halves.
  const end = pc + (size === 2 ? 2n : 4n);
  if (pccFault === null && pc >= pcc.base && end <= pcc.top) return misalignedTarget(machine, pc);
  // One of two bytes that does not has no good first half.
  return firstHalfTrap(machine) ?? secondHalfTrap(machine);
}

/** PCC's tag, seal and permission, its bounds for the first two bytes, then the alignment of pc. */
function firstHalfTrap(machine: Machine): Trap | null {
  if (machine.pccFault !== null) return machine.pccFault;
  if (!inBounds(machine.pcc, machine.pc, 2)) return capabilityTrap(violation.length, PCC);
  // Bit 0 is clear: everything that sets pc clears it.
  return misalignedTarget(machine, machine.pc);
}

/** PCC's bounds for the second two bytes of a 32-bit instruction; their address wraps. */
function secondHalfTrap(machine: Machine): Trap | null {
  const second = BigInt.asUintN(64, machine.pc + 2n);
  return inBounds(machine.pcc, second, 2) ? null : capabilityTrap(violation.length, PCC);
}

/**
 * Reads the word at pc into `machine.word`, after the checks. A 16-bit word has zeros above. The word stays 0
 * if it could not be fetched.
 */
export function fetch(machine: Machine): Trap | null {
  const { memory, pc } = machine;
  machine.word = 0;
  const first = firstHalfTrap(machine);
  if (first !== null) return first;
  if (!memory.contains(pc, 2)) return trap(cause.fetchAccess, pc);
  const low = Number(memory.read(pc, 2));
  if ((low & 3) !== 3) {
    machine.word = low;
    return null;
  }
  const second = secondHalfTrap(machine);
  if (second !== null) return second;
  if (!memory.contains(pc + 2n, 2)) return trap(cause.fetchAccess, pc);
  machine.word = low + Number(memory.read(pc + 2n, 2)) * 2 ** 16;
  return null;
}
