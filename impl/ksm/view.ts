import type { Counters, FrameView, KsmView, PageView, Place } from "../../model/ksm-contract.ts";
import { type Memory, NONE, ZERO_FRAME } from "./memory.ts";
import { PLACE, type Records } from "./records.ts";
import type { Scanner } from "./scanner.ts";
import type { StableTree } from "./stable.ts";

const PLACES: readonly (Place | null)[] = [null, "none", "unstable", "stable", "zero"];

/** The pages that are there, and the frames that they map. */
export function pagesView(
  memory: Memory,
  records: Records,
  pages: number,
): Pick<KsmView, "pages" | "frames"> {
  const numbers = new Map<number, number>();
  const views: PageView[] = [];
  for (const [slot, frame] of memory.frameOf.entries()) {
    if (frame === NONE) continue;
    if (!numbers.has(frame)) numbers.set(frame, numbers.size);
    views.push({
      space: Math.floor(slot / pages),
      page: slot % pages,
      frame: numbers.get(frame)!,
      isMergeable: memory.mergeable[slot] === 1,
      place: PLACES[records.place[slot]!]!,
    });
  }
  return { pages: views, frames: [...numbers.keys()].map((frame) => frameView(memory, frame)) };
}

function frameView(memory: Memory, frame: number): FrameView {
  const { pageSize, granules, tagWordsPerPage } = memory;
  const isMerged = memory.merged[frame] === 1;
  const kind = frame === ZERO_FRAME ? "zero" : isMerged ? "merged" : "private";
  const bytes = memory.bytes.subarray(frame * pageSize, (frame + 1) * pageSize);
  const tags = memory.tags.subarray(4 * frame * tagWordsPerPage).subarray(0, granules);
  return {
    kind,
    refs: memory.refs[frame]!,
    pins: memory.pins[frame]!,
    isProtected: kind !== "private" || memory.guarded[frame] === 1,
    bytes: Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    tags: tags.join(""),
  };
}

export function countersOf(
  memory: Memory,
  records: Records,
  stable: StableTree,
  { fullScans, scanned, merges }: Scanner,
): Counters {
  const { counts } = records;
  return {
    shared: stable.shared,
    sharing: counts[PLACE.stable]! - stable.shared,
    unshared: counts[PLACE.unstable]!,
    volatile: counts[PLACE.none]!,
    zeroPages: counts[PLACE.zero]!,
    records: records.known(),
    chains: stable.chains,
    dups: stable.dups,
    fullScans,
    scanned,
    merges,
    breaks: memory.breaks,
  };
}
