/** M: multiplication and division. */

import { onRegisters, onWords, signed, unsignedWord } from "./arithmetic.ts";
import { define } from "./define.ts";

/**
 * Division rounds towards zero, as BigInt's does; by zero it gives all ones. The overflow of -2^63 / -1
 * wraps.
 */
function quotient(left: bigint, right: bigint): bigint {
  return right === 0n ? -1n : left / right;
}

/** The remainder has the sign of the dividend; by zero it is the dividend. */
function remainder(left: bigint, right: bigint): bigint {
  return right === 0n ? left : left % right;
}

export const mul = define({
  name: "mul",
  pattern: "0000001 rs2[4:0] rs1[4:0] 000 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, MUL",
  execute: onRegisters((left, right) => left * right),
});

export const mulh = define({
  name: "mulh",
  pattern: "0000001 rs2[4:0] rs1[4:0] 001 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, MULH",
  execute: onRegisters((left, right) => (signed(left) * signed(right)) >> 64n),
});

export const mulhsu = define({
  name: "mulhsu",
  pattern: "0000001 rs2[4:0] rs1[4:0] 010 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, MULHSU",
  execute: onRegisters((left, right) => (signed(left) * right) >> 64n),
});

export const mulhu = define({
  name: "mulhu",
  pattern: "0000001 rs2[4:0] rs1[4:0] 011 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, MULHU",
  execute: onRegisters((left, right) => (left * right) >> 64n),
});

export const div = define({
  name: "div",
  pattern: "0000001 rs2[4:0] rs1[4:0] 100 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, DIV",
  execute: onRegisters((left, right) => quotient(signed(left), signed(right))),
});

export const divu = define({
  name: "divu",
  pattern: "0000001 rs2[4:0] rs1[4:0] 101 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, DIVU",
  execute: onRegisters(quotient),
});

export const rem = define({
  name: "rem",
  pattern: "0000001 rs2[4:0] rs1[4:0] 110 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, REM",
  execute: onRegisters((left, right) => remainder(signed(left), signed(right))),
});

export const remu = define({
  name: "remu",
  pattern: "0000001 rs2[4:0] rs1[4:0] 111 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, REMU",
  execute: onRegisters(remainder),
});

export const mulw = define({
  name: "mulw",
  pattern: "0000001 rs2[4:0] rs1[4:0] 000 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, MULW",
  execute: onWords((left, right) => left * right),
});

export const divw = define({
  name: "divw",
  pattern: "0000001 rs2[4:0] rs1[4:0] 100 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, DIVW",
  execute: onWords(quotient),
});

export const divuw = define({
  name: "divuw",
  pattern: "0000001 rs2[4:0] rs1[4:0] 101 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, DIVUW",
  execute: onWords((left, right) => quotient(unsignedWord(left), unsignedWord(right))),
});

export const remw = define({
  name: "remw",
  pattern: "0000001 rs2[4:0] rs1[4:0] 110 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, REMW",
  execute: onWords(remainder),
});

export const remuw = define({
  name: "remuw",
  pattern: "0000001 rs2[4:0] rs1[4:0] 111 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, REMUW",
  execute: onWords((left, right) => remainder(unsignedWord(left), unsignedWord(right))),
});
