/** Zbb: basic bit manipulation. */

import {
  greater,
  lesser,
  onOne,
  onRegisters,
  onShift,
  signed,
  signedWord,
  unsignedWord,
} from "./arithmetic.ts";
import { define } from "./define.ts";

/** `width` low bits turned right; the amount is taken modulo the width, which is a power of two. */
function rotateRight(value: bigint, amount: bigint, width: bigint): bigint {
  const by = amount & (width - 1n);
  const low = BigInt.asUintN(Number(width), value);
  return (low >> by) | (low << (width - by));
}

function rotateLeft(value: bigint, amount: bigint, width: bigint): bigint {
  return rotateRight(value, -amount, width);
}

/** The position of the highest one, counted from 1; 0 if there is none. */
function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** Zeros below the lowest one; `width` if there is none. */
function trailingZeros(value: bigint, width: number): bigint {
  return value === 0n ? BigInt(width) : BigInt(bitLength(value & -value) - 1);
}

function ones(value: bigint): bigint {
  return BigInt(value.toString(2).replaceAll("0", "").length);
}

/** The eight bytes of a value, lowest first. */
function bytesOf(value: bigint): bigint[] {
  return Array.from({ length: 8 }, (_, index) => (value >> BigInt(8 * index)) & 0xffn);
}

function valueFrom(bytes: readonly bigint[]): bigint {
  return bytes.reduce((value, byte, index) => value | (byte << BigInt(8 * index)), 0n);
}

export const andn = define({
  name: "andn",
  pattern: "0100000 rs2[4:0] rs1[4:0] 111 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, ANDN",
  execute: onRegisters((left, right) => left & ~right),
});

export const orn = define({
  name: "orn",
  pattern: "0100000 rs2[4:0] rs1[4:0] 110 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, ORN",
  execute: onRegisters((left, right) => left | ~right),
});

export const xnor = define({
  name: "xnor",
  pattern: "0100000 rs2[4:0] rs1[4:0] 100 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, XNOR",
  execute: onRegisters((left, right) => ~(left ^ right)),
});

export const max = define({
  name: "max",
  pattern: "0000101 rs2[4:0] rs1[4:0] 110 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, MAX",
  execute: onRegisters((left, right) => greater(signed(left), signed(right))),
});

export const maxu = define({
  name: "maxu",
  pattern: "0000101 rs2[4:0] rs1[4:0] 111 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, MAXU",
  execute: onRegisters(greater),
});

export const min = define({
  name: "min",
  pattern: "0000101 rs2[4:0] rs1[4:0] 100 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, MIN",
  execute: onRegisters((left, right) => lesser(signed(left), signed(right))),
});

export const minu = define({
  name: "minu",
  pattern: "0000101 rs2[4:0] rs1[4:0] 101 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, MINU",
  execute: onRegisters(lesser),
});

export const rol = define({
  name: "rol",
  pattern: "0110000 rs2[4:0] rs1[4:0] 001 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, ROL",
  execute: onRegisters((left, right) => rotateLeft(left, right, 64n)),
});

export const ror = define({
  name: "ror",
  pattern: "0110000 rs2[4:0] rs1[4:0] 101 rd[4:0] 0110011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, ROR",
  execute: onRegisters((left, right) => rotateRight(left, right, 64n)),
});

export const rolw = define({
  name: "rolw",
  pattern: "0110000 rs2[4:0] rs1[4:0] 001 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, ROLW",
  execute: onRegisters((left, right) => signedWord(rotateLeft(left, right, 32n))),
});

export const rorw = define({
  name: "rorw",
  pattern: "0110000 rs2[4:0] rs1[4:0] 101 rd[4:0] 0111011",
  syntax: "rd, rs1, rs2",
  manual: "RISC-V Unprivileged, RORW",
  execute: onRegisters((left, right) => signedWord(rotateRight(left, right, 32n))),
});

export const rori = define({
  name: "rori",
  pattern: "011000 shamt[5:0] rs1[4:0] 101 rd[4:0] 0010011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, RORI",
  execute: onShift((left, amount) => rotateRight(left, amount, 64n)),
});

export const roriw = define({
  name: "roriw",
  pattern: "0110000 shamt[4:0] rs1[4:0] 101 rd[4:0] 0011011",
  syntax: "rd, rs1, shamt",
  manual: "RISC-V Unprivileged, RORIW",
  execute: onShift((left, amount) => signedWord(rotateRight(left, amount, 32n))),
});

export const clz = define({
  name: "clz",
  pattern: "011000000000 rs1[4:0] 001 rd[4:0] 0010011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, CLZ",
  execute: onOne((value) => BigInt(64 - bitLength(value))),
});

export const clzw = define({
  name: "clzw",
  pattern: "011000000000 rs1[4:0] 001 rd[4:0] 0011011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, CLZW",
  execute: onOne((value) => BigInt(32 - bitLength(unsignedWord(value)))),
});

export const ctz = define({
  name: "ctz",
  pattern: "011000000001 rs1[4:0] 001 rd[4:0] 0010011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, CTZ",
  execute: onOne((value) => trailingZeros(value, 64)),
});

export const ctzw = define({
  name: "ctzw",
  pattern: "011000000001 rs1[4:0] 001 rd[4:0] 0011011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, CTZW",
  execute: onOne((value) => trailingZeros(unsignedWord(value), 32)),
});

export const cpop = define({
  name: "cpop",
  pattern: "011000000010 rs1[4:0] 001 rd[4:0] 0010011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, CPOP",
  execute: onOne(ones),
});

export const cpopw = define({
  name: "cpopw",
  pattern: "011000000010 rs1[4:0] 001 rd[4:0] 0011011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, CPOPW",
  execute: onOne((value) => ones(unsignedWord(value))),
});

export const sextB = define({
  name: "sext.b",
  pattern: "011000000100 rs1[4:0] 001 rd[4:0] 0010011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, SEXT.B",
  execute: onOne((value) => BigInt.asIntN(8, value)),
});

export const sextH = define({
  name: "sext.h",
  pattern: "011000000101 rs1[4:0] 001 rd[4:0] 0010011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, SEXT.H",
  execute: onOne((value) => BigInt.asIntN(16, value)),
});

export const zextH = define({
  name: "zext.h",
  pattern: "000010000000 rs1[4:0] 100 rd[4:0] 0111011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, ZEXT.H",
  execute: onOne((value) => BigInt.asUintN(16, value)),
});

export const orcB = define({
  name: "orc.b",
  pattern: "001010000111 rs1[4:0] 101 rd[4:0] 0010011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, ORC.B",
  execute: onOne((value) => valueFrom(bytesOf(value).map((byte) => (byte === 0n ? 0n : 0xffn)))),
});

export const rev8 = define({
  name: "rev8",
  pattern: "011010111000 rs1[4:0] 101 rd[4:0] 0010011",
  syntax: "rd, rs1",
  manual: "RISC-V Unprivileged, REV8",
  execute: onOne((value) => valueFrom(bytesOf(value).reverse())),
});
