import { NARROW_NOP, NOP } from "./cost.ts";
import { withItems } from "./draft.ts";
import type { Search } from "./search.ts";
import { destinationOf, parse, wordOf } from "./word.ts";

/**
 * Takes out no-operations that only move pc to where an address is read from it, and moves the address
 * instead: one addition behind the word that reads pc does the work of all of them.
 */
export function replacePadding(search: Search): boolean {
  let isChanged = false;
  for (let at = 1; at < search.best.items.length; at++) if (replaceBefore(search, at)) isChanged = true;
  return isChanged;
}

function replaceBefore(search: Search, at: number): boolean {
  const { items, fetch } = search.best;
  const parsed = parse(items[at]!.word);
  const name = parsed?.instruction.name;
  const readsPc = name === "auipc" || (name === "cspecialrw" && parsed!.values["scr"] === 0);
  const padding = items.slice(0, at).filter(({ word, isKept }) => !isKept && isNop(word));
  if (parsed === null || !readsPc || fetch !== "injected" || padding.length < 2) return false;

  const bytes = padding.reduce((sum, { word }) => sum + (word === NOP ? 4 : 2), 0);
  const register = destinationOf(parsed);
  const moved = [
    wordOf("cincoffsetimm", { cd: register, cs1: register, imm: bytes }),
    wordOf("addi", { rd: register, rs1: register, imm: bytes }),
  ];
  return moved.some((word) => {
    if (word === null) return false;
    const before = items.slice(0, at).filter((item) => !padding.includes(item));
    const addition = { word, marks: [], isKept: false };
    return search.offer(withItems(search.best, [...before, items[at]!, addition, ...items.slice(at + 1)]));
  });
}

function isNop(word: number): boolean {
  return word === NOP || word === NARROW_NOP;
}
