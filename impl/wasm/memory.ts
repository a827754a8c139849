/**
 * Loads and stores. Addresses are i32, `offset` is a constant added without wrapping; all accesses are little-endian
 * and may be misaligned (the alignment hint written here is one byte).
 */
import {
  type Code,
  code,
  type Operand,
  operand,
  type Piece,
  type Statement,
  unsignedLeb,
  type ValueType,
} from "./code.ts";

type Load<T extends ValueType> = (at: Operand<"i32">, offset?: number) => Code<T>;
type Store<T extends ValueType> = (at: Operand<"i32">, offset: number, value: Operand<T>) => Statement;

function load<T extends ValueType>(type: T, opcode: number): Load<T> {
  return (at, offset = 0) => code(type, operand(at).pieces, opcode, 0, unsignedLeb(offset));
}

function store<T extends ValueType>(opcode: number): Store<T> {
  return (at, offset, value) =>
    code("void", operand(at).pieces, operand<T>(value).pieces, opcode, 0, unsignedLeb(offset));
}

export const load64 = load("i64", 0x29);
export const load32 = load("i32", 0x28);
export const load16u = load("i32", 0x2f);
export const load8u = load("i32", 0x2d);
export const load8sTo64 = load("i64", 0x30);
export const load8uTo64 = load("i64", 0x31);
export const load16sTo64 = load("i64", 0x32);
export const load16uTo64 = load("i64", 0x33);
export const load32sTo64 = load("i64", 0x34);
export const load32uTo64 = load("i64", 0x35);

export const store64 = store<"i64">(0x37);
export const store32 = store<"i32">(0x36);
export const store16 = store<"i32">(0x3b);
export const store8 = store<"i32">(0x3a);
export const store8From64 = store<"i64">(0x3c);
export const store16From64 = store<"i64">(0x3d);
export const store32From64 = store<"i64">(0x3e);

/** Sets `size` bytes at `at` to the low byte of `value`. */
export function fill(at: Operand<"i32">, value: Operand<"i32">, size: Operand<"i32">): Statement {
  return code("void", operand(at).pieces, operand(value).pieces, operand(size).pieces, 0xfc, 0x0b, 0x00);
}

/** Copies `size` bytes; the ranges may overlap. */
export function copy(to: Operand<"i32">, from: Operand<"i32">, size: Operand<"i32">): Statement {
  return code("void", operand(to).pieces, operand(from).pieces, operand(size).pieces, 0xfc, 0x0a, 0x00, 0x00);
}

/** Copies 16 bytes through one vector register, both sides at a constant offset. Onto itself it is no code at all. */
export function copy16(to: Operand<"i32">, from: Operand<"i32">, offset: number): Statement {
  if (isAlike(operand(to).pieces, operand(from).pieces)) return code("void");
  const at = unsignedLeb(offset);
  return code("void", operand(to).pieces, operand(from).pieces, 0xfd, 0x00, 0, at, 0xfd, 0x0b, 0, at);
}

function isAlike(one: Piece, other: Piece): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((piece, index) => isAlike(piece, other[index]));
}
