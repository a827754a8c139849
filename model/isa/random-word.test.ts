import { expect, test } from "vitest";
import { decode, instructionByName, randomWord } from "./index.ts";

/** Values of an operand in many words, from well-mixed numbers. */
function valuesOf(name: string, operand: string): Map<number, number> {
  let state = 0;
  const random32 = () => {
    state = (state + 0x1e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >> 16), 0x21f0aaad);
    return Math.imul(mixed ^ (mixed >> 15), 0x735a2d97) & 0x7fffffff;
  };
  const values = new Map<number, number>();
  for (let count = 0; count < 4000; count++) {
    const word = randomWord(instructionByName(name)!, random32);
    const value = Number(decode(word, false)!.operands[operand]);
    values.set(value, (values.get(value) ?? 0) + 1);
  }
  return values;
}

test("registers are six hot ones four times in five, and every one now and then", () => {
  const values = valuesOf("add", "rs1");
  expect([...values.keys()].toSorted((one, other) => one - other)).toEqual([...Array(32).keys()]);
  const hot = [0, 1, 2, 3, 4, 5].reduce((sum, register) => sum + values.get(register)!, 0);
  // Six of the 32 that are drawn one time in five are hot as well.
  expect(Math.abs(hot / 4000 - (4 / 5 + 6 / 32 / 5))).toBeLessThan(0.03);
});

test("immediates lean to zero, its neighbours and the ends of their range, and are anything half the time", () => {
  const values = valuesOf("addi", "imm");
  for (const edge of [0, 1, -1, -2048, 2047])
    expect(Math.abs(values.get(edge)! / 4000 - 0.1)).toBeLessThan(0.03);
  expect(values.size).toBeGreaterThan(1200);
  expect(Math.min(...values.keys())).toBe(-2048);
  expect(Math.max(...values.keys())).toBe(2047);
});
