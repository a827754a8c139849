/**
 * The state of a hart and what the current step does to it: what an instruction's meaning sees.
 *
 * The rules of the architecture are functions beside this file that take a machine: access.ts (memory
 * through a capability), control.ts (jumps), specials.ts and csrs.ts (system registers), traps.ts.
 */

import { integerCapability, nullCapability } from "../capability/index.ts";
import type { Capability, CapabilityIndex, Privilege, SpecialWrite, StepEvent, Trap } from "../contract.ts";
import type { Memory } from "./memory.ts";

/** The event of the current step, while it is being written. A meaning only adds to it. */
export type Effects = { -readonly [Field in keyof StepEvent]: StepEvent[Field] };

/** CSRs that hold a value of their own; the others are views (csrs.ts). */
export interface Csrs {
  mstatus: bigint;
  misa: bigint;
  mie: bigint;
  mcounteren: bigint;
  mscratch: bigint;
  mcause: bigint;
  mtval: bigint;
}

/** A counter that the steps advance: `offset` plus the steps counted. */
export interface Counter {
  steps: number;
  offset: bigint;
}

export interface Machine {
  /** The integer view of a register: its address. x0 is 0. */
  readonly readInt: (index: number) => bigint;
  /** The whole register; an integer is a null capability with that address. */
  readonly readCap: (index: number) => Capability;
  /** Writes the low 64 bits of a value, with null metadata. x0 stays 0. */
  readonly writeInt: (index: number, value: bigint) => void;
  readonly writeCap: (index: number, value: Capability) => void;
  /** The register becomes null; CClear itself reports which do. */
  readonly clearRegister: (index: number) => void;
  /** Gives x1 to x31 a value without reporting it: for resets. */
  readonly setRegisters: (value: Capability) => void;

  /** The word being executed, and its address. */
  word: number;
  pc: bigint;
  /** Address of the next instruction: pc plus the instruction's size unless a jump changes it. */
  nextPc: bigint;
  /** Its address lags behind pc: see currentPcc in control.ts. */
  pcc: Capability;
  ddc: Capability;
  /** PCC's flag: the encoding mode. Set with PCC, by setPcc in control.ts. */
  capabilityMode: boolean;
  /** What any fetch through PCC answers, null if PCC is usable. Set with PCC. */
  pccFault: Trap | null;
  privilege: Privilege;
  /** The special registers other than PCC and DDC, by scr number. */
  specials: Capability[];
  csrs: Csrs;
  /** misa.C: 16-bit instructions are enabled. Set with misa. */
  compressed: boolean;
  /** Steps begun before this one. */
  readonly cycles: Counter;
  /** Steps retired before this one. */
  readonly retired: Counter;
  /** Address held by LR, or null. */
  reservation: bigint | null;
  readonly memory: Memory;
  /** What the step has done so far. */
  effects: Effects;
}

/** scr numbers, and with 0x20 added the index of a special register as an authority or in mtval. */
export const scr = {
  pcc: 0,
  ddc: 1,
  stcc: 12,
  stdc: 13,
  sscratchc: 14,
  sepcc: 15,
  mtcc: 28,
  mtdc: 29,
  mscratchc: 30,
  mepcc: 31,
} as const;

export const PCC: CapabilityIndex = 0x20;
export const DDC: CapabilityIndex = 0x21;

/** A register: an integer stays a plain number until somebody reads it as a capability. */
type Register = bigint | Capability;

/** A machine with null registers, before its first reset. See reset.ts. */
export function createMachine(memory: Memory): Machine {
  const registers: Register[] = new Array<Register>(32).fill(0n);

  const machine: Machine = {
    readInt(index) {
      const register = registers[index]!;
      return typeof register === "bigint" ? register : register.address;
    },
    readCap(index) {
      const register = registers[index]!;
      return typeof register === "bigint" ? integerCapability(register) : register;
    },
    writeInt(index, value) {
      if (index === 0) return;
      const kept = BigInt.asUintN(64, value);
      registers[index] = kept;
      machine.effects.register = { kind: "integer", index, value: kept };
    },
    writeCap(index, value) {
      if (index === 0) return;
      registers[index] = value;
      machine.effects.register = { kind: "capability", index, value };
    },
    clearRegister(index) {
      registers[index] = 0n;
    },
    setRegisters(value) {
      registers.fill(value);
      registers[0] = 0n;
    },
    word: 0,
    pc: 0n,
    nextPc: 0n,
    pcc: nullCapability,
    ddc: nullCapability,
    capabilityMode: false,
    pccFault: null,
    privilege: 3,
    specials: new Array<Capability>(32).fill(nullCapability),
    csrs: { mstatus: 0n, misa: 0n, mie: 0n, mcounteren: 0n, mscratch: 0n, mcause: 0n, mtval: 0n },
    compressed: true,
    cycles: { steps: 0, offset: 0n },
    retired: { steps: 0, offset: 0n },
    reservation: null,
    memory,
    effects: beginEvent(0, 3, 0n),
  };
  return machine;
}

/** No special register was written: shared, since most steps write none. */
const NO_SPECIALS: readonly SpecialWrite[] = Object.freeze([]);

/** The event of a step that has done nothing yet. */
export function beginEvent(order: number, mode: Privilege, pc: bigint): Effects {
  return {
    order,
    word: 0,
    mode,
    pcBefore: pc,
    pcAfter: pc,
    trap: null,
    register: null,
    cleared: 0,
    specials: NO_SPECIALS,
    csr: null,
    read: null,
    write: null,
    authority: null,
    source: null,
  };
}

/** Turns the event into that of a trap: whatever the step did before does not count. */
export function forgetEffects(effects: Effects, trap: Trap): void {
  effects.trap = trap;
  effects.register = null;
  effects.cleared = 0;
  effects.specials = NO_SPECIALS;
  effects.csr = null;
  effects.read = null;
  effects.write = null;
  effects.authority = null;
  effects.source = null;
}
