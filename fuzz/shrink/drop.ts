import { NARROW_NOP, NOP } from "./cost.ts";
import { type Item, withItems } from "./draft.ts";
import type { Search } from "./search.ts";

/** Cuts what comes after the failure: halves the tail as long as the rest still fails. */
export function cutTail(search: Search): void {
  let low = 0;
  while (low < search.best.items.length - 1 && !search.isExhausted()) {
    const middle = (low + search.best.items.length) >>> 1;
    if (!offerWithout(search, middle, search.best.items.length - middle)) low = middle;
  }
}

/**
 * Drops pieces, the largest first, then single words until none can go: delta debugging. In a program that is
 * fetched a dropped piece would move what is behind it, so that it is made of no-operations before it goes.
 */
export function dropPieces(search: Search): void {
  for (let size = search.best.items.length >>> 1; size >= 1; size >>>= 1) {
    while (dropOfSize(search, size) && size === 1);
  }
}

/** One pass over the program from its end, so that a piece goes before what it needed. */
function dropOfSize(search: Search, size: number): boolean {
  let isChanged = false;
  for (let from = search.best.items.length - size; from > -size; from -= size) {
    const start = Math.max(0, from);
    const count = Math.min(size, search.best.items.length - start);
    if (count <= 0) continue;
    if (offerWithout(search, start, count) || offerIdle(search, start, count)) isChanged = true;
  }
  return isChanged;
}

/** Drops two words that only fail to fail together: a switch and its undoing, a push and its pop. */
export function dropPairs(search: Search, lengthMax: number): boolean {
  if (search.best.items.length > lengthMax) return false;
  let isChanged = false;
  for (let late = search.best.items.length - 1; late > 0; late--) {
    for (let early = late - 1; early >= 0 && late < search.best.items.length; early--) {
      const items = search.best.items.filter((item, at) => item.isKept || (at !== early && at !== late));
      if (search.offer(withItems(search.best, items))) isChanged = true;
    }
  }
  return isChanged;
}

function offerWithout(search: Search, from: number, count: number): boolean {
  const { best } = search;
  const kept = best.items.slice(from, from + count).filter(({ isKept }) => isKept);
  const dropped = withItems(best, [...best.items.slice(0, from), ...kept, ...best.items.slice(from + count)]);
  return search.offer(dropped);
}

function offerIdle(search: Search, from: number, count: number): boolean {
  const { best } = search;
  if (best.fetch === "injected") return false;
  const idle = (item: Item): Item =>
    item.isKept ? item : { word: (item.word & 3) === 3 ? NOP : NARROW_NOP, marks: [], isKept: false };
  const items = best.items.map((item, at) => (at >= from && at < from + count ? idle(item) : item));
  return search.offer(withItems(best, items));
}
