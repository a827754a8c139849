import type { Counters, FrameView, KsmView, Place } from "../ksm-contract.ts";
import { keyOf } from "./content.ts";
import { frameAt, framesUsed, isMerged, mappingsOf } from "./memory.ts";
import { type FrameId, type State, ZERO } from "./state.ts";

/** All that can be seen of a state. */
export function viewOf(state: State): KsmView {
  const order = [...new Set(state.pages.map(({ frame }) => frame))];
  return {
    spaces: state.spaces,
    pages: state.pages.map(({ space, page, frame, isMergeable, record }) => ({
      space,
      page,
      frame: order.indexOf(frame),
      isMergeable,
      place: record?.place ?? null,
    })),
    frames: order.map((frame) => frameView(state, frame)),
    framesUsed: framesUsed(state),
    counters: countersOf(state),
    knobs: state.knobs,
    run: state.run,
  };
}

/** KSM-3: a merged frame is protected. */
function frameView(state: State, frame: FrameId): FrameView {
  const { content, isProtected, pins } = frameAt(state, frame);
  const kind = frame === ZERO ? "zero" : isMerged(state, frame) ? "merged" : "private";
  const refs = frame === ZERO ? 0 : mappingsOf(state, frame).length;
  return { kind, refs, pins, isProtected: isProtected || kind === "merged", ...content };
}

/** KSM-7: every counter of what is there now is a count of it. */
function countersOf(state: State): Counters {
  const { stable, pages, fullScans, scanned, merges, breaks } = state;
  const mappings = stable.reduce((sum, frame) => sum + mappingsOf(state, frame).length, 0);
  const inPlace = (place: Place) => pages.filter(({ record }) => record?.place === place).length;
  const chains = new Map<string, number>();
  for (const frame of stable) {
    const key = `${ownerOf(state, frame)} ${keyOf(frameAt(state, frame).content)}`;
    chains.set(key, (chains.get(key) ?? 0) + 1);
  }
  const dups = [...chains.values()].filter((count) => count > 1);
  return {
    shared: stable.length,
    sharing: mappings - stable.length,
    unshared: inPlace("unstable"),
    volatile: inPlace("none"),
    zeroPages: inPlace("zero"),
    records: pages.filter(({ record }) => record !== null).length,
    chains: dups.length,
    dups: dups.reduce((sum, count) => sum + count, 0),
    fullScans,
    scanned,
    merges,
    breaks,
  };
}

/** Whose a merged frame is, where tenants are kept apart. */
function ownerOf(state: State, frame: FrameId): number {
  const [first] = mappingsOf(state, frame);
  return state.knobs.acrossTenants ? -1 : state.spaces.find(({ space }) => space === first!.space)!.tenant;
}
