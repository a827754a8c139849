/** Bit manipulation: Zba, Zbb, Zbc, Zbs (RISC-V Unprivileged, chapter B). */
import {
  add,
  and,
  clz,
  ctz,
  extendU,
  gtS,
  gtU,
  ltS,
  ltU,
  mul,
  or,
  popcnt,
  rotl,
  rotr,
  shl,
  shrU,
  signExtend,
  wrap,
  xor,
} from "../wasm/arithmetic.ts";
import { type Code, i64 } from "../wasm/code.ts";
import { call, select } from "../wasm/control.ts";
import type { Instruction, Operation } from "./operation.ts";
import { immediateOp, registerOp, rType, word } from "./ops-arithmetic.ts";
import { addressOf } from "./slot-code.ts";

type Word = Code<"i64">;

const OP = "0110011";
const OP_32 = "0111011";
const OP_IMM = "0010011";
const OP_IMM_32 = "0011011";

const low32 = (value: Word): Word => and(value, 0xffff_ffffn);
const not = (value: Word): Word => xor(value, -1n);

/** rd := compute(rs1). */
function unaryOp(name: string, encoding: string, compute: (value: Word, op: Operation) => Word): Instruction {
  return { name, encodings: [encoding], emit: (op) => [op.writeInteger(compute(addressOf(op.rs1), op))] };
}

const unary = (funct12: string, opcode = OP_IMM) => `${funct12} rs1[4:0] 001 rd[4:0] ${opcode}`;

/** Zba: rs1, shifted, is added to rs2; `uw` takes its low 32 bits. */
const addressOps: readonly Instruction[] = [
  ...[1n, 2n, 3n].flatMap((by) => {
    const funct3 = ["", "010", "100", "110"][Number(by)]!;
    return [
      registerOp(`sh${by}add`, [rType("0010000", funct3, OP)], (a, b) => add(shl(a, by), b)),
      registerOp(`sh${by}add.uw`, [rType("0010000", funct3, OP_32)], (a, b) => add(shl(low32(a), by), b)),
    ];
  }),
  registerOp("add.uw", [rType("0000100", "000", OP_32)], (a, b) => add(low32(a), b)),
  immediateOp("slli.uw", [`000010 uimm[5:0] rs1[4:0] 001 rd[4:0] ${OP_IMM_32}`], (a, b) => shl(low32(a), b)),
];

/** Each byte becomes all ones if it is not zero. */
function orCombine(value: Word): Word {
  const sevens = i64(0x7f7f_7f7f_7f7f_7f7fn);
  const tops = and(or(add(and(value, sevens), sevens), value), not(sevens));
  return mul(shrU(tops, 7n), 0xffn);
}

/** Bytes in reverse order: neighbours are exchanged at widths 8, 16 and 32. */
function reverseBytes(value: Word): Word {
  const exchange = (from: Word, by: bigint, mask: bigint) =>
    or(and(shrU(from, by), mask), shl(and(from, mask), by));
  const halves = exchange(value, 8n, 0x00ff_00ff_00ff_00ffn);
  return rotr(exchange(halves, 16n, 0x0000_ffff_0000_ffffn), 32n);
}

const basicOps: readonly Instruction[] = [
  registerOp("andn", [rType("0100000", "111", OP)], (a, b) => and(a, not(b))),
  registerOp("orn", [rType("0100000", "110", OP)], (a, b) => or(a, not(b))),
  registerOp("xnor", [rType("0100000", "100", OP)], (a, b) => not(xor(a, b))),
  unaryOp("clz", unary("011000000000"), clz),
  unaryOp("ctz", unary("011000000001"), ctz),
  unaryOp("cpop", unary("011000000010"), popcnt),
  unaryOp("clzw", unary("011000000000", OP_IMM_32), (a) => extendU(clz(wrap(a)))),
  unaryOp("ctzw", unary("011000000001", OP_IMM_32), (a) => extendU(ctz(wrap(a)))),
  unaryOp("cpopw", unary("011000000010", OP_IMM_32), (a) => popcnt(low32(a))),
  unaryOp("sext.b", unary("011000000100"), (a) => signExtend(a, 8)),
  unaryOp("sext.h", unary("011000000101"), (a) => signExtend(a, 16)),
  unaryOp("zext.h", `000010000000 rs1[4:0] 100 rd[4:0] ${OP_32}`, (a) => and(a, 0xffffn)),
  registerOp("max", [rType("0000101", "110", OP)], (a, b) => select(gtS(a, b), a, b)),
  registerOp("maxu", [rType("0000101", "111", OP)], (a, b) => select(gtU(a, b), a, b)),
  registerOp("min", [rType("0000101", "100", OP)], (a, b) => select(ltS(a, b), a, b)),
  registerOp("minu", [rType("0000101", "101", OP)], (a, b) => select(ltU(a, b), a, b)),
  registerOp("rol", [rType("0110000", "001", OP)], rotl),
  registerOp("ror", [rType("0110000", "101", OP)], rotr),
  registerOp("rolw", [rType("0110000", "001", OP_32)], (a, b) => word(extendU(rotl(wrap(a), wrap(b))))),
  registerOp("rorw", [rType("0110000", "101", OP_32)], (a, b) => word(extendU(rotr(wrap(a), wrap(b))))),
  immediateOp("rori", [`011000 uimm[5:0] rs1[4:0] 101 rd[4:0] ${OP_IMM}`], rotr),
  immediateOp("roriw", [`0110000 uimm[4:0] rs1[4:0] 101 rd[4:0] ${OP_IMM_32}`], (a, b) =>
    word(extendU(rotr(wrap(a), wrap(b)))),
  ),
  unaryOp("orc.b", `001010000111 rs1[4:0] 101 rd[4:0] ${OP_IMM}`, orCombine),
  unaryOp("rev8", `011010111000 rs1[4:0] 101 rd[4:0] ${OP_IMM}`, reverseBytes),
];

/** Zbc: products without carries. clmulr is the product's bits 126:63. */
const carrylessOps: readonly Instruction[] = [
  registerOp("clmul", [rType("0000101", "001", OP)], (a, b, op) => call(op.functions.clmul, a, b)),
  registerOp("clmulh", [rType("0000101", "011", OP)], (a, b, op) => call(op.functions.clmulHigh, a, b)),
  registerOp("clmulr", [rType("0000101", "010", OP)], (a, b, op) =>
    or(shl(call(op.functions.clmulHigh, a, b), 1n), shrU(call(op.functions.clmul, a, b), 63n)),
  ),
];

const bit = (index: Word): Word => shl(i64(1n), index);

/** Zbs, once with the bit's number in rs2 and once as an immediate. */
const singleBitOps: readonly Instruction[] = (
  [
    ["bclr", "010010", "001", (a: Word, b: Word) => and(a, not(bit(b)))],
    ["bext", "010010", "101", (a: Word, b: Word) => and(shrU(a, b), 1n)],
    ["binv", "011010", "001", (a: Word, b: Word) => xor(a, bit(b))],
    ["bset", "001010", "001", (a: Word, b: Word) => or(a, bit(b))],
  ] as const
).flatMap(([name, funct6, funct3, compute]) => [
  registerOp(name, [rType(`${funct6}0`, funct3, OP)], compute),
  immediateOp(`${name}i`, [`${funct6} uimm[5:0] rs1[4:0] ${funct3} rd[4:0] ${OP_IMM}`], compute),
]);

export const bitManipulation: readonly Instruction[] = [
  ...addressOps,
  ...basicOps,
  ...carrylessOps,
  ...singleBitOps,
];
