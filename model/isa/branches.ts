/** RV64I: jumps and branches. */

import { jump, jumpAndLink } from "../machine/control.ts";
import type { Machine } from "../machine/machine.ts";
import { signed } from "./arithmetic.ts";
import { define, type Outcome, retire } from "./define.ts";

export const jal = define({
  name: "jal",
  pattern: "imm[20|10:1|11|19:12] rd[4:0] 1101111",
  syntax: "rd, .+imm",
  manual: "RISC-V Unprivileged, JAL; CHERI ISAv9, target within PCC",
  mode: "integer",
  execute: (machine, { rd, imm }) => jumpAndLink(machine, rd, BigInt.asUintN(64, machine.pc + imm)),
});

export const jalr = define({
  name: "jalr",
  pattern: "imm[11:0] rs1[4:0] 000 rd[4:0] 1100111",
  syntax: "rd, imm(rs1)",
  manual: "RISC-V Unprivileged, JALR; CHERI ISAv9, target within PCC",
  mode: "integer",
  execute: (machine, { rd, rs1, imm }) =>
    jumpAndLink(machine, rd, BigInt.asUintN(64, machine.readInt(rs1) + imm) & ~1n),
});

/** Only a branch that is taken checks its target. */
function branching(taken: (left: bigint, right: bigint) => boolean) {
  return (machine: Machine, { rs1, rs2, imm }: { rs1: number; rs2: number; imm: bigint }): Outcome => {
    if (!taken(machine.readInt(rs1), machine.readInt(rs2))) return retire;
    return jump(machine, BigInt.asUintN(64, machine.pc + imm));
  };
}

export const beq = define({
  name: "beq",
  pattern: "imm[12|10:5] rs2[4:0] rs1[4:0] 000 imm[4:1|11] 1100011",
  syntax: "rs1, rs2, .+imm",
  manual: "RISC-V Unprivileged, BEQ",
  execute: branching((left, right) => left === right),
});

export const bne = define({
  name: "bne",
  pattern: "imm[12|10:5] rs2[4:0] rs1[4:0] 001 imm[4:1|11] 1100011",
  syntax: "rs1, rs2, .+imm",
  manual: "RISC-V Unprivileged, BNE",
  execute: branching((left, right) => left !== right),
});

export const blt = define({
  name: "blt",
  pattern: "imm[12|10:5] rs2[4:0] rs1[4:0] 100 imm[4:1|11] 1100011",
  syntax: "rs1, rs2, .+imm",
  manual: "RISC-V Unprivileged, BLT",
  execute: branching((left, right) => signed(left) < signed(right)),
});

export const bge = define({
  name: "bge",
  pattern: "imm[12|10:5] rs2[4:0] rs1[4:0] 101 imm[4:1|11] 1100011",
  syntax: "rs1, rs2, .+imm",
  manual: "RISC-V Unprivileged, BGE",
  execute: branching((left, right) => signed(left) >= signed(right)),
});

export const bltu = define({
  name: "bltu",
  pattern: "imm[12|10:5] rs2[4:0] rs1[4:0] 110 imm[4:1|11] 1100011",
  syntax: "rs1, rs2, .+imm",
  manual: "RISC-V Unprivileged, BLTU",
  execute: branching((left, right) => left < right),
});

export const bgeu = define({
  name: "bgeu",
  pattern: "imm[12|10:5] rs2[4:0] rs1[4:0] 111 imm[4:1|11] 1100011",
  syntax: "rs1, rs2, .+imm",
  manual: "RISC-V Unprivileged, BGEU",
  execute: branching((left, right) => left >= right),
});
