/** Where parts of cVMs lie: exact, apart, one in the other. */
import type { SystemView } from "../../../model/system-contract.ts";
import { rangeText } from "./allowed.ts";
import type { Range } from "./declared.ts";
import type { Docket } from "./docket.ts";
import { isExactRange } from "./exactness.ts";
import { stateRules as rules } from "./state-rules.ts";

const PAGE = 4096;

export function checkRanges({ cvms }: SystemView, docket: Docket): void {
  const parts = cvms.map((view) => {
    const code = { base: Number(view.base), size: view.codeSize };
    const data = { base: Number(view.dataBase), size: view.size - view.codeSize };
    return { view, code, data, isInner: data.base !== code.base + code.size };
  });
  for (const one of parts) {
    const isExact = isExactRange(one.code) && isExactRange(one.data);
    const clash = parts.find((other) => other !== one && areTooClose(one, other));
    if (isExact && clash === undefined) docket.holds(rules.ranges);
    else {
      const why = clash === undefined ? "cannot be covered exactly" : `are too close to ${clash.view.name}`;
      docket.broken(
        rules.ranges,
        `${one.view.name}: ${rangeText(one.code)} and ${rangeText(one.data)} ${why}`,
      );
    }
  }
}

type Parts = { readonly code: Range; readonly data: Range; readonly isInner: boolean };

/**
 * Code parts are apart from each other by a guard, and outer data parts from everything; an inner one lies within an outer
 * one, maybe at its start, beside which there is code.
 */
function areTooClose(one: Parts, other: Parts): boolean {
  const guardOf = ({ isInner }: Parts) => (isInner ? 0 : PAGE);
  if (touch(one.code, other.code, PAGE)) return true;
  if (touch(one.code, other.data, guardOf(other)) || touch(one.data, other.code, guardOf(one))) return true;
  if (!touch(one.data, other.data, 0)) {
    return !one.isInner && !other.isInner && touch(one.data, other.data, PAGE);
  }
  return !((one.isInner && within(one.data, other.data)) || (other.isInner && within(other.data, one.data)));
}

function touch(one: Range, other: Range, guard: number): boolean {
  return one.base < other.base + other.size + guard && other.base < one.base + one.size + guard;
}

function within(inner: Range, outer: Range): boolean {
  return inner.base >= outer.base && inner.base + inner.size <= outer.base + outer.size;
}
