/** Where objects and states of clients lie: the lowest place in the area for them, with a page behind that stays free. */
import { GUARD, granuleOf, OBJECTS_BASE, OBJECTS_TOP, PAGE } from "../intravisor/layout.ts";

/** Bytes of a range; the size is a multiple of PAGE. */
export interface Place {
  readonly base: number;
  readonly size: number;
}

export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** The lowest aligned place for so many bytes, rounded up to pages; null if there is none. */
export function placeIn(taken: readonly Place[], bytes: number): Place | null {
  const size = roundUp(bytes, PAGE);
  const align = Math.max(PAGE, granuleOf(size));
  const sorted = [...taken].sort((one, other) => one.base - other.base);
  let base = roundUp(OBJECTS_BASE, align);
  for (const other of sorted) {
    if (base + size + GUARD <= other.base) break;
    base = Math.max(base, roundUp(other.base + other.size + GUARD, align));
  }
  return base + size + GUARD <= OBJECTS_TOP ? { base, size } : null;
}
