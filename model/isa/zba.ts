/** Zba: addresses of array elements. */

import { onRegisters, onShift, unsignedWord } from "./arithmetic.ts";
import { define } from "./define.ts";

export const sh1add = define({
  name: "sh1add",
  pattern: "0010000 rs2[4:0] rs1[4:0] 010 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SH1ADD",
  execute: onRegisters((left, right) => (left << 1n) + right),
});

export const sh2add = define({
  name: "sh2add",
  pattern: "0010000 rs2[4:0] rs1[4:0] 100 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SH2ADD",
  execute: onRegisters((left, right) => (left << 2n) + right),
});

export const sh3add = define({
  name: "sh3add",
  pattern: "0010000 rs2[4:0] rs1[4:0] 110 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SH3ADD",
  execute: onRegisters((left, right) => (left << 3n) + right),
});

export const addUw = define({
  name: "add.uw",
  pattern: "0000100 rs2[4:0] rs1[4:0] 000 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, ADD.UW",
  execute: onRegisters((left, right) => unsignedWord(left) + right),
});

export const sh1addUw = define({
  name: "sh1add.uw",
  pattern: "0010000 rs2[4:0] rs1[4:0] 010 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SH1ADD.UW",
  execute: onRegisters((left, right) => (unsignedWord(left) << 1n) + right),
});

export const sh2addUw = define({
  name: "sh2add.uw",
  pattern: "0010000 rs2[4:0] rs1[4:0] 100 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SH2ADD.UW",
  execute: onRegisters((left, right) => (unsignedWord(left) << 2n) + right),
});

export const sh3addUw = define({
  name: "sh3add.uw",
  pattern: "0010000 rs2[4:0] rs1[4:0] 110 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, SH3ADD.UW",
  execute: onRegisters((left, right) => (unsignedWord(left) << 3n) + right),
});

export const slliUw = define({
  name: "slli.uw",
  pattern: "000010 shamt[5:0] rs1[4:0] 001 rd[4:0] 0011011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, SLLI.UW",
  execute: onShift((left, amount) => unsignedWord(left) << amount),
});
