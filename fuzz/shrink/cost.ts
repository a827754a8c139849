import { isRegister, type Parsed, parse } from "./word.ts";

/** A 32-bit instruction without effect. */
export const NOP = 0x13;
/** The same in 16 bits. */
export const NARROW_NOP = 0x01;

/**
 * Representatives of every family of instructions, from the simplest on: what a reader has to think about
 * least. Shrinking tries those before a word in this order as stand-ins for it. Whatever is not listed comes
 * after these, then 16-bit forms, then words that are no instruction.
 */
export const simplest: readonly string[] = (
  "addi lui auipc cmove cspecialrw ccleartag csealentry csetboundsimm cincoffsetimm cgettag cgetaddr " +
  "add sub slli jal ecall ld sd lw sw lb sb lc sc csetaddr cincoffset csetoffset csetbounds " +
  "candperm csetflags " +
  "cseal cbuildcap csethigh jalr.cap beq jalr ld.cap sd.cap lc.cap sc.cap cgetbase cgettop cgethigh csub " +
  "amoadd.d amoadd.w lr.d sc.d lr.c sc.c mul addw csrrs csrrw csrrwi mret"
).split(" ");

const ranks = new Map(simplest.map((name, rank) => [name, rank]));
const UNLISTED = simplest.length;
const NARROW = UNLISTED + 1;
const UNKNOWN = UNLISTED + 2;

/**
 * How complicated a word is; every step of shrinking lowers the sum, unless it lowers the number of words.
 */
export function costOf(word: number): number {
  if (word === NOP || word === NARROW_NOP) return 0;
  const parsed = parse(word);
  if (parsed === null) return UNKNOWN * RANK_COST + 32;
  return rankOf(parsed) * RANK_COST + operandsCost(parsed);
}

/** More than all operands of a word can cost. */
const RANK_COST = 1024;

function rankOf({ instruction }: Parsed): number {
  return ranks.get(instruction.name) ?? (instruction.length === 2 ? NARROW : UNLISTED);
}

function operandsCost({ instruction, values }: Parsed): number {
  let cost = 1;
  for (const operand of instruction.operands) {
    const value = values[operand.name]!;
    cost += isRegister(operand) ? value : numberCost(value);
  }
  return cost;
}

/** Zero, then one, then powers of two by size, then numbers by length; a negative one costs a little more. */
function numberCost(value: number): number {
  const size = Math.abs(value);
  if (size === 0) return 0;
  const isPower = Math.log2(size) % 1 === 0;
  const bits = Math.ceil(Math.log2(size + 1));
  return 4 * bits + (isPower ? 0 : 2) + (value < 0 ? 1 : 0);
}
