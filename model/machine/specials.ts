/** Special capability registers: who may touch them, and what they keep of what is written. */

import { isSentry, permission, permits, unseal, withAddressExact } from "../capability/index.ts";
import type { Capability, Privilege, Trap } from "../contract.ts";
import { capabilityTrap, illegal, violation } from "./causes.ts";
import { currentPcc } from "./control.ts";
import { type Machine, scr } from "./machine.ts";

interface Rule {
  readonly privilege: Privilege;
  /** Needs PCC to permit access to system registers. */
  readonly system: boolean;
}

const anyone: Rule = { privilege: 0, system: false };
const supervisor: Rule = { privilege: 1, system: true };
const machineOnly: Rule = { privilege: 3, system: true };

/** CHERI ISAv9, special capability registers. UTCC to UEPCC (4 to 7) need the N extension: absent. */
const rules: ReadonlyMap<number, Rule> = new Map([
  [scr.pcc, anyone],
  [scr.ddc, anyone],
  [scr.stcc, supervisor],
  [scr.stdc, supervisor],
  [scr.sscratchc, supervisor],
  [scr.sepcc, supervisor],
  [scr.mtcc, machineOnly],
  [scr.mtdc, machineOnly],
  [scr.mscratchc, machineOnly],
  [scr.mepcc, machineOnly],
]);

/** The scr numbers that exist, ascending. */
export const specialNumbers: readonly number[] = [...rules.keys()];

/** The trap of a CSpecialRW that may not access a special register, or null. CHERI ISAv9, CSpecialRW. */
export function specialTrap(machine: Machine, number: number, writes: boolean): Trap | null {
  const rule = rules.get(number);
  if (rule === undefined || (number === scr.pcc && writes) || machine.privilege < rule.privilege) {
    return illegal(machine);
  }
  if (rule.system && !permits(machine.pcc, permission.accessSystemRegisters)) {
    return capabilityTrap(violation.accessSystemRegisters, 0x20 | number);
  }
  return null;
}

/** What CSpecialRW reads: PCC with the current address, xEPCC legalised. */
export function readSpecial(machine: Machine, number: number): Capability {
  switch (number) {
    case scr.pcc:
      return currentPcc(machine);
    case scr.ddc:
      return machine.ddc;
    case scr.sepcc:
    case scr.mepcc:
      return legalEpcc(machine.specials[number]!);
    default:
      return machine.specials[number]!;
  }
}

/** Writes a special register other than PCC, xTCC legalised, and reports it. */
export function writeSpecial(machine: Machine, number: number, given: Capability): void {
  const vector = number === scr.mtcc || number === scr.stcc;
  const value = vector ? legalTcc(machine.specials[number]!, given) : given;
  if (number === scr.ddc) machine.ddc = value;
  else machine.specials[number] = value;
  machine.effects.specials = [{ scr: number, value }];
}

/**
 * xTCC keeps its mode bits when the new ones are reserved (2 or 3); a sealed capability loses its tag here
 * even if its address stays. RISC-V Privileged, mtvec; CHERI ISAv9, MTCC.
 */
function legalTcc(old: Capability, given: Capability): Capability {
  return withAddressExact(given, legalTvec(old.address, given.address));
}

/** The address of xTCC after writing `given` over `old`. */
export function legalTvec(old: bigint, given: bigint): bigint {
  return (given & 2n) === 0n ? given : (given & ~3n) | (old & 3n);
}

/** xEPCC as it is read and returned to: bit 0 clear. A sealed one that changes by this loses its tag. */
export function legalEpcc(epcc: Capability): Capability {
  return (epcc.address & 1n) === 0n ? epcc : withAddressExact(epcc, epcc.address & ~1n);
}

/**
 * The PCC that xRET installs from xEPCC: a sentry is unsealed, any other seal stays and faults at the fetch.
 */
export function returnTarget(epcc: Capability): Capability {
  const target = legalEpcc(epcc);
  return isSentry(target) ? unseal(target) : target;
}
