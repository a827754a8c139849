/** Encoding and decoding of one instruction's operands, derived from its slices. */

import type { Instruction, Operand, OperandValues } from "./define.ts";

/**
 * The word of an instruction with these operands, 0 to 2^32-1.
 *
 * Throws RangeError if an operand is missing, out of range, not a multiple of its scale or excluded: nothing
 * is truncated silently.
 */
export function encode(instruction: Instruction, operands: OperandValues): number {
  let word = instruction.match;
  for (const operand of instruction.operands) {
    const value = Number(operands[operand.name]);
    if (!isEncodable(operand, value)) {
      throw new RangeError(`${instruction.name}: ${operand.name} must be ${rangeText(operand)}`);
    }
    for (const { at, low, ones } of operand.slices) word |= ((value >> low) & ones) << at;
  }
  return word < 0 ? word + 2 ** 32 : word;
}

/** Whether the operand can take this value. */
export function isEncodable(operand: Operand, value: number): boolean {
  return (
    Number.isInteger(value) &&
    value >= operand.least &&
    value <= operand.greatest &&
    value % operand.scale === 0 &&
    !operand.except.includes(value)
  );
}

/** What the operand accepts, for messages: `from -2048 to 2046, a multiple of 2, not 0`. */
export function rangeText(operand: Operand): string {
  const { least, greatest, scale, except } = operand;
  const multiple = scale === 1 ? "" : `, a multiple of ${scale}`;
  const not = except.length === 0 ? "" : `, not ${except.join(" or ")}`;
  return `from ${least} to ${greatest}${multiple}${not}`;
}

/** The operands of a word that fits the instruction's mask, or null if one of them has an excluded value. */
export function operandsOf(instruction: Instruction, word: number): OperandValues | null {
  const values: Record<string, number | bigint> = {};
  for (const operand of instruction.operands) {
    const value = valueIn(operand, word);
    if (operand.except.length !== 0 && operand.except.includes(value)) return null;
    values[operand.name] = operand.kind === "immediate" ? BigInt(value) : value;
  }
  return values;
}

function valueIn({ slices, signed, greatest, least, bits }: Operand, word: number): number {
  let value = 0;
  for (let index = 0; index < slices.length; index++) {
    const { at, ones, low } = slices[index]!;
    value |= ((word >> at) & ones) << low;
  }
  if (signed) return value > greatest ? value - (1 << bits) : value;
  return value + least;
}
