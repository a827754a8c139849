/** Zbc and Zbs: carry-less multiplication, single bits. */

import { bit, onRegisters, onShift } from "./arithmetic.ts";
import { define } from "./define.ts";

/** The product over GF(2), 127 bits: partial products are added without carries. */
function carrylessProduct(left: bigint, right: bigint): bigint {
  let product = 0n;
  for (let index = 0n; index < 64n; index++) {
    if (((right >> index) & 1n) === 1n) product ^= left << index;
  }
  return product;
}

/** The one that the low six bits of an index select. */
function oneAt(index: bigint): bigint {
  return 1n << (index & 63n);
}

export const clmul = define({
  name: "clmul",
  pattern: "0000101 rs2[4:0] rs1[4:0] 001 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, CLMUL",
  execute: onRegisters(carrylessProduct),
});

export const clmulr = define({
  name: "clmulr",
  pattern: "0000101 rs2[4:0] rs1[4:0] 010 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, CLMULR",
  execute: onRegisters((left, right) => carrylessProduct(left, right) >> 63n),
});

export const clmulh = define({
  name: "clmulh",
  pattern: "0000101 rs2[4:0] rs1[4:0] 011 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, CLMULH",
  execute: onRegisters((left, right) => carrylessProduct(left, right) >> 64n),
});

export const bclr = define({
  name: "bclr",
  pattern: "0100100 rs2[4:0] rs1[4:0] 001 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, BCLR",
  execute: onRegisters((left, right) => left & ~oneAt(right)),
});

export const bclri = define({
  name: "bclri",
  pattern: "010010 shamt[5:0] rs1[4:0] 001 rd[4:0] 0010011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, BCLRI",
  execute: onShift((left, amount) => left & ~oneAt(amount)),
});

export const bext = define({
  name: "bext",
  pattern: "0100100 rs2[4:0] rs1[4:0] 101 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, BEXT",
  execute: onRegisters((left, right) => bit((left & oneAt(right)) !== 0n)),
});

export const bexti = define({
  name: "bexti",
  pattern: "010010 shamt[5:0] rs1[4:0] 101 rd[4:0] 0010011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, BEXTI",
  execute: onShift((left, amount) => bit((left & oneAt(amount)) !== 0n)),
});

export const binv = define({
  name: "binv",
  pattern: "0110100 rs2[4:0] rs1[4:0] 001 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, BINV",
  execute: onRegisters((left, right) => left ^ oneAt(right)),
});

export const binvi = define({
  name: "binvi",
  pattern: "011010 shamt[5:0] rs1[4:0] 001 rd[4:0] 0010011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, BINVI",
  execute: onShift((left, amount) => left ^ oneAt(amount)),
});

export const bset = define({
  name: "bset",
  pattern: "0010100 rs2[4:0] rs1[4:0] 001 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, BSET",
  execute: onRegisters((left, right) => left | oneAt(right)),
});

export const bseti = define({
  name: "bseti",
  pattern: "001010 shamt[5:0] rs1[4:0] 001 rd[4:0] 0010011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, BSETI",
  execute: onShift((left, amount) => left | oneAt(amount)),
});
