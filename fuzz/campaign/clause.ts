import type { ClauseCount } from "../oracle/judge.ts";

/** What was counted between two moments. */
export function since(before: readonly ClauseCount[], after: readonly ClauseCount[]): ClauseCount[] {
  return merged(after, before, -1);
}

/** Both counts together; they are of the same rules. */
export function together(some: readonly ClauseCount[], more: readonly ClauseCount[]): ClauseCount[] {
  return merged(some, more, 1);
}

function merged(some: readonly ClauseCount[], others: readonly ClauseCount[], sign: 1 | -1): ClauseCount[] {
  return some.map((one, at) => {
    const other = others[at]!;
    return {
      ...one,
      held: one.held + sign * other.held,
      broken: one.broken + sign * other.broken,
      vacuous: one.vacuous + sign * other.vacuous,
    };
  });
}
