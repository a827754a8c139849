import * as fc from "fast-check";
import type { Program } from "../../model/contract.ts";
import { encode, type Instruction, instructions, type Operand } from "../../model/isa/index.ts";
import { injectedProgram } from "../program/index.ts";
import { definition } from "./words.ts";

/**
 * Injected programs from the `dii` state, for properties: plain data that fast-check shrinks. They are made
 * of single instructions and of short sequences that set something up, without a look at any machine; the
 * weights are ours, since what matters here lies at edges.
 */
export function programs(piecesMax: number): fc.Arbitrary<Program> {
  return fc
    .array(piece, { maxLength: piecesMax, size: "max" })
    .map((pieces) => injectedProgram(pieces.flat()));
}

/** Any legal word of an instruction. Every operand shrinks on its own, towards its first usual value. */
export function wordOf(instruction: Instruction): fc.Arbitrary<number> {
  const operands = instruction.operands.map((operand) => [operand.name, operandValue(operand)]);
  const values = fc.record(Object.fromEntries(operands) as Record<string, fc.Arbitrary<number>>);
  return values.map((chosen) => encode(instruction, chosen));
}

/** Few enough that values meet, with some that 16-bit forms can name, the stack pointer and the link. */
const HOT = [8, 9, 10, 11, 2, 1];
const COLD = Array.from({ length: 32 }, (_, index) => index).filter(
  (index) => index !== 0 && !HOT.includes(index),
);

/** Hot registers most often, then x0. Alternatives have no value in common, so that shrinking never comes back. */
function registerBut(except: readonly number[]): fc.Arbitrary<number> {
  const choices = [HOT, [0], COLD].map((list) => list.filter((index) => !except.includes(index)));
  return fc.oneof(
    ...choices
      .filter((list) => list.length > 0)
      .map((list) => ({ weight: list === choices[0] ? 12 : 1, arbitrary: fc.constantFrom(...list) })),
  );
}

/** Of three bits: the first four. */
const narrowRegister = fc.nat(3);

function operandValue(operand: Operand): fc.Arbitrary<number> {
  const { kind, least, greatest, scale, except } = operand;
  const isLegal = (value: number) => !except.includes(value);
  if (kind.endsWith("register")) {
    return least > 0 ? narrowRegister.map((index) => least + index).filter(isLegal) : registerBut(except);
  }
  if (kind === "csr") return fc.constantFrom(0x300, 0x301, 0x305, 0x340, 0x341, 0x342, 0x343, 0xb00, 0xbc0);
  if (kind === "scr") return fc.constantFrom(0, 1, 28, 29, 30, 31, 12);

  const usual = [0, 1, -1, 8, 16, least / scale, greatest / scale].map((value) => value * scale);
  const legal = [...new Set(usual)].filter((value) => value >= least && value <= greatest && isLegal(value));
  const any = fc.integer({ min: least / scale, max: greatest / scale }).map((value) => value * scale);
  return legal.length === 0 ? any.filter(isLegal) : fc.oneof(fc.constantFrom(...legal), any.filter(isLegal));
}

/** One word of any of the instructions whose names fit. */
function anyOf(names: RegExp): fc.Arbitrary<number[]> {
  const found = instructions.filter(({ name }) => names.test(name));
  return fc.oneof(...found.map(wordOf)).map((word) => [word]);
}

/** The word of a named instruction. */
function word(name: string, values: Readonly<Record<string, number>>): number {
  return encode(definition(name), values);
}

const target = fc.constantFrom(...HOT);
const root = 31;
const scratch = 5;

/** A pointer into the first bytes of RAM. */
const pointer = fc
  .tuple(target, fc.constantFrom(0, 16, 8, 1, 15, 64))
  .map(([cd, offset]) => [
    word("addi", { rd: scratch, rs1: 0, imm: 1 }),
    word("slli", { rd: scratch, rs1: scratch, shamt: 31 }),
    word("addi", { rd: scratch, rs1: scratch, imm: offset }),
    word("csetaddr", { cd, cs1: root, rs2: scratch }),
  ]);

/** A capability in memory, and the same address read as a capability again. */
const kept = fc
  .tuple(target, target, target)
  .map(([cs2, base, cd]) => [
    word("addi", { rd: scratch, rs1: 0, imm: 1 }),
    word("slli", { rd: scratch, rs1: scratch, shamt: 31 }),
    word("csetaddr", { cd: base, cs1: root, rs2: scratch }),
    word("sc.cap", { cs2, cs1: base }),
    word("lc.cap", { cd, cs1: base }),
  ]);

/**
 * Bounds of about a power of two bytes: small ones, those around which bounds change their form, vast ones.
 */
const bounds = fc
  .tuple(target, target, fc.constantFrom(0, 4, 11, 12, 13, 14, 20, 51, 52, 63), fc.constantFrom(0, 1, -1))
  .map(([cd, cs1, exponent, beside]) => [
    word("addi", { rd: scratch, rs1: 0, imm: 1 }),
    word("slli", { rd: scratch, rs1: scratch, shamt: exponent }),
    word("addi", { rd: scratch, rs1: scratch, imm: beside }),
    word("csetbounds", { cd, cs1, rs2: scratch }),
  ]);

/** All permissions but one, or but a few. */
const permissions = fc
  .tuple(target, target, fc.nat(10))
  .map(([cd, cs1, bit]) => [
    word("addi", { rd: scratch, rs1: 0, imm: ~(1 << bit) }),
    word("candperm", { cd, cs1, rs2: scratch }),
  ]);

/** Sealed with a small type. */
const sealed = fc
  .tuple(target, target, fc.nat(3))
  .map(([cd, cs1, otype]) => [
    word("cincoffsetimm", { cd: scratch, cs1: root, imm: otype }),
    word("cseal", { cd, cs1, cs2: scratch }),
  ]);

/** On in the other encoding mode or in the same. */
const mode = fc
  .nat(1)
  .map((flag) => [
    word("cspecialrw", { cd: scratch, scr: 0, cs1: 0 }),
    word("addi", { rd: 6, rs1: 0, imm: flag }),
    word("csetflags", { cd: scratch, cs1: scratch, rs2: 6 }),
    word("jalr.cap", { cd: 0, cs1: scratch }),
  ]);

const piece: fc.Arbitrary<number[]> = fc.oneof(
  { weight: 6, arbitrary: pointer },
  { weight: 2, arbitrary: kept },
  { weight: 5, arbitrary: bounds },
  { weight: 3, arbitrary: permissions },
  { weight: 2, arbitrary: sealed },
  { weight: 3, arbitrary: mode },
  {
    weight: 10,
    arbitrary: anyOf(/^c(set|get|inc|and|seal|unseal|move|clear|build|copy|cseal|test|seqx|from|to)/),
  },
  { weight: 10, arbitrary: anyOf(/^(c\.)?([ls][bhwdc]u?(sp)?|c[ls]c(sp)?|lr|sc|amo[a-z]+)(\.|$)|cloadtags/) },
  { weight: 8, arbitrary: anyOf(/./) },
  { weight: 3, arbitrary: anyOf(/^(cspecialrw|cinvoke|csrr.*|mret|cclear|jalr.*|cjalr)$/) },
  { weight: 1, arbitrary: fc.nat(0xffff_ffff).map((bits) => [bits]) },
);
