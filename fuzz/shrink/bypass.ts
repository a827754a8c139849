import type { Item } from "./draft.ts";
import type { Search } from "./search.ts";
import { destinationOf, isDestination, parse, renamed, sourcesOf } from "./word.ts";

/**
 * Takes out words whose result can come from elsewhere: the word goes, and whoever read its destination reads
 * one of its sources instead, or x0. `a := f(b); c := g(a)` becomes `c := g(b)`.
 */
export function bypass(search: Search): boolean {
  let isChanged = false;
  for (let at = search.best.items.length - 1; at >= 0; at--) {
    if (at < search.best.items.length && bypassWord(search, at)) isChanged = true;
  }
  return isChanged;
}

function bypassWord(search: Search, at: number): boolean {
  const { items } = search.best;
  const item = items[at]!;
  const parsed = parse(item.word);
  if (parsed === null || item.isKept) return false;
  const destination = destinationOf(parsed);
  if (destination <= 0) return false;

  for (const source of new Set([...sourcesOf(parsed), 0])) {
    if (source === destination) continue;
    const rest = readingFrom(items.slice(at + 1), destination, source);
    if (rest !== null && search.offerGone([...items.slice(0, at + 1), ...rest], at)) return true;
  }
  return false;
}

/** The words with every reading of one register replaced by another, up to where the first is written. */
function readingFrom(items: readonly Item[], from: number, to: number): Item[] | null {
  const result: Item[] = [];
  let isOver = false;
  for (const item of items) {
    const word = isOver
      ? item.word
      : renamed(item.word, (register, operand) =>
          register === from && !isDestination(operand) ? to : register,
        );
    if (word === null || (item.isKept && word !== item.word)) return null;
    result.push(word === item.word ? item : { ...item, word });
    const parsed = parse(item.word);
    if (parsed !== null && destinationOf(parsed) === from) isOver = true;
  }
  return result;
}
