/** RV64I: register and immediate. */

import { bit, onImmediate, onShift, signed, signedWord, unsignedWord } from "./arithmetic.ts";
import { define, retire } from "./define.ts";

export const lui = define({
  name: "lui",
  pattern: "uimm[19:0] rd[4:0] 0110111",
  syntax: "rd, uimm",
  manual: "RISC-V Unprivileged, LUI",
  execute: (machine, { rd, uimm }) => {
    machine.writeInt(rd, signedWord(uimm << 12n));
    return retire;
  },
});

export const auipc = define({
  name: "auipc",
  pattern: "uimm[19:0] rd[4:0] 0010111",
  syntax: "rd, uimm",
  manual: "RISC-V Unprivileged, AUIPC",
  mode: "integer",
  execute: (machine, { rd, uimm }) => {
    machine.writeInt(rd, machine.pc + signedWord(uimm << 12n));
    return retire;
  },
});

export const addi = define({
  name: "addi",
  pattern: "imm[11:0] rs1[4:0] 000 rd[4:0] 0010011",
  syntax: "rd, rs1, imm",
  manual: "RISC-V Unprivileged, ADDI",
  execute: onImmediate((left, right) => left + right),
});

export const slti = define({
  name: "slti",
  pattern: "imm[11:0] rs1[4:0] 010 rd[4:0] 0010011",
  syntax: "rd, rs1, imm",
  manual: "RISC-V Unprivileged, SLTI",
  execute: onImmediate((left, right) => bit(signed(left) < right)),
});

export const sltiu = define({
  name: "sltiu",
  pattern: "imm[11:0] rs1[4:0] 011 rd[4:0] 0010011",
  syntax: "rd, rs1, imm",
  manual: "RISC-V Unprivileged, SLTIU",
  execute: onImmediate((left, right) => bit(left < BigInt.asUintN(64, right))),
});

export const xori = define({
  name: "xori",
  pattern: "imm[11:0] rs1[4:0] 100 rd[4:0] 0010011",
  syntax: "rd, rs1, imm",
  manual: "RISC-V Unprivileged, XORI",
  execute: onImmediate((left, right) => left ^ right),
});

export const ori = define({
  name: "ori",
  pattern: "imm[11:0] rs1[4:0] 110 rd[4:0] 0010011",
  syntax: "rd, rs1, imm",
  manual: "RISC-V Unprivileged, ORI",
  execute: onImmediate((left, right) => left | right),
});

export const andi = define({
  name: "andi",
  pattern: "imm[11:0] rs1[4:0] 111 rd[4:0] 0010011",
  syntax: "rd, rs1, imm",
  manual: "RISC-V Unprivileged, ANDI",
  execute: onImmediate((left, right) => left & right),
});

export const slli = define({
  name: "slli",
  pattern: "000000 shamt[5:0] rs1[4:0] 001 rd[4:0] 0010011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, SLLI",
  execute: onShift((left, amount) => left << amount),
});

export const srli = define({
  name: "srli",
  pattern: "000000 shamt[5:0] rs1[4:0] 101 rd[4:0] 0010011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, SRLI",
  execute: onShift((left, amount) => left >> amount),
});

export const srai = define({
  name: "srai",
  pattern: "010000 shamt[5:0] rs1[4:0] 101 rd[4:0] 0010011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, SRAI",
  execute: onShift((left, amount) => signed(left) >> amount),
});

export const addiw = define({
  name: "addiw",
  pattern: "imm[11:0] rs1[4:0] 000 rd[4:0] 0011011",
  syntax: "rd, rs1, imm",
  manual: "RISC-V Unprivileged, ADDIW",
  execute: onImmediate((left, right) => signedWord(left + right)),
});

export const slliw = define({
  name: "slliw",
  pattern: "0000000 shamt[4:0] rs1[4:0] 001 rd[4:0] 0011011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, SLLIW",
  execute: onShift((left, amount) => signedWord(left << amount)),
});

export const srliw = define({
  name: "srliw",
  pattern: "0000000 shamt[4:0] rs1[4:0] 101 rd[4:0] 0011011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, SRLIW",
  execute: onShift((left, amount) => signedWord(unsignedWord(left) >> amount)),
});

export const sraiw = define({
  name: "sraiw",
  pattern: "0100000 shamt[4:0] rs1[4:0] 101 rd[4:0] 0011011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, SRAIW",
  execute: onShift((left, amount) => signedWord(left) >> amount),
});
