import type { Search } from "./search.ts";

/**
 * Injects the words that a program fetched, one by one, if it fails then too: its layout in memory and its
 * loops do not matter.
 */
export function inject(search: Search): void {
  const { best } = search;
  if (best.fetch === "injected" || best.items.some(({ isKept }) => isKept)) return;
  const items = search.events().map(({ word }) => ({ word, marks: [], isKept: false }));
  search.offer({ items, fetch: "injected", budgetSteps: items.length });
}

/** Gives a program that is fetched fewer steps: halves as long as it still fails, then one by one. */
export function shortenRun(search: Search): void {
  if (search.best.fetch === "injected") return;
  let low = 0;
  while (low < search.best.budgetSteps - 1 && !search.isExhausted()) {
    const middle = (low + search.best.budgetSteps) >>> 1;
    if (!search.offer({ ...search.best, budgetSteps: middle })) low = middle;
  }
}
