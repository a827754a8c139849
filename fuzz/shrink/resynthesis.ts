import { Random } from "../generate/random.ts";
import { withItems } from "./draft.ts";
import type { Search } from "./search.ts";
import { isDestination, isRegister, type Parsed, parse, withValues, wordOf } from "./word.ts";

/** Programs up to this length are put together anew; longer ones would hardly ever be hit. */
const LENGTH_MAX = 7;
/** Programs that are tried for each length. */
const TRIES = 1500;

const REGISTERS = [0, 1, 2, 3];
const NUMBERS = [0, 0, 1, 1, -1, 4, 16, -2, 8, 2];
const SPECIALS = [0, 0, 1, 28, 31];

/** What small programs begin with: constants, pointers, narrower capabilities, another mode. */
const beginnings = (
  "addi addi addi auipc auipc lui cspecialrw cspecialrw csealentry csetboundsimm ccleartag csetaddr cseal " +
  "csetflags candperm jalr.cap sd sc slli cincoffsetimm mret"
).split(" ");

/**
 * Looks for a shorter program that ends with the same instruction: a few random words before it, from those
 * that are there and from what small programs usually begin with. Finds what no sequence of small steps leads
 * to.
 */
export function resynthesize(search: Search): boolean {
  const { best } = search;
  const last = best.items.at(-1);
  const parsed = last === undefined ? null : parse(last.word);
  const isSuitable = best.fetch === "injected" && best.items.length > 1 && best.items.length <= LENGTH_MAX;
  if (!isSuitable || parsed === null || best.items.some(({ isKept }) => isKept)) return false;

  const random = new Random("resynthesis");
  const known = best.items.map(({ word }) => word);
  for (let length = 1; length < best.items.length; length++) {
    for (let tries = 0; tries < TRIES && !search.isExhausted(); tries++) {
      const words: (number | null)[] = [];
      while (words.length < length - 1) words.push(beginning(known, random));
      words.push(shuffled(parsed, random));
      const items = words.filter((word) => word !== null).map((word) => ({ word, marks: [], isKept: false }));
      if (search.offer(withItems(best, items))) return true;
    }
  }
  return false;
}

function beginning(known: readonly number[], random: Random): number | null {
  if (random.odds(1, 2)) {
    const parsed = parse(random.pick(known));
    return parsed === null ? null : shuffled(parsed, random);
  }
  const name = random.pick(beginnings);
  const base = random.pick(REGISTERS);
  return wordOf(name, {
    rd: random.pick(REGISTERS),
    cd: random.pick(REGISTERS),
    rs1: name === "addi" ? random.pick([0, 0, base]) : base,
    cs1: base,
    base,
    rs2: random.pick(REGISTERS),
    cs2: random.pick(REGISTERS),
    imm: random.pick(NUMBERS),
    uimm: Math.abs(random.pick(NUMBERS)),
    shamt: random.pick([1, 4, 12, 13, 31, 32, 63]),
    scr: random.pick(SPECIALS),
  });
}

/** The word, as it is or with other registers and numbers. */
function shuffled({ instruction, values }: Parsed, random: Random): number | null {
  if (random.odds(1, 4)) return withValues(instruction, values);
  const changed: Record<string, number> = { ...values };
  for (const operand of instruction.operands) {
    const { name, least, greatest, scale } = operand;
    if (operand.kind === "immediate" && random.odds(1, 3)) {
      changed[name] = random.pick([least, greatest, 0, scale, scale * random.pick(NUMBERS)]);
    }
    if (!isRegister(operand)) continue;
    changed[name] = isDestination(operand) ? values[name]! : least + random.pick(REGISTERS);
    if (random.odds(1, 4)) changed[name] = least + random.pick(REGISTERS);
  }
  return withValues(instruction, changed);
}
