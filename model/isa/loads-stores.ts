/**
 * RV64I: loads and stores, checked against DDC in integer mode and against the base capability in capability
 * mode.
 */

import { addressOf, authorityOf, load, store } from "../machine/access.ts";
import type { Machine } from "../machine/machine.ts";
import { define, type Outcome, retire } from "./define.ts";

/** Loads `size` bytes; `extend` makes a register's value of them. */
function loading(size: number, extend: (loaded: bigint) => bigint) {
  return (machine: Machine, { rd, base, imm }: { rd: number; base: number; imm: bigint }): Outcome => {
    const loaded = load(machine, authorityOf(machine, base), addressOf(machine, base, imm), size);
    if (typeof loaded !== "bigint") return loaded;
    machine.writeInt(rd, extend(loaded));
    return retire;
  };
}

function storing(size: number) {
  return (machine: Machine, { rs2, base, imm }: { rs2: number; base: number; imm: bigint }): Outcome =>
    store(machine, authorityOf(machine, base), addressOf(machine, base, imm), size, machine.readInt(rs2));
}

const zeroExtended = (loaded: bigint): bigint => loaded;

export const lb = define({
  name: "lb",
  pattern: "imm[11:0] base[4:0] 000 rd[4:0] 0000011",
  syntax: "rd, imm(base)",
  manual: "RISC-V Unprivileged, LB",
  execute: loading(1, (loaded) => BigInt.asIntN(8, loaded)),
});

export const lh = define({
  name: "lh",
  pattern: "imm[11:0] base[4:0] 001 rd[4:0] 0000011",
  syntax: "rd, imm(base)",
  manual: "RISC-V Unprivileged, LH",
  execute: loading(2, (loaded) => BigInt.asIntN(16, loaded)),
});

export const lw = define({
  name: "lw",
  pattern: "imm[11:0] base[4:0] 010 rd[4:0] 0000011",
  syntax: "rd, imm(base)",
  manual: "RISC-V Unprivileged, LW",
  execute: loading(4, (loaded) => BigInt.asIntN(32, loaded)),
});

export const ld = define({
  name: "ld",
  pattern: "imm[11:0] base[4:0] 011 rd[4:0] 0000011",
  syntax: "rd, imm(base)",
  manual: "RISC-V Unprivileged, LD",
  execute: loading(8, zeroExtended),
});

export const lbu = define({
  name: "lbu",
  pattern: "imm[11:0] base[4:0] 100 rd[4:0] 0000011",
  syntax: "rd, imm(base)",
  manual: "RISC-V Unprivileged, LBU",
  execute: loading(1, zeroExtended),
});

export const lhu = define({
  name: "lhu",
  pattern: "imm[11:0] base[4:0] 101 rd[4:0] 0000011",
  syntax: "rd, imm(base)",
  manual: "RISC-V Unprivileged, LHU",
  execute: loading(2, zeroExtended),
});

export const lwu = define({
  name: "lwu",
  pattern: "imm[11:0] base[4:0] 110 rd[4:0] 0000011",
  syntax: "rd, imm(base)",
  manual: "RISC-V Unprivileged, LWU",
  execute: loading(4, zeroExtended),
});

export const sb = define({
  name: "sb",
  pattern: "imm[11:5] rs2[4:0] base[4:0] 000 imm[4:0] 0100011",
  syntax: "rs2, imm(base)",
  manual: "RISC-V Unprivileged, SB",
  execute: storing(1),
});

export const sh = define({
  name: "sh",
  pattern: "imm[11:5] rs2[4:0] base[4:0] 001 imm[4:0] 0100011",
  syntax: "rs2, imm(base)",
  manual: "RISC-V Unprivileged, SH",
  execute: storing(2),
});

export const sw = define({
  name: "sw",
  pattern: "imm[11:5] rs2[4:0] base[4:0] 010 imm[4:0] 0100011",
  syntax: "rs2, imm(base)",
  manual: "RISC-V Unprivileged, SW",
  execute: storing(4),
});

export const sd = define({
  name: "sd",
  pattern: "imm[11:5] rs2[4:0] base[4:0] 011 imm[4:0] 0100011",
  syntax: "rs2, imm(base)",
  manual: "RISC-V Unprivileged, SD",
  execute: storing(8),
});
