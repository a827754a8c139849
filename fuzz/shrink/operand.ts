import type { Operand } from "../../model/isa/index.ts";
import { withItems } from "./draft.ts";
import type { Search } from "./search.ts";
import { isRegister, parse, renamed, withValues } from "./word.ts";

const SMALL = [0, 1, 2, 4, 8, 16, 32, 64, -1, -2, -16];

/**
 * Makes every operand as small as it can be: registers towards x0, numbers towards zero and powers of two.
 */
export function simplifyOperands(search: Search): boolean {
  let isChanged = false;
  for (let at = 0; at < search.best.items.length; at++) {
    const parsed = parse(search.best.items[at]!.word);
    if (parsed === null) continue;
    for (const operand of parsed.instruction.operands) if (simplify(search, at, operand)) isChanged = true;
  }
  return isChanged;
}

function simplify(search: Search, at: number, operand: Operand): boolean {
  let isChanged = false;
  for (;;) {
    const { instruction, values } = parse(search.best.items[at]!.word)!;
    const value = values[operand.name]!;
    const smaller = isRegister(operand) ? [0] : smallerNumbers(value, operand.scale);
    const words = smaller.map((one) => withValues(instruction, { ...values, [operand.name]: one }));
    if (!search.offerWords(at, words)) return isChanged;
    isChanged = true;
    // A word may have become another instruction, without this operand.
    const now = parse(search.best.items[at]!.word);
    if (now?.instruction !== instruction) return true;
  }
}

/** Simpler numbers, the simplest first: small ones, without its highest or lowest bit, halves, beside. */
function smallerNumbers(value: number, scale: number): number[] {
  const size = Math.abs(value);
  const sign = Math.sign(value);
  const highest = 2 ** Math.floor(Math.log2(Math.max(1, size)));
  const lowest = size % 2 === 1 ? 1 : size & -size;
  const others = [highest, size - highest, size - lowest, size >>> 1, size - scale];
  return [...SMALL, ...others.map((one) => sign * one), size];
}

/** Gives registers the lowest numbers: all uses of one at once. */
export function renameRegisters(search: Search): boolean {
  let isChanged = false;
  for (const register of registersOf(search).toSorted((one, other) => other - one)) {
    for (let lower = 0; lower < register; lower++) {
      if (!renameAll(search, register, lower)) continue;
      isChanged = true;
      break;
    }
  }
  return isChanged;
}

function renameAll(search: Search, from: number, to: number): boolean {
  const items = search.best.items.map((item) => {
    const word = renamed(item.word, (register) => (register === from ? to : register));
    return word === item.word || word === null ? item : { word, marks: [], isKept: item.isKept };
  });
  const touchesKept = items.some((item, at) => item.isKept && item !== search.best.items[at]);
  return !touchesKept && search.offer(withItems(search.best, items));
}

function registersOf(search: Search): number[] {
  const found = new Set<number>();
  for (const { word } of search.best.items) {
    const parsed = parse(word);
    if (parsed === null) continue;
    for (const operand of parsed.instruction.operands) {
      if (isRegister(operand)) found.add(parsed.values[operand.name]!);
    }
  }
  return [...found];
}
