/** Rules of integer instructions, 16-bit ones by what they expand to. RISC-V Unprivileged ISA. */
import type { JudgedStep } from "../oracle.ts";
import { binary, immediateForms, unary } from "./arithmetic.ts";
import { clauseAt } from "./clauses.ts";
import { nothing } from "./nothing.ts";
import { effect, type Operands, type Rule, wrongInteger } from "./rule.ts";

/** Where an operand comes from. */
type Source = (operands: Operands, step: JudgedStep) => bigint;

const SP = 2;

function register(name: string): Source {
  return (operands, { before }) => before.integer(operands[name]!);
}

/** An immediate, sign-extended where it is signed. */
function immediate(name: string): Source {
  return (operands) => BigInt.asUintN(64, BigInt(operands[name]!));
}

/** 20 bits (six in C.LUI) at bit 12, sign-extended from bit 31. */
function upper(name: string): Source {
  return (operands) => BigInt.asUintN(64, BigInt(operands[name]! << 12));
}

const stackPointer: Source = (_, { before }) => before.integer(SP);
const zero: Source = () => 0n;
const pc: Source = (_, { before }) => before.pc;

interface Row {
  readonly compute: (left: bigint, right: bigint) => bigint;
  readonly left: Source;
  readonly right: Source;
  /** The destination: an operand's name, or a register by number. */
  readonly to: string | number;
}

function ruleOf({ compute, left, right, to }: Row): Rule {
  const wrong = (step: JudgedStep): string[] | null => {
    const { event, operands } = step;
    const rd = typeof to === "number" ? to : operands[to]!;
    if (rd === 0) return wrongInteger(event, 0, 0n);
    const value = compute(left(operands, step), right(operands, step));
    return wrongInteger(event, rd, BigInt.asUintN(64, value));
  };
  return {
    clause: clauseAt.exact_integer,
    effects: effect.register,
    isJump: false,
    trap: null,
    wrong,
    follow: null,
  };
}

function row(name: string, left: Source, right: Source, to: string | number = "rd"): Row {
  const compute = binary[name];
  if (compute === undefined) throw new Error(`defect: no arithmetic is called ${name}`);
  return { compute, left, right, to };
}

/** 16-bit instructions by the instruction that each expands to. RISC-V Unprivileged, C. */
const compressed: Readonly<Record<string, Row>> = {
  "c.add": row("add", register("rd"), register("rs2")),
  "c.mv": row("add", zero, register("rs2")),
  "c.addi": row("add", register("rd"), immediate("nzimm")),
  "c.addi16sp": row("add", stackPointer, immediate("nzimm"), SP),
  "c.addi4spn": row("add", stackPointer, immediate("nzuimm")),
  "c.addiw": row("addw", register("rd"), immediate("imm")),
  "c.addw": row("addw", register("rd"), register("rs2")),
  "c.sub": row("sub", register("rd"), register("rs2")),
  "c.subw": row("subw", register("rd"), register("rs2")),
  "c.and": row("and", register("rd"), register("rs2")),
  "c.or": row("or", register("rd"), register("rs2")),
  "c.xor": row("xor", register("rd"), register("rs2")),
  "c.andi": row("and", register("rd"), immediate("imm")),
  "c.li": row("add", zero, immediate("imm")),
  "c.lui": row("add", zero, upper("nzimm")),
  "c.slli": row("sll", register("rd"), immediate("nzshamt")),
  "c.srli": row("srl", register("rd"), immediate("nzshamt")),
  "c.srai": row("sra", register("rd"), immediate("nzshamt")),
};

/** Instructions that change nothing: hints, fences, waiting that does not wait. */
const idle = ["c.nop", "c.addi.hint", "c.slli.hint", "c.srli.hint", "c.srai.hint", "fence", "fence.i"];

const rows: readonly (readonly [string, Row])[] = [
  ...Object.keys(binary)
    .filter((name) => name !== "slli.uw")
    .map((name) => [name, row(name, register("rs1"), register("rs2"))] as const),
  ...Object.entries(immediateForms).map(
    ([name, same]) => [name, row(same, register("rs1"), immediate(isShift(name) ? "shamt" : "imm"))] as const,
  ),
  ...Object.entries(unary).map(
    ([name, compute]) => [name, { compute, left: register("rs1"), right: zero, to: "rd" }] as const,
  ),
  ...Object.entries(compressed),
  ["lui", row("add", zero, upper("uimm"))],
  ["auipc", row("add", pc, upper("uimm"))],
];

function isShift(name: string): boolean {
  return !["addi", "andi", "ori", "xori", "slti", "sltiu", "addiw"].includes(name);
}

export const integerRules: ReadonlyMap<string, Rule> = new Map([
  ...rows.map(([name, each]) => [name, ruleOf(each)] as const),
  ...idle.map((name) => [name, nothing] as const),
]);
