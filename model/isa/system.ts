/** System: CSR accesses (Zicsr), calls, returns, fences (Zifencei). */

import { cause, illegal, trap } from "../machine/causes.ts";
import { csrTrap, readCsr, writeCsr } from "../machine/csrs.ts";
import { type Machine, PCC } from "../machine/machine.ts";
import { returnFromTrap } from "../machine/traps.ts";
import { define, type Outcome, retire } from "./define.ts";

type Combine = (old: bigint, operand: bigint) => bigint;

const write: Combine = (_, operand) => operand;
const setBits: Combine = (old, operand) => old | operand;
const clearBits: Combine = (old, operand) => old & ~operand;

/** rd receives the CSR's value before; the CSR receives what `combine` makes of it and the operand. */
function access(
  machine: Machine,
  rd: number,
  csr: number,
  operand: bigint,
  combine: Combine,
  writes: boolean,
): Outcome {
  const refused = csrTrap(machine, csr, writes);
  if (refused !== null) return refused;
  const old = readCsr(machine, csr);
  if (writes) writeCsr(machine, csr, combine(old, operand));
  machine.writeInt(rd, old);
  machine.effects.authority = PCC;
  return retire;
}

export const csrrw = define({
  name: "csrrw",
  pattern: "csr[11:0] rs1[4:0] 001 rd[4:0] 1110011",
  syntax: "rd, csr, rs1",
  manual: "RISC-V Unprivileged, CSRRW",
  execute: (machine, { rd, csr, rs1 }) => access(machine, rd, csr, machine.readInt(rs1), write, true),
});

export const csrrs = define({
  name: "csrrs",
  pattern: "csr[11:0] rs1[4:0] 010 rd[4:0] 1110011",
  syntax: "rd, csr, rs1",
  manual: "RISC-V Unprivileged, CSRRS",
  execute: (machine, { rd, csr, rs1 }) => access(machine, rd, csr, machine.readInt(rs1), setBits, rs1 !== 0),
});

export const csrrc = define({
  name: "csrrc",
  pattern: "csr[11:0] rs1[4:0] 011 rd[4:0] 1110011",
  syntax: "rd, csr, rs1",
  manual: "RISC-V Unprivileged, CSRRC",
  execute: (machine, { rd, csr, rs1 }) =>
    access(machine, rd, csr, machine.readInt(rs1), clearBits, rs1 !== 0),
});

export const csrrwi = define({
  name: "csrrwi",
  pattern: "csr[11:0] uimm[4:0] 101 rd[4:0] 1110011",
  syntax: "rd, csr, uimm",
  manual: "RISC-V Unprivileged, CSRRWI",
  execute: (machine, { rd, csr, uimm }) => access(machine, rd, csr, uimm, write, true),
});

export const csrrsi = define({
  name: "csrrsi",
  pattern: "csr[11:0] uimm[4:0] 110 rd[4:0] 1110011",
  syntax: "rd, csr, uimm",
  manual: "RISC-V Unprivileged, CSRRSI",
  execute: (machine, { rd, csr, uimm }) => access(machine, rd, csr, uimm, setBits, uimm !== 0n),
});

export const csrrci = define({
  name: "csrrci",
  pattern: "csr[11:0] uimm[4:0] 111 rd[4:0] 1110011",
  syntax: "rd, csr, uimm",
  manual: "RISC-V Unprivileged, CSRRCI",
  execute: (machine, { rd, csr, uimm }) => access(machine, rd, csr, uimm, clearBits, uimm !== 0n),
});

export const ecall = define({
  name: "ecall",
  pattern: "000000000000 00000 000 00000 1110011",
  syntax: "",
  manual: "RISC-V Unprivileged, ECALL",
  execute: (machine) => trap(machine.privilege === 3 ? cause.callFromMachine : cause.callFromUser, 0n),
});

export const ebreak = define({
  name: "ebreak",
  pattern: "000000000001 00000 000 00000 1110011",
  syntax: "",
  manual: "RISC-V Unprivileged, EBREAK",
  execute: (machine) => trap(cause.breakpoint, machine.pc),
});

export const mret = define({
  name: "mret",
  pattern: "0011000 00010 00000 000 00000 1110011",
  syntax: "",
  manual: "RISC-V Privileged, MRET; CHERI ISAv9, MEPCC",
  execute: returnFromTrap,
});

export const wfi = define({
  name: "wfi",
  pattern: "0001000 00101 00000 000 00000 1110011",
  syntax: "",
  manual: "RISC-V Privileged, WFI; never waits",
  execute: (machine) => (machine.privilege === 3 ? retire : illegal(machine)),
});

/** Orders nothing on a single hart. Reserved forms are fences too. */
export const fence = define({
  name: "fence",
  pattern: "fm[3:0] pred[3:0] succ[3:0] rs1[4:0] 000 rd[4:0] 0001111",
  syntax: "[pred, succ, fm, rs1, rd]",
  manual: "RISC-V Unprivileged, FENCE, FENCE.TSO and reserved fences",
  execute: () => retire,
});

/** Fetches always see stores. Reserved forms are fences too. */
export const fenceI = define({
  name: "fence.i",
  pattern: "imm[11:0] rs1[4:0] 001 rd[4:0] 0001111",
  syntax: "[imm, rs1, rd]",
  manual: "RISC-V Unprivileged, FENCE.I",
  execute: () => retire,
});
