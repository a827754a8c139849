/** What a capability adds to a closure that does not contain it. */
import type { Capability } from "../../../model/contract.ts";
import { permissionText } from "../../finding/range.ts";
import { isSealed, ORDINARY_MAX, SENTRY } from "../exact/capability.ts";
import { hasSameAuthority, isWithinAuthority, maySeal } from "./authority.ts";
import type { Closure, Generator } from "./closure.ts";
import { rule } from "./rule.ts";
import { placeText, rangeText, sealText, spelt } from "./spelling.ts";

const GENERATORS_SHOWN = 4;

/** What is gained: range, permissions, otype; then what was reachable and comes closest. */
export function gainText(cap: Capability, closure: Closure): string[] {
  return [...gained(cap, closure), ...nearest(cap, closure)];
}

function gained(cap: Capability, { unsealed, sealed }: Closure): string[] {
  const ranges = rangesBeyond(cap, unsealed);
  const lines = ranges.map(([low, high]) => `gained the range ${rangeText(low, high)}`);
  const around = unsealed.filter((one) => one.cap.base <= cap.base && one.cap.top >= cap.top);
  if (lines.length === 0 && around.length === 0) {
    lines.push(`gained one capability over ${rangeText(cap.base, cap.top)}, reachable in parts only`);
  }
  const allowed = around.reduce((perms, one) => perms | one.cap.perms, 0n);
  const more = cap.perms & ~allowed;
  if (more !== 0n) lines.push(`gained the permissions ${permissionText(more)}`);
  if (!isSealed(cap)) {
    const same = sealed.find((one) => hasSameAuthority(one.cap, cap));
    if (same !== undefined) lines.push(`gained it unsealed, reachable only${sealText(same.cap.otype)}`);
  } else if (
    cap.otype > ORDINARY_MAX ? cap.otype !== SENTRY : !unsealed.some((one) => maySeal(one.cap, cap.otype))
  ) {
    lines.push(`gained the seal${sealText(cap.otype)}: no reachable capability may seal with it`);
  }
  return lines.length > 0 ? lines : ["gained permissions together that were reachable only apart"];
}

/** The parts of a capability's range that no unsealed reachable one covers. */
function rangesBeyond(cap: Capability, unsealed: readonly Generator[]): [bigint, bigint][] {
  const beyond: [bigint, bigint][] = [];
  const covers = unsealed.map((one) => one.cap).sort((one, other) => (one.base < other.base ? -1 : 1));
  let from = cap.base;
  for (const { base, top } of covers) {
    if (from >= cap.top || base >= cap.top) break;
    if (base > from) beyond.push([from, base]);
    if (top > from) from = top;
  }
  if (from < cap.top) beyond.push([from, cap.top]);
  return beyond;
}

function nearest(cap: Capability, { unsealed, sealed }: Closure): string[] {
  const all = [...unsealed, ...sealed];
  if (all.length === 0) return ["nothing was reachable"];
  const ranked = all.map((one) => ({ one, score: likeness(cap, one.cap) })).sort((a, b) => b.score - a.score);
  return ranked.slice(0, GENERATORS_SHOWN).map(({ one }) => `reachable${howText(one)}: ${spelt(one.cap)}`);
}

function likeness(cap: Capability, other: Capability): number {
  return (
    (isWithinAuthority(cap, other) ? 8 : 0) +
    (other.base <= cap.base && other.top >= cap.top ? 4 : 0) +
    (other.base < cap.top && cap.base < other.top ? 2 : 0) +
    (cap.base === other.base ? 1 : 0)
  );
}

/** Where a generator is, or by what it was reached. */
function howText({ rule: by, place, by: from }: Generator): string {
  const at = place === null ? "" : ` in ${placeText(place)}`;
  if (by === rule.unseal) return ` by unsealing${sealText(from[0]!.cap.otype).replace(", sealed with", "")}`;
  return at;
}
