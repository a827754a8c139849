/** RV64I: two registers. */

import { bit, onRegisters, onWords, signed, unsignedWord } from "./arithmetic.ts";
import { define } from "./define.ts";

/** Shift amounts: the low six bits of a register, five for words. */
const AMOUNT = 63n;
const WORD_AMOUNT = 31n;

export const add = define({
  name: "add",
  pattern: "0000000 rs2[4:0] rs1[4:0] 000 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, ADD",
  execute: onRegisters((left, right) => left + right),
});

export const sub = define({
  name: "sub",
  pattern: "0100000 rs2[4:0] rs1[4:0] 000 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SUB",
  execute: onRegisters((left, right) => left - right),
});

export const sll = define({
  name: "sll",
  pattern: "0000000 rs2[4:0] rs1[4:0] 001 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SLL",
  execute: onRegisters((left, right) => left << (right & AMOUNT)),
});

export const slt = define({
  name: "slt",
  pattern: "0000000 rs2[4:0] rs1[4:0] 010 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SLT",
  execute: onRegisters((left, right) => bit(signed(left) < signed(right))),
});

export const sltu = define({
  name: "sltu",
  pattern: "0000000 rs2[4:0] rs1[4:0] 011 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SLTU",
  execute: onRegisters((left, right) => bit(left < right)),
});

export const xor = define({
  name: "xor",
  pattern: "0000000 rs2[4:0] rs1[4:0] 100 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, XOR",
  execute: onRegisters((left, right) => left ^ right),
});

export const srl = define({
  name: "srl",
  pattern: "0000000 rs2[4:0] rs1[4:0] 101 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SRL",
  execute: onRegisters((left, right) => left >> (right & AMOUNT)),
});

export const sra = define({
  name: "sra",
  pattern: "0100000 rs2[4:0] rs1[4:0] 101 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SRA",
  execute: onRegisters((left, right) => signed(left) >> (right & AMOUNT)),
});

export const or = define({
  name: "or",
  pattern: "0000000 rs2[4:0] rs1[4:0] 110 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, OR",
  execute: onRegisters((left, right) => left | right),
});

export const and = define({
  name: "and",
  pattern: "0000000 rs2[4:0] rs1[4:0] 111 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, AND",
  execute: onRegisters((left, right) => left & right),
});

export const addw = define({
  name: "addw",
  pattern: "0000000 rs2[4:0] rs1[4:0] 000 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, ADDW",
  execute: onWords((left, right) => left + right),
});

export const subw = define({
  name: "subw",
  pattern: "0100000 rs2[4:0] rs1[4:0] 000 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SUBW",
  execute: onWords((left, right) => left - right),
});

export const sllw = define({
  name: "sllw",
  pattern: "0000000 rs2[4:0] rs1[4:0] 001 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SLLW",
  execute: onWords((left, right) => left << (right & WORD_AMOUNT)),
});

export const srlw = define({
  name: "srlw",
  pattern: "0000000 rs2[4:0] rs1[4:0] 101 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SRLW",
  execute: onWords((left, right) => unsignedWord(left) >> (right & WORD_AMOUNT)),
});

export const sraw = define({
  name: "sraw",
  pattern: "0100000 rs2[4:0] rs1[4:0] 101 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SRAW",
  execute: onWords((left, right) => left >> (right & WORD_AMOUNT)),
});
