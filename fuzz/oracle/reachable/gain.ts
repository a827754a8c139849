/** What a capability adds to a closure that does not contain it. */
import type { Capability } from "../../../model/contract.ts";
import { permissionText } from "../../finding/range.ts";
import { hexOf, isSealed, SENTRY } from "../exact/capability.ts";
import { hasSameAuthority, isWithinAuthority, maySeal } from "./authority.ts";
import type { Closure, Generator } from "./closure.ts";
import { rule } from "./rule.ts";
import { placeText, rangeText, spelt } from "./spelling.ts";

const GENERATORS_SHOWN = 4;

/** What is gained: range, permissions, otype; then what was reachable and comes closest. */
export function gainText(cap: Capability, closure: Closure): string[] {
  return [...gained(cap, closure), ...nearest(cap, closure)];
}

function gained(cap: Capability, { unsealed, sealed }: Closure): string[] {
  const lines = rangesBeyond(cap, unsealed).map(
    ([low, high]) => `gained the range ${rangeText(low, high)} with ${permissionText(cap.perms)}`,
  );
  const around = unsealed.filter((one) => one.cap.base <= cap.base && one.cap.top >= cap.top);
  const more = cap.perms & ~around.reduce((perms, one) => perms | one.cap.perms, 0n);
  if (around.length > 0 && more !== 0n) lines.push(`gained the permissions ${permissionText(more)}`);
  if (isSealed(cap)) {
    if (cap.otype !== SENTRY && !unsealed.some((one) => maySeal(one.cap, cap.otype))) {
      lines.push(`gained the seal of type ${hexOf(cap.otype)}: nothing reachable may seal with it`);
    }
  } else {
    const same = sealed.find((one) => hasSameAuthority(one.cap, cap));
    if (same !== undefined) lines.push(`gained it unsealed: ${spelt(same.cap)} was reachable`);
  }
  if (lines.length > 0) return lines;
  return [`gained ${rangeText(cap.base, cap.top)} by one capability, which was reachable only by several`];
}

/** The parts of a capability's range over which nothing unsealed that is reachable has all its permissions. */
function rangesBeyond(cap: Capability, unsealed: readonly Generator[]): [bigint, bigint][] {
  const beyond: [bigint, bigint][] = [];
  const covers = unsealed
    .map((one) => one.cap)
    .filter(({ perms }) => (cap.perms & ~perms) === 0n)
    .sort((one, other) => (one.base < other.base ? -1 : 1));
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
function howText({ rule: by, place, by: [sealed] }: Generator): string {
  if (by === rule.unseal) return ` by unsealing type ${hexOf(sealed!.cap.otype)}`;
  return place === null ? "" : ` in ${placeText(place)}`;
}
