import type { Mark, Program } from "../../model/contract.ts";
import { costOf } from "./cost.ts";

/** A word and the marks that travel with it. */
export interface Item {
  readonly word: number;
  readonly marks: readonly Omit<Mark, "at">[];
  /** Marked to stay: neither dropped nor changed. */
  readonly isKept: boolean;
}

/** A program on its way to becoming small. */
export interface Draft {
  readonly items: readonly Item[];
  readonly fetch: Program["fetch"];
  readonly budgetSteps: number;
}

export function draftOf(program: Program): Draft {
  const items = program.words.map((word, index) => {
    const marks = program.marks.filter(({ at }) => at === index).map(({ at: _, ...mark }) => mark);
    return { word, marks, isKept: marks.some(({ kind }) => kind === "keep") };
  });
  return { items, fetch: program.fetch, budgetSteps: program.budgetSteps };
}

/** The program of a draft; everything that a draft does not hold is that of the original. */
export function programOf(original: Program, { items, fetch, budgetSteps }: Draft): Program {
  return {
    ...original,
    fetch,
    words: items.map(({ word }) => word),
    budgetSteps: fetch === "injected" ? items.length : budgetSteps,
    marks: items.flatMap(({ marks }, at) => marks.map((mark) => ({ ...mark, at }))),
  };
}

export function withItems(draft: Draft, items: readonly Item[]): Draft {
  return { ...draft, items };
}

/**
 * Whether one draft is simpler than another: it fetches less, has fewer words, or simpler ones, or fewer
 * steps.
 */
export function isSimpler(one: Draft, other: Draft): boolean {
  if (one.fetch !== other.fetch) return one.fetch === "injected";
  if (one.items.length !== other.items.length) return one.items.length < other.items.length;
  const cost = totalCost(one) - totalCost(other);
  return cost === 0 ? one.fetch === "memory" && one.budgetSteps < other.budgetSteps : cost < 0;
}

function totalCost({ items }: Draft): number {
  let cost = 0;
  for (const { word } of items) cost += costOf(word);
  return cost;
}

/** Tells drafts of one program apart: 64 bits of hash, so that many can be remembered. */
export function keyOf({ items, fetch, budgetSteps }: Draft): string {
  let one = fetch === "injected" ? 1 : budgetSteps | 0;
  let two = items.length;
  for (const { word } of items) {
    one = Math.imul(one ^ word, 0x01000193);
    two = Math.imul(two + word, 0x85ebca6b) ^ (two >>> 13);
  }
  return `${one} ${two} ${items.length}`;
}
