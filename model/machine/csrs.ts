/**
 * CSRs: which exist, who may touch them, what they read and what they keep. RISC-V Privileged, chapter CSRs.
 */

import { permission, permits, withAddressExact } from "../capability/index.ts";
import type { Trap } from "../contract.ts";
import { capabilityTrap, illegal, violation } from "./causes.ts";
import { type Counter, type Csrs, type Machine, PCC, scr } from "./machine.ts";
import { legalEpcc, legalTvec } from "./specials.ts";

interface Register {
  readonly read: (machine: Machine) => bigint;
  /** Keeps what is legal of a value; afterwards the CSR reads what this returns. */
  readonly write: (machine: Machine, value: bigint) => bigint;
}

/** RV64 with A C D F I M S U V X; see the sources of the recordings for V. */
export const MISA_RESET = 0x8000000000b4112dn;
/** 64-bit supervisor and user mode, interrupts off. */
export const MSTATUS_RESET = 0xa00000000n;
/** SIE MIE SPIE MPIE SPP MPRV SUM MXR TVM TW TSR; MPP is treated apart, FS, VS, XS and SD are zero. */
const MSTATUS_WRITABLE = 0x7e01aan;
const MPP = 3n << 11n;
const MIE_WRITABLE = 0xaaan;
/** Capabilities enabled, no relocation, tag-clearing. CHERI ISAv9, xCCSR. */
const CCSR = 0xc0000001n;

const registers: ReadonlyMap<number, Register> = new Map([
  [0x300, stored("mstatus", (value) => legalMstatus(value))],
  [0x301, { read: ({ csrs }) => csrs.misa, write: writeMisa }],
  [0x304, stored("mie", (value) => value & MIE_WRITABLE)],
  [0x305, { read: (machine) => machine.specials[scr.mtcc]!.address, write: writeMtvec }],
  [0x306, stored("mcounteren", (value) => value & 7n)],
  [0x340, stored("mscratch", (value) => value)],
  [0x341, { read: readMepc, write: writeMepc }],
  [0x342, stored("mcause", (value) => value)],
  [0x343, stored("mtval", (value) => value)],
  // No interrupt is ever pending.
  [0x344, constant(0n)],
  [0x8c0, constant(CCSR)],
  [0x9c0, constant(CCSR)],
  [0xbc0, constant(CCSR)],
  [0xb00, counter((machine) => machine.cycles)],
  [0xb02, counter((machine) => machine.retired)],
  [0xc00, counter((machine) => machine.cycles)],
  [0xc02, counter((machine) => machine.retired)],
  [0xf11, constant(0n)],
  [0xf12, constant(0n)],
  [0xf13, constant(0n)],
  [0xf14, constant(0n)],
  [0xf15, constant(0n)],
]);

/** The CSRs with a value of their own, ascending; the others are views, constants and counters. */
export const storedCsrs: readonly (readonly [number: number, name: keyof Csrs])[] = [
  [0x300, "mstatus"],
  [0x301, "misa"],
  [0x304, "mie"],
  [0x306, "mcounteren"],
  [0x340, "mscratch"],
  [0x342, "mcause"],
  [0x343, "mtval"],
];

/**
 * The trap of an access to a CSR that is not allowed, or null: it does not exist, needs a higher privilege,
 * is read-only, or (then) PCC does not permit access to system registers, which every CSR needs.
 */
export function csrTrap(machine: Machine, number: number, writes: boolean): Trap | null {
  const readOnly = number >> 10 === 3;
  const privilege = (number >> 8) & 3;
  if (!registers.has(number) || privilege > machine.privilege || (readOnly && writes))
    return illegal(machine);
  if (!isCounterEnabled(machine, number)) return illegal(machine);
  if (!permits(machine.pcc, permission.accessSystemRegisters)) {
    return capabilityTrap(violation.accessSystemRegisters, PCC);
  }
  return null;
}

/** cycle and instret below machine mode need their bit of mcounteren. */
function isCounterEnabled(machine: Machine, number: number): boolean {
  if (machine.privilege === 3 || (number !== 0xc00 && number !== 0xc02)) return true;
  return ((machine.csrs.mcounteren >> BigInt(number & 3)) & 1n) === 1n;
}

/** What a CSR reads. The access is allowed: see csrTrap. */
export function readCsr(machine: Machine, number: number): bigint {
  return registers.get(number)!.read(machine);
}

/** Writes a CSR, keeping what is legal, and reports it. The access is allowed: see csrTrap. */
export function writeCsr(machine: Machine, number: number, value: bigint): void {
  const kept = registers.get(number)!.write(machine, value);
  machine.effects.csr = { number, value: kept };
}

function stored(name: keyof Csrs, legal: (value: bigint) => bigint): Register {
  return {
    read: ({ csrs }) => csrs[name],
    write: ({ csrs }, value) => {
      csrs[name] = legal(value);
      return csrs[name];
    },
  };
}

function constant(value: bigint): Register {
  return { read: () => value, write: () => value };
}

/** A value written is what the next instruction reads: the write stands for this step's own increment. */
function counter(of: (machine: Machine) => Counter): Register {
  return {
    read: (machine) => BigInt.asUintN(64, of(machine).offset + BigInt(of(machine).steps)),
    write: (machine, value) => {
      of(machine).offset = value - BigInt(of(machine).steps + 1);
      return value;
    },
  };
}

function legalMstatus(value: bigint): bigint {
  const mpp = (value & MPP) === MPP ? MPP : 0n;
  return MSTATUS_RESET | (value & MSTATUS_WRITABLE) | mpp;
}

/**
 * C, F and D are writable, D only with F. Clearing C while the next instruction is not 4-aligned does
 * nothing.
 */
function writeMisa(machine: Machine, value: bigint): bigint {
  const { csrs } = machine;
  const c = value & (1n << 2n);
  if (c === 0n && (machine.nextPc & 2n) !== 0n) return csrs.misa;

  const f = value & (1n << 5n);
  const d = f === 0n ? 0n : value & (1n << 3n);
  csrs.misa = (csrs.misa & ~0b101100n) | c | d | f;
  machine.compressed = c !== 0n;
  return csrs.misa;
}

function writeMtvec(machine: Machine, value: bigint): bigint {
  const old = machine.specials[scr.mtcc]!;
  return writeView(machine, scr.mtcc, legalTvec(old.address, value));
}

/** mepc hides bit 0, and bit 1 while 16-bit instructions are disabled. */
function readMepc(machine: Machine): bigint {
  const { address } = legalEpcc(machine.specials[scr.mepcc]!);
  return machine.compressed ? address : address & ~2n;
}

function writeMepc(machine: Machine, value: bigint): bigint {
  writeView(machine, scr.mepcc, value);
  return readMepc(machine);
}

/** Writes the address of a special register through its CSR. Sealed or unrepresentable: it loses its tag. */
function writeView(machine: Machine, number: number, address: bigint): bigint {
  const value = withAddressExact(machine.specials[number]!, address);
  machine.specials[number] = value;
  machine.effects.specials = [{ scr: number, value }];
  return value.address;
}
