/** Control flow: PCC, jumps and their checks. */

import { inBounds, isSealed, permission, permits, sealEntry } from "../capability/index.ts";
import type { Capability, Trap } from "../contract.ts";
import { capabilityTrap, cause, trap, violation } from "./causes.ts";
import { type Machine, PCC, scr } from "./machine.ts";

/** The smallest instruction: what a jump's target must have room for. misa.C is writable, so it may be on. */
const SMALLEST = 2;

/** Installs a PCC. It is not checked: an unusable one faults at the next fetch. */
export function setPcc(machine: Machine, pcc: Capability): void {
  machine.pcc = pcc;
  machine.capabilityMode = pcc.flags === 1n;
  machine.pccFault = fetchFault(pcc);
}

/** What every fetch through this PCC answers, whatever its address. CHERI ISAv9, instruction fetch. */
function fetchFault(pcc: Capability): Trap | null {
  if (!pcc.tag) return capabilityTrap(violation.tag, PCC);
  if (isSealed(pcc)) return capabilityTrap(violation.seal, PCC);
  if (!permits(pcc, permission.execute)) return capabilityTrap(violation.permitExecute, PCC);
  return null;
}

/** A capability with its address moved to where a program counter went: its bounds stay as they are. */
export function movedTo(
  { tag, base, top, perms, otype, flags, reserved, bounds }: Capability,
  address: bigint,
) {
  return { tag, address, base, top, perms, otype, flags, reserved, bounds };
}

/** PCC with the address of the instruction being executed. */
export function currentPcc(machine: Machine): Capability {
  return movedTo(machine.pcc, machine.pc);
}

/** What a capability jump leaves behind: PCC at the next instruction, sealed as a sentry. */
export function linkCapability(machine: Machine): Capability {
  return sealEntry(movedTo(machine.pcc, machine.nextPc));
}

/** The trap of a target that no instruction can start at, or null. Bit 0 is taken to be clear. */
export function misalignedTarget(machine: Machine, target: bigint): Trap | null {
  if (machine.compressed || (target & 2n) === 0n) return null;
  return trap(cause.misalignedFetch, target);
}

/**
 * Jumps within PCC: JAL, JALR, taken branches. The target must lie in PCC's bounds, then be aligned.
 * CHERI ISAv9, control-flow instructions in integer mode, and CJAL.
 */
export function jump(machine: Machine, target: bigint): Trap | null {
  if (!inBounds(machine.pcc, target, SMALLEST)) return capabilityTrap(violation.length, PCC);
  const misaligned = misalignedTarget(machine, target);
  if (misaligned !== null) return misaligned;

  machine.nextPc = target;
  machine.effects.authority = PCC;
  return null;
}

/** Jumps within PCC and leaves the address of the next instruction in rd: JAL, JALR. */
export function jumpAndLink(machine: Machine, rd: number, target: bigint): Trap | null {
  const link = machine.nextPc;
  const refused = jump(machine, target);
  if (refused !== null) return refused;
  machine.writeInt(rd, link);
  return null;
}

/** Replaces PCC as a whole and continues at `target`. The caller has checked both. */
export function enter(machine: Machine, pcc: Capability, target: bigint): void {
  setPcc(machine, pcc);
  machine.nextPc = target;
  machine.effects.specials = [...machine.effects.specials, { scr: scr.pcc, value: movedTo(pcc, target) }];
}
