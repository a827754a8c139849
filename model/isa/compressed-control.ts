/**
 * C: 16-bit loads, stores, jumps and branches. Floating-point forms are illegal: there are no F registers.
 */

import { addressOf, authorityOf, load, store } from "../machine/access.ts";
import { cause, trap } from "../machine/causes.ts";
import { jump, jumpAndLink } from "../machine/control.ts";
import type { Machine } from "../machine/machine.ts";
import { signedWord } from "./arithmetic.ts";
import { define, type Outcome, retire } from "./define.ts";

const RA = 1;
const SP = 2;

/** rd receives 4 or 8 bytes from an offset to a base register, sign-extended. */
function loadFrom(machine: Machine, rd: number, base: number, offset: bigint, size: 4 | 8): Outcome {
  const loaded = load(machine, authorityOf(machine, base), addressOf(machine, base, offset), size);
  if (typeof loaded !== "bigint") return loaded;
  machine.writeInt(rd, size === 4 ? signedWord(loaded) : loaded);
  return retire;
}

function storeTo(machine: Machine, rs2: number, base: number, offset: bigint, size: 4 | 8): Outcome {
  return store(
    machine,
    authorityOf(machine, base),
    addressOf(machine, base, offset),
    size,
    machine.readInt(rs2),
  );
}

export const cLw = define({
  name: "c.lw",
  pattern: "010 uimm[5:3] base[2:0] uimm[2|6] rd[2:0] 00",
  syntax: "rd, uimm(base)",
  manual: "RISC-V Unprivileged, C, C.LW",
  execute: (machine, { rd, base, uimm }) => loadFrom(machine, rd, base, uimm, 4),
});

export const cLd = define({
  name: "c.ld",
  pattern: "011 uimm[5:3] base[2:0] uimm[7:6] rd[2:0] 00",
  syntax: "rd, uimm(base)",
  manual: "RISC-V Unprivileged, C, C.LD",
  execute: (machine, { rd, base, uimm }) => loadFrom(machine, rd, base, uimm, 8),
});

export const cSw = define({
  name: "c.sw",
  pattern: "110 uimm[5:3] base[2:0] uimm[2|6] rs2[2:0] 00",
  syntax: "rs2, uimm(base)",
  manual: "RISC-V Unprivileged, C, C.SW",
  execute: (machine, { rs2, base, uimm }) => storeTo(machine, rs2, base, uimm, 4),
});

export const cSd = define({
  name: "c.sd",
  pattern: "111 uimm[5:3] base[2:0] uimm[7:6] rs2[2:0] 00",
  syntax: "rs2, uimm(base)",
  manual: "RISC-V Unprivileged, C, C.SD",
  execute: (machine, { rs2, base, uimm }) => storeTo(machine, rs2, base, uimm, 8),
});

export const cLwsp = define({
  name: "c.lwsp",
  pattern: "010 uimm[5] rd[4:0] uimm[4:2|7:6] 10",
  syntax: "rd, uimm(sp)",
  manual: "RISC-V Unprivileged, C, C.LWSP",
  except: { rd: [0] },
  execute: (machine, { rd, uimm }) => loadFrom(machine, rd, SP, uimm, 4),
});

export const cLdsp = define({
  name: "c.ldsp",
  pattern: "011 uimm[5] rd[4:0] uimm[4:3|8:6] 10",
  syntax: "rd, uimm(sp)",
  manual: "RISC-V Unprivileged, C, C.LDSP",
  except: { rd: [0] },
  execute: (machine, { rd, uimm }) => loadFrom(machine, rd, SP, uimm, 8),
});

export const cSwsp = define({
  name: "c.swsp",
  pattern: "110 uimm[5:2|7:6] rs2[4:0] 10",
  syntax: "rs2, uimm(sp)",
  manual: "RISC-V Unprivileged, C, C.SWSP",
  execute: (machine, { rs2, uimm }) => storeTo(machine, rs2, SP, uimm, 4),
});

export const cSdsp = define({
  name: "c.sdsp",
  pattern: "111 uimm[5:3|8:6] rs2[4:0] 10",
  syntax: "rs2, uimm(sp)",
  manual: "RISC-V Unprivileged, C, C.SDSP",
  execute: (machine, { rs2, uimm }) => storeTo(machine, rs2, SP, uimm, 8),
});

export const cJ = define({
  name: "c.j",
  pattern: "101 imm[11|4|9:8|10|6|7|3:1|5] 01",
  syntax: ".+imm",
  manual: "RISC-V Unprivileged, C, C.J",
  execute: (machine, { imm }) => jump(machine, BigInt.asUintN(64, machine.pc + imm)),
});

export const cBeqz = define({
  name: "c.beqz",
  pattern: "110 imm[8|4:3] rs1[2:0] imm[7:6|2:1|5] 01",
  syntax: "rs1, .+imm",
  manual: "RISC-V Unprivileged, C, C.BEQZ",
  execute: (machine, { rs1, imm }) =>
    machine.readInt(rs1) === 0n ? jump(machine, BigInt.asUintN(64, machine.pc + imm)) : retire,
});

export const cBnez = define({
  name: "c.bnez",
  pattern: "111 imm[8|4:3] rs1[2:0] imm[7:6|2:1|5] 01",
  syntax: "rs1, .+imm",
  manual: "RISC-V Unprivileged, C, C.BNEZ",
  execute: (machine, { rs1, imm }) =>
    machine.readInt(rs1) !== 0n ? jump(machine, BigInt.asUintN(64, machine.pc + imm)) : retire,
});

export const cJr = define({
  name: "c.jr",
  pattern: "100 0 rs1[4:0] 00000 10",
  syntax: "rs1",
  manual: "RISC-V Unprivileged, C, C.JR",
  mode: "integer",
  except: { rs1: [0] },
  execute: (machine, { rs1 }) => jump(machine, machine.readInt(rs1) & ~1n),
});

export const cJalr = define({
  name: "c.jalr",
  pattern: "100 1 rs1[4:0] 00000 10",
  syntax: "rs1",
  manual: "RISC-V Unprivileged, C, C.JALR",
  mode: "integer",
  except: { rs1: [0] },
  execute: (machine, { rs1 }) => jumpAndLink(machine, RA, machine.readInt(rs1) & ~1n),
});

export const cEbreak = define({
  name: "c.ebreak",
  pattern: "100 1 00000 00000 10",
  syntax: "",
  manual: "RISC-V Unprivileged, C, C.EBREAK",
  execute: (machine) => trap(cause.breakpoint, machine.pc),
});
