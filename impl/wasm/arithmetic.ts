/** Integer operations of WebAssembly. The width is that of the first operand; literals take it too. */
import { type Code, code, type Operand, operand, type ValueType } from "./code.ts";

type Binary = <T extends ValueType>(left: Code<T>, right: Operand<T>) => Code<T>;
type Unary = <T extends ValueType>(value: Code<T>) => Code<T>;
type Compare = <T extends ValueType>(left: Code<T>, right: Operand<T>) => Code<"i32">;

function binary(opcode32: number, opcode64: number): Binary {
  return (left, right) =>
    code(left.type, left.pieces, operand(right).pieces, left.type === "i32" ? opcode32 : opcode64);
}

function unary(opcode32: number, opcode64: number): Unary {
  return (value) => code(value.type, value.pieces, value.type === "i32" ? opcode32 : opcode64);
}

function compare(opcode32: number, opcode64: number): Compare {
  return (left, right) =>
    code("i32", left.pieces, operand(right).pieces, left.type === "i32" ? opcode32 : opcode64);
}

export const add = binary(0x6a, 0x7c);
export const sub = binary(0x6b, 0x7d);
export const mul = binary(0x6c, 0x7e);
/** Division and remainder stop the host on zero and on signed overflow: test before. */
export const divS = binary(0x6d, 0x7f);
export const divU = binary(0x6e, 0x80);
export const remS = binary(0x6f, 0x81);
export const remU = binary(0x70, 0x82);
export const and = binary(0x71, 0x83);
export const or = binary(0x72, 0x84);
export const xor = binary(0x73, 0x85);
/** Shifts and rotates take their amount modulo the width. */
export const shl = binary(0x74, 0x86);
export const shrS = binary(0x75, 0x87);
export const shrU = binary(0x76, 0x88);
export const rotl = binary(0x77, 0x89);
export const rotr = binary(0x78, 0x8a);

export const clz = unary(0x67, 0x79);
export const ctz = unary(0x68, 0x7a);
export const popcnt = unary(0x69, 0x7b);

export const eq = compare(0x46, 0x51);
export const ne = compare(0x47, 0x52);
export const ltS = compare(0x48, 0x53);
export const ltU = compare(0x49, 0x54);
export const gtS = compare(0x4a, 0x55);
export const gtU = compare(0x4b, 0x56);
export const leU = compare(0x4d, 0x58);
export const geS = compare(0x4e, 0x59);
export const geU = compare(0x4f, 0x5a);

/** 1 if the value is zero, else 0: also the negation of a condition. */
export function isZero(value: Code<ValueType>): Code<"i32"> {
  return code("i32", value.pieces, value.type === "i32" ? 0x45 : 0x50);
}

/** The low 32 bits. */
export function wrap(value: Code<"i64">): Code<"i32"> {
  return code("i32", value.pieces, 0xa7);
}

/** Sign-extends 32 bits to 64. */
export function extendS(value: Code<"i32">): Code<"i64"> {
  return code("i64", value.pieces, 0xac);
}

/** Zero-extends 32 bits to 64; the usual way to turn a condition into a register value. */
export function extendU(value: Code<"i32">): Code<"i64"> {
  return code("i64", value.pieces, 0xad);
}

/** Sign-extends the low 8, 16 or 32 bits of a 64-bit value. */
export function signExtend(value: Code<"i64">, bits: 8 | 16 | 32): Code<"i64"> {
  return code("i64", value.pieces, bits === 8 ? 0xc2 : bits === 16 ? 0xc3 : 0xc4);
}
