import type { Counters, KsmOp, KsmView, PageView, Place } from "../../model/ksm-contract.ts";

/**
 * KSM-7: counters are counts of what is there, add up, never fall if they count from the start, and end at
 * zero.
 */
export function countersBroken(
  before: KsmView,
  op: KsmOp,
  after: KsmView,
): { rule: string; text: string } | null {
  const { counters, framesUsed, frames } = after;
  const expect = counted(after);
  for (const [name, value] of Object.entries(expect)) {
    const actual = counters[name as keyof typeof expect];
    if (actual !== value) return { rule: "KSM-7", text: `${name} is ${actual}, not ${value}` };
  }
  const { unshared, volatile, sharing, shared, records } = counters;
  if (unshared + volatile + sharing + shared > records)
    return { rule: "KSM-7", text: "more pages than records" };
  if (framesUsed !== frames.filter(({ kind }) => kind !== "zero").length) {
    return { rule: "KSM-7", text: `${framesUsed} frames are in use, and not as many are mapped` };
  }
  const fallen = (["fullScans", "scanned", "merges", "breaks"] as const).find(
    (name) => counters[name] < before.counters[name],
  );
  if (fallen !== undefined) return { rule: "KSM-7", text: `${fallen} fell` };
  const isCleared = op.do !== "run" || op.run !== 2 || after.run !== 2 || records === 0;
  return isCleared ? null : { rule: "KSM-7", text: "there are records, and nothing may be merged" };
}

function counted(view: KsmView): Omit<Counters, "fullScans" | "scanned" | "merges" | "breaks"> {
  const { pages, frames } = view;
  const merged = new Map<number, PageView[]>();
  for (const page of pages) {
    if (frames[page.frame]!.kind === "merged")
      merged.set(page.frame, [...(merged.get(page.frame) ?? []), page]);
  }
  const mappings = [...merged.values()].flat();
  const inPlace = (place: Place) => pages.filter((page) => page.place === place).length;
  const dups = [...chainsOf(view, merged).values()].filter((count) => count > 1);
  return {
    shared: merged.size,
    sharing: mappings.length - merged.size,
    unshared: inPlace("unstable"),
    volatile: inPlace("none"),
    zeroPages: pages.filter(({ frame }) => frames[frame]!.kind === "zero").length,
    records: pages.filter(({ place }) => place !== null).length,
    chains: dups.length,
    dups: dups.reduce((sum, count) => sum + count, 0),
  };
}

/** How many merged frames have each content, of each tenant if they are kept apart. */
function chainsOf(view: KsmView, merged: ReadonlyMap<number, readonly PageView[]>): Map<string, number> {
  const chains = new Map<string, number>();
  for (const [number, [first]] of merged) {
    const { bytes, tags } = view.frames[number]!;
    const tenant = view.spaces.find(({ space }) => space === first!.space)?.tenant;
    const key = `${view.knobs.acrossTenants ? "all" : tenant} ${bytes} ${tags}`;
    chains.set(key, (chains.get(key) ?? 0) + 1);
  }
  return chains;
}
