/**
 * The form of an instruction's definition.
 *
 * One definition holds an instruction whole: pattern, syntax, meaning, source. Decoder, encoder, assembler,
 * disassembler and word generator are derived from it; so is the type of the operands its meaning receives.
 *
 * A pattern spells the instruction's bit fields as the manual does, highest bit first, separated by spaces:
 *
 *   "0001101 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"                       literal bits and whole operands
 *   "imm[12|10:5] rs2[4:0] rs1[4:0] 000 imm[4:1|11] 1100011"              an operand in slices
 *
 * What an operand is follows from its name, which is the manual's:
 *
 *   rd rs1 rs2        integer registers; three bits wide they name x8 to x15
 *   cd cs1 cs2        capability registers, likewise
 *   base              the manual's rs1/cs1: an integer address under DDC in integer mode, a capability in
 *                     capability mode
 *   imm nzimm         signed immediates; nz: not zero
 *   uimm nzuimm shamt nzshamt   unsigned immediates
 *   csr scr           numbers of a CSR and of a special capability register
 *   any other         a plain unsigned field (aq, rl, pred, succ, q, m, ...)
 *
 * Bits below an operand's lowest slice are zero: "imm[12|10:5] ... imm[4:1|11]" is even.
 */

import type { Trap } from "../contract.ts";
import type { Machine } from "../machine/machine.ts";
import { type Slice, slicesOf } from "./pattern.ts";

/** What an execution ends with: the trap it takes, or nothing. */
export type Outcome = Trap | null;

/** The instruction did all of its work. */
export const retire: Outcome = null;

/** `"0001101 rs2[4:0] cs1[4:0]"` has the operands `rs2` and `cs1`. */
export type OperandOf<Pattern extends string> = Pattern extends `${infer Head} ${infer Tail}`
  ? OperandOf<Head> | OperandOf<Tail>
  : Pattern extends `${infer Name}[${string}]`
    ? Name
    : never;

type ImmediateName = "imm" | "nzimm" | "uimm" | "nzuimm" | "shamt" | "nzshamt";

/** Immediates arrive as BigInt, extended and scaled; register numbers and fields as numbers. */
export type Operands<Pattern extends string> = {
  readonly [Name in OperandOf<Pattern>]: Name extends ImmediateName ? bigint : number;
};

export type OperandKind =
  | "register"
  | "capability register"
  | "base register"
  | "immediate"
  | "csr"
  | "scr"
  | "field";

/** An operand as data: what generators, shrinkers and the assembler need to know. */
export interface Operand {
  readonly name: string;
  readonly kind: OperandKind;
  /** Bits of the value, with the zero bits below the lowest slice. */
  readonly bits: number;
  readonly signed: boolean;
  /** A value is a multiple of this. */
  readonly scale: number;
  /** The least and the greatest value that can be encoded. */
  readonly least: number;
  readonly greatest: number;
  /** Values between them that are not this instruction: another's, or reserved. */
  readonly except: readonly number[];
  /** An offset from pc: the assembler takes a label. */
  readonly target: boolean;
  /** Where its bits lie in the word. */
  readonly slices: readonly Slice[];
}

/** Operands by name as decoded: registers and fields are numbers, immediates BigInt. */
export type OperandValues = Readonly<Record<string, number | bigint>>;

export interface Instruction {
  readonly name: string;
  readonly pattern: string;
  readonly syntax: string;
  /** Where its meaning is specified. */
  readonly manual: string;
  /** The encoding mode that decodes it. */
  readonly mode: "integer" | "capability" | "both";
  /** In bytes: 2 or 4. */
  readonly length: 2 | 4;
  /** A word is a candidate when `(word & mask) === match`, as signed 32-bit numbers. */
  readonly mask: number;
  readonly match: number;
  readonly operands: readonly Operand[];
  readonly execute: (machine: Machine, operands: OperandValues) => Outcome;
}

interface Definition<Pattern extends string> {
  readonly name: string;
  readonly pattern: Pattern;
  /**
   * Operands as they are written after the mnemonic, e.g. `rd, imm(base)`. `.+imm` is an offset from pc;
   * words that are no operands stand for themselves (`rd, uimm(sp)`); in brackets: left out when all are
   * zero. The fields aq and rl are written as suffixes of the mnemonic and are not part of the syntax.
   */
  readonly syntax: string;
  readonly manual: string;
  /** Default `both`. */
  readonly mode?: "integer" | "capability";
  /** Operand values that are not this instruction. There is no priority: definitions are disjoint. */
  readonly except?: { readonly [Name in OperandOf<Pattern>]?: readonly number[] };
  readonly execute: (machine: Machine, operands: Operands<Pattern>) => Outcome;
}

/** Defines an instruction. Throws if the pattern is malformed: a defect of the definition. */
export function define<const Pattern extends string>(definition: Definition<Pattern>): Instruction {
  const { name, pattern, syntax, manual, mode, except, execute } = definition;
  const { length, mask, match, slices } = slicesOf(name, pattern);
  const excluded = (except ?? {}) as Readonly<Record<string, readonly number[]>>;

  const operands: Operand[] = [];
  for (const [operand, where] of slices) {
    operands.push(operandFrom(operand, where, syntax.includes(`.+${operand}`), excluded[operand] ?? []));
  }
  return {
    name,
    pattern,
    syntax,
    manual,
    mode: mode ?? "both",
    length,
    mask,
    match,
    operands,
    execute: execute as Instruction["execute"],
  };
}

function operandFrom(
  name: string,
  slices: readonly Slice[],
  target: boolean,
  except: readonly number[],
): Operand {
  const bits = Math.max(...slices.map((slice) => slice.low + slice.width));
  const scale = 2 ** Math.min(...slices.map((slice) => slice.low));
  const kind = kindOf(name);
  const signed = name === "imm" || name === "nzimm";
  const compressed = bits === 3 && kind.endsWith("register");
  const least = compressed ? 8 : signed ? -(2 ** (bits - 1)) : 0;
  const greatest = compressed ? 15 : 2 ** (signed ? bits - 1 : bits) - scale;
  const zero = name.startsWith("nz") ? [0] : [];
  return { name, kind, bits, signed, scale, least, greatest, except: [...zero, ...except], target, slices };
}

function kindOf(name: string): OperandKind {
  switch (name) {
    case "rd":
    case "rs1":
    case "rs2":
      return "register";
    case "cd":
    case "cs1":
    case "cs2":
      return "capability register";
    case "base":
      return "base register";
    case "csr":
    case "scr":
      return name;
    case "imm":
    case "nzimm":
    case "uimm":
    case "nzuimm":
    case "shamt":
    case "nzshamt":
      return "immediate";
    default:
      return "field";
  }
}
