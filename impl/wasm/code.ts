/**
 * Typed pieces of WebAssembly code: the values that every emitter builds and combines.
 *
 * A piece of code is a small tree of bytes, branches and blocks. It stays a tree until a function is assembled
 * (byte-sink.ts), because a branch's depth is known only where the branch ends up.
 */

export type ValueType = "i32" | "i64";

/** What a piece of code leaves on the stack: one value, or nothing. */
export type ResultType = ValueType | "void";

/** Where a branch goes. Made by `block` and `loop`; belongs to the code inside them. */
export interface Label {
  readonly name: string;
}

/** A function of the module under construction; its index is fixed when it is declared. */
export interface FunctionRef<
  Params extends readonly ValueType[] = readonly ValueType[],
  Result extends ResultType = ResultType,
> {
  readonly name: string;
  readonly index: number;
  readonly params: Params;
  readonly result: Result;
}

/** A kind of function of the module under construction, for calls through its table. */
export interface Signature<
  Params extends readonly ValueType[] = readonly ValueType[],
  Result extends ResultType = ResultType,
> {
  /** Index of the type in the module. */
  readonly type: number;
  readonly params: Params;
  readonly result: Result;
}

/** One node of the code tree: a byte, bytes, a nested sequence, a block with its label, or a branch to a label. */
export type Piece =
  | number
  | Uint8Array
  | readonly Piece[]
  | { readonly block: number; readonly type: number; readonly label: Label; readonly body: readonly Piece[] }
  | { readonly target: Label };

/** Code that leaves a value of type T, or nothing for "void". */
export interface Code<T extends ResultType = ResultType> {
  readonly type: T;
  readonly pieces: readonly Piece[];
}

/** A local variable. It is itself the code that reads it. */
export interface Local<T extends ValueType = ValueType> extends Code<T> {
  readonly local: number;
}

/** An operand: code, or a literal (number for i32, bigint for i64). */
export type Operand<T extends ValueType> = Code<T> | (T extends "i64" ? bigint : number);

/** A statement leaves nothing on the stack. */
export type Statement = Code<"void">;

export const typeByte: Readonly<Record<ResultType, number>> = { i32: 0x7f, i64: 0x7e, void: 0x40 };

export function code<T extends ResultType>(type: T, ...pieces: Piece[]): Code<T> {
  return { type, pieces };
}

/** An i32 literal, -2^31 to 2^32-1. */
export function i32(value: number): Code<"i32"> {
  return code("i32", 0x41, signedLeb(BigInt.asIntN(32, BigInt(value))));
}

/** An i64 literal, -2^63 to 2^64-1. */
export function i64(value: bigint): Code<"i64"> {
  return code("i64", 0x42, signedLeb(BigInt.asIntN(64, value)));
}

/** The code of an operand; a literal becomes a constant of its kind. */
export function operand<T extends ValueType>(value: Operand<T>): Code<T>;
export function operand(value: Code<ValueType> | number | bigint): Code<ValueType> {
  if (typeof value === "number") return i32(value);
  return typeof value === "bigint" ? i64(value) : value;
}

/** Statements one after the other. */
export function sequence(...statements: readonly Statement[]): Statement {
  return code("void", ...statements.map((statement) => statement.pieces));
}

/** A value computed after some statements have run. */
export function after<T extends ValueType>(statements: readonly Statement[], value: Code<T>): Code<T> {
  return code(value.type, ...statements.map((statement) => statement.pieces), value.pieces);
}

export function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

function signedLeb(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const last = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}
