/** Taking a trap, returning from it. RISC-V Privileged, mstatus; CHERI ISAv9, exceptions. */

import { permission, permits } from "../capability/index.ts";
import type { Privilege, Trap } from "../contract.ts";
import { capabilityTrap, illegal, violation } from "./causes.ts";
import { currentPcc, enter } from "./control.ts";
import { forgetEffects, type Machine, PCC, scr } from "./machine.ts";
import { returnTarget } from "./specials.ts";

const MIE = 1n << 3n;
const MPIE = 1n << 7n;
const MPP = 3n << 11n;
const MPRV = 1n << 17n;
/** mstatus without the fields that a trap and a return set. */
const REST = ~(MIE | MPIE | MPP);
/** Trap vectors keep their mode in the low two bits; exceptions go to the base in every mode. */
const VECTOR_BASE = ~3n;

/**
 * Enters the trap vector in machine mode. MEPCC receives PCC with the address of the instruction, as it is
 * and not sealed; MTCC is installed without checks. What the instruction did before it trapped is forgotten.
 */
export function takeTrap(machine: Machine, taken: Trap): void {
  const { csrs } = machine;
  csrs.mcause = taken.cause;
  csrs.mtval = taken.value;
  const enabled = (csrs.mstatus & MIE) === 0n ? 0n : MPIE;
  csrs.mstatus = (csrs.mstatus & REST) | enabled | (BigInt(machine.privilege) << 11n);
  machine.privilege = 3;
  machine.reservation = null;

  const epcc = currentPcc(machine);
  const vector = machine.specials[scr.mtcc]!;
  machine.specials[scr.mepcc] = epcc;
  forgetEffects(machine.effects, taken);
  machine.effects.specials = [{ scr: scr.mepcc, value: epcc }];
  enter(machine, vector, vector.address & VECTOR_BASE);
}

/** MRET: machine mode only, then PCC must permit access to system registers. */
export function returnFromTrap(machine: Machine): Trap | null {
  if (machine.privilege !== 3) return illegal(machine);
  if (!permits(machine.pcc, permission.accessSystemRegisters)) {
    return capabilityTrap(violation.accessSystemRegisters, PCC);
  }
  const { csrs } = machine;
  const previous: Privilege = (csrs.mstatus & MPP) === MPP ? 3 : 0;
  const enabled = (csrs.mstatus & MPIE) === 0n ? 0n : MIE;
  const kept = csrs.mstatus & (previous === 3 ? REST : REST & ~MPRV);
  csrs.mstatus = kept | enabled | MPIE;
  machine.privilege = previous;
  machine.reservation = null;

  const target = returnTarget(machine.specials[scr.mepcc]!);
  enter(machine, target, machine.compressed ? target.address : target.address & ~2n);
  machine.effects.authority = PCC;
  machine.effects.source = 0x20 | scr.mepcc;
  return null;
}
