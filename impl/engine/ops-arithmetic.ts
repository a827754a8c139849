/** RV64I integer computation and RV64M (RISC-V Unprivileged, chapters I, RV64I, M, C). */
import {
  add,
  and,
  divS,
  divU,
  eq,
  extendU,
  isZero,
  ltS,
  ltU,
  mul,
  or,
  remS,
  remU,
  shl,
  shrS,
  shrU,
  signExtend,
  sub,
  xor,
} from "../wasm/arithmetic.ts";
import { type Code, i64 } from "../wasm/code.ts";
import { call, choose } from "../wasm/control.ts";
import type { Instruction, Operation } from "./operation.ts";
import { addressOf } from "./slot-code.ts";

type Word = Code<"i64">;
type Compute = (a: Word, b: Word, op: Operation) => Word;

/** rd := compute(rs1, rs2). */
export function registerOp(name: string, encodings: readonly string[], compute: Compute): Instruction {
  return {
    name,
    encodings,
    emit: (op) => [op.writeInteger(compute(addressOf(op.rs1), addressOf(op.rs2), op))],
  };
}

/** rd := compute(rs1, immediate). */
export function immediateOp(name: string, encodings: readonly string[], compute: Compute): Instruction {
  return { name, encodings, emit: (op) => [op.writeInteger(compute(addressOf(op.rs1), op.imm, op))] };
}

/** An encoding with two source registers. */
export function rType(funct7: string, funct3: string, opcode: string): string {
  return `${funct7} rs2[4:0] rs1[4:0] ${funct3} rd[4:0] ${opcode}`;
}

/** The low 32 bits, sign-extended: what the W instructions leave. */
export function word(value: Word): Word {
  return signExtend(value, 32);
}

const OP = "0110011";
const OP_32 = "0111011";
const OP_IMM = "0010011";
const OP_IMM_32 = "0011011";

const setIf = (condition: Code<"i32">): Word => extendU(condition);
const low32 = (value: Word): Word => and(value, 0xffff_ffffn);
const arith16 = (funct: string) => `100 ${funct} rd'=rs1'[2:0]`;

const registerOps: readonly Instruction[] = [
  registerOp(
    "add",
    [rType("0000000", "000", OP), "100 0 rd[4:0] rs2[4:0] 10", "100 1 rd=rs1[4:0] rs2[4:0] 10"],
    add,
  ),
  registerOp("sub", [rType("0100000", "000", OP), `${arith16("0 11")} 00 rs2'[2:0] 01`], sub),
  registerOp("sll", [rType("0000000", "001", OP)], shl),
  registerOp("slt", [rType("0000000", "010", OP)], (a, b) => setIf(ltS(a, b))),
  registerOp("sltu", [rType("0000000", "011", OP)], (a, b) => setIf(ltU(a, b))),
  registerOp("xor", [rType("0000000", "100", OP), `${arith16("0 11")} 01 rs2'[2:0] 01`], xor),
  registerOp("srl", [rType("0000000", "101", OP)], shrU),
  registerOp("sra", [rType("0100000", "101", OP)], shrS),
  registerOp("or", [rType("0000000", "110", OP), `${arith16("0 11")} 10 rs2'[2:0] 01`], or),
  registerOp("and", [rType("0000000", "111", OP), `${arith16("0 11")} 11 rs2'[2:0] 01`], and),
  registerOp("addw", [rType("0000000", "000", OP_32), `${arith16("1 11")} 01 rs2'[2:0] 01`], (a, b) =>
    word(add(a, b)),
  ),
  registerOp("subw", [rType("0100000", "000", OP_32), `${arith16("1 11")} 00 rs2'[2:0] 01`], (a, b) =>
    word(sub(a, b)),
  ),
  registerOp("sllw", [rType("0000000", "001", OP_32)], (a, b) => word(shl(a, and(b, 31n)))),
  registerOp("srlw", [rType("0000000", "101", OP_32)], (a, b) => word(shrU(low32(a), and(b, 31n)))),
  registerOp("sraw", [rType("0100000", "101", OP_32)], (a, b) => shrS(word(a), and(b, 31n))),
];

const shift16 = (funct: string) => `100 uimm[5] ${funct} rd'=rs1'[2:0] uimm[4:0] 01`;
const iType = (funct3: string, opcode: string) => `imm[11:0] rs1[4:0] ${funct3} rd[4:0] ${opcode}`;
const shift = (funct: string, funct3: string) => `${funct} uimm[5:0] rs1[4:0] ${funct3} rd[4:0] ${OP_IMM}`;
const shiftW = (funct: string, funct3: string) =>
  `${funct} uimm[4:0] rs1[4:0] ${funct3} rd[4:0] ${OP_IMM_32}`;

const addiEncodings = [
  iType("000", OP_IMM),
  "000 imm[5] rd=rs1[4:0] imm[4:0] 01",
  "010 imm[5] rd[4:0] imm[4:0] 01",
  "011 imm[9] 00010 imm[4|6|8:7|5] 01; rd=2 rs1=2 mode=integer",
  "000 uimm[5:4|9:6|2|3] rd'[2:0] 00; rs1=2 mode=integer",
];

const immediateOps: readonly Instruction[] = [
  immediateOp("addi", addiEncodings, add),
  immediateOp("slti", [iType("010", OP_IMM)], (a, b) => setIf(ltS(a, b))),
  immediateOp("sltiu", [iType("011", OP_IMM)], (a, b) => setIf(ltU(a, b))),
  immediateOp("xori", [iType("100", OP_IMM)], xor),
  immediateOp("ori", [iType("110", OP_IMM)], or),
  immediateOp("andi", [iType("111", OP_IMM), "100 imm[5] 10 rd'=rs1'[2:0] imm[4:0] 01"], and),
  immediateOp("slli", [shift("000000", "001"), "000 uimm[5] rd=rs1[4:0] uimm[4:0] 10"], shl),
  immediateOp("srli", [shift("000000", "101"), shift16("00")], shrU),
  immediateOp("srai", [shift("010000", "101"), shift16("01")], shrS),
  immediateOp("addiw", [iType("000", OP_IMM_32), "001 imm[5] rd=rs1[4:0] imm[4:0] 01"], (a, b) =>
    word(add(a, b)),
  ),
  immediateOp("slliw", [shiftW("0000000", "001")], (a, b) => word(shl(a, b))),
  immediateOp("srliw", [shiftW("0000000", "101")], (a, b) => word(shrU(low32(a), b))),
  immediateOp("sraiw", [shiftW("0100000", "101")], (a, b) => shrS(word(a), b)),
  {
    name: "lui",
    encodings: ["imm[31:12] rd[4:0] 0110111", "011 imm[17] rd[4:0] imm[16:12] 01"],
    emit: (op) => [op.writeInteger(op.imm)],
  },
];

/** High half of a product: `highU` is that of unsigned factors, each negative signed factor corrects it. */
function highProduct(signedA: boolean, signedB: boolean): Compute {
  return (a, b, op) => {
    const high = call(op.functions.mulHigh, a, b);
    const fixedA = signedA ? sub(high, and(b, shrS(a, 63n))) : high;
    return signedB ? sub(fixedA, and(a, shrS(b, 63n))) : fixedA;
  };
}

/** Division by zero gives all ones, and the dividend as remainder; the signed overflow gives the dividend and 0. */
const quotientS: Compute = (a, b) =>
  choose(isZero(b), i64(-1n), choose(eq(b, -1n), sub(i64(0n), a), divS(a, b)));
const quotientU: Compute = (a, b) => choose(isZero(b), i64(-1n), divU(a, b));
const remainderS: Compute = (a, b) => choose(isZero(b), a, choose(eq(b, -1n), i64(0n), remS(a, b)));
const remainderU: Compute = (a, b) => choose(isZero(b), a, remU(a, b));

/** The same with both operands and the result cut to 32 bits. */
const narrow =
  (compute: Compute, extend: (value: Word) => Word): Compute =>
  (a, b, op) =>
    word(compute(extend(a), extend(b), op));

const multiplyOps: readonly Instruction[] = [
  registerOp("mul", [rType("0000001", "000", OP)], mul),
  registerOp("mulh", [rType("0000001", "001", OP)], highProduct(true, true)),
  registerOp("mulhsu", [rType("0000001", "010", OP)], highProduct(true, false)),
  registerOp("mulhu", [rType("0000001", "011", OP)], highProduct(false, false)),
  registerOp("div", [rType("0000001", "100", OP)], quotientS),
  registerOp("divu", [rType("0000001", "101", OP)], quotientU),
  registerOp("rem", [rType("0000001", "110", OP)], remainderS),
  registerOp("remu", [rType("0000001", "111", OP)], remainderU),
  registerOp("mulw", [rType("0000001", "000", OP_32)], (a, b) => word(mul(a, b))),
  registerOp("divw", [rType("0000001", "100", OP_32)], narrow(quotientS, word)),
  registerOp("divuw", [rType("0000001", "101", OP_32)], narrow(quotientU, low32)),
  registerOp("remw", [rType("0000001", "110", OP_32)], narrow(remainderS, word)),
  registerOp("remuw", [rType("0000001", "111", OP_32)], narrow(remainderU, low32)),
];

export const arithmetic: readonly Instruction[] = [...registerOps, ...immediateOps, ...multiplyOps];
