/** What is left to merge when nobody stores any more. */
import type { KsmMachine, KsmView, PageView } from "../../model/ksm-contract.ts";
import { nameText } from "./shadow.ts";

/** Passes after which a page that nobody stores to is as good as merged, beyond the one under way. */
const PASSES = 3;

/** The machine scans on with no one in between: what is seen in the end. */
export function quieted(machine: KsmMachine): KsmView {
  machine.apply({ do: "run", run: 1 });
  machine.apply({ do: "scan", unit: "pass", count: 1 + PASSES });
  return machine.view();
}

/**
 * Frames of the ideal, where pages are merged that are equal, mergeable and not pinned: for each content one
 * for each
 * `maxSharing` of them, and none for zeros that may be the zero page. All other pages have one each.
 */
export function idealFrames(view: KsmView): number {
  const { maxSharing } = view.knobs;
  const sizes = [...contents(view).values()].map((pages) => pages.length);
  const merged = sizes.reduce((sum, count) => sum + Math.ceil(count / maxSharing), 0);
  const others = view.pages.filter((page) => !isOffered(view, page)).map(({ frame }) => frame);
  return merged + new Set(others).size;
}

/**
 * Pages that should be merged by now, where no space ever forked: of equal content with another, or with
 * room.
 */
export function unmerged(view: KsmView, nodes: number): readonly string[] {
  const groups = new Map<string, PageView[]>();
  for (const page of view.pages) {
    if (isOffered(view, page))
      groups.set(keyOf(view, page), [...(groups.get(keyOf(view, page)) ?? []), page]);
  }
  return [...groups.values()].flatMap((pages) => {
    const left = pages.filter(({ frame }) => view.frames[frame]!.kind === "private");
    const hasRoom = pages.some(({ frame }) => {
      const { kind, refs } = view.frames[frame]!;
      return kind === "merged" && refs < view.knobs.maxSharing;
    });
    const isPair = left.length > 1 && view.counters.shared < nodes;
    return hasRoom || isPair || (left.length > 0 && isZero(view, left[0]!)) ? left.map(nameText) : [];
  });
}

function contents(view: KsmView): Map<string, PageView[]> {
  const found = new Map<string, PageView[]>();
  for (const page of view.pages) {
    if (!isOffered(view, page) || isZero(view, page)) continue;
    const key = keyOf(view, page);
    found.set(key, [...(found.get(key) ?? []), page]);
  }
  return found;
}

function isOffered(view: KsmView, { isMergeable, frame }: PageView): boolean {
  return isMergeable && view.frames[frame]!.pins === 0;
}

function isZero(view: KsmView, { frame }: PageView): boolean {
  const { bytes, tags } = view.frames[frame]!;
  return view.knobs.zeroPages && /^0*$/.test(bytes + tags);
}

function keyOf(view: KsmView, { space, frame }: PageView): string {
  const { bytes, tags } = view.frames[frame]!;
  const tenant = view.spaces.find((living) => living.space === space)?.tenant;
  return `${view.knobs.acrossTenants ? "all" : tenant} ${bytes} ${tags}`;
}
