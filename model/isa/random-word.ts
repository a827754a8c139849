/** A word generator derived from the definitions. */

import { encode } from "./codec.ts";
import type { Instruction, Operand } from "./define.ts";

/** The next 32 random bits, 0 to 2^32-1. */
export type Random32 = () => number;

/**
 * A legal encoding of an instruction.
 *
 * Registers come from a hot set of six four times in five, so that results are read back; immediates lean to
 * their edges, where carries and signs live.
 */
export function randomWord(instruction: Instruction, random32: Random32): number {
  const values: Record<string, number> = {};
  for (const operand of instruction.operands) values[operand.name] = randomValue(operand, random32);
  return encode(instruction, values);
}

function randomValue(operand: Operand, random32: Random32): number {
  for (;;) {
    const value = operand.kind.endsWith("register") ? register(operand, random32) : number(operand, random32);
    if (!operand.except.includes(value)) return value;
  }
}

function register({ least, greatest }: Operand, random32: Random32): number {
  const hot = random32() % 5 !== 0;
  return least + (random32() % (hot ? 6 : greatest - least + 1));
}

function number({ least, greatest, scale }: Operand, random32: Random32): number {
  const last = (greatest - least) / scale;
  const zero = -least / scale;
  const edges = [zero, zero + 1, zero - 1, 0, last];
  const edge = edges[random32() % 10];
  const step = edge === undefined || edge < 0 || edge > last ? random32() % (last + 1) : edge;
  return least + step * scale;
}
