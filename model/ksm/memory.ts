/** Pages and frames: who maps what, and copies on write. */
import type { PageName } from "../ksm-contract.ts";
import type { Content } from "./content.ts";
import { type Frame, type FrameId, isBefore, isSamePage, type Page, type State, ZERO } from "./state.ts";

export function pageAt(state: State, name: PageName): Page | null {
  return state.pages.find((page) => isSamePage(page, name)) ?? null;
}

/** The pages that map a frame. KSM-3: these are all its references. */
export function mappingsOf(state: State, frame: FrameId): readonly Page[] {
  return state.pages.filter((page) => page.frame === frame);
}

export function frameAt(state: State, frame: FrameId): Frame {
  const found = state.frames.get(frame);
  if (found === undefined) throw new Error(`defect: frame ${frame} is gone`);
  return found;
}

export function contentOf(state: State, { frame }: Page): Content {
  return frameAt(state, frame).content;
}

export function isMerged(state: State, frame: FrameId): boolean {
  return state.stable.includes(frame);
}

/** Frames in use; the zero page is not one of them. */
export function framesUsed(state: State): number {
  return state.frames.size - 1;
}

export function withFrame(state: State, frame: FrameId, change: Partial<Frame>): State {
  return { ...state, frames: new Map(state.frames).set(frame, { ...frameAt(state, frame), ...change }) };
}

/** The page is there, with these fields, in the place of the one of its name. */
export function withPage(state: State, page: Page): State {
  const others = state.pages.filter((other) => !isSamePage(other, page));
  const at = others.findIndex((other) => isBefore(page, other));
  return { ...state, pages: others.toSpliced(at < 0 ? others.length : at, 0, page) };
}

/** A page with a frame of its own; null when no frame is free. */
export function withNewFrame(state: State, page: Omit<Page, "frame">, content: Content): State | null {
  if (framesUsed(state) >= state.world.frames) return null;
  const frame = state.frameNext;
  const frames = new Map(state.frames).set(frame, { content, isProtected: false, pins: 0 });
  return tidy(withPage({ ...state, frames, frameNext: frame + 1 }, { ...page, frame }));
}

/** Frames that nobody maps are gone, and so are hints at pages that the scanner has no record of. */
export function tidy(state: State): State {
  const mapped = new Set(state.pages.map(({ frame }) => frame)).add(ZERO);
  return {
    ...state,
    frames: new Map([...state.frames].filter(([frame]) => mapped.has(frame))),
    stable: state.stable.filter((frame) => mapped.has(frame)),
    unstable: state.unstable.filter((hint) => pageAt(state, hint)?.record?.place === "unstable"),
  };
}

/** Whether the page is merged, or the zero page. */
export function isShared(state: State, { frame }: Page): boolean {
  return frame === ZERO || isMerged(state, frame);
}

/** A state, and how many pages were copied on the way to it. */
export interface Cost {
  readonly state: State;
  readonly copied: number;
}

/**
 * KSM-2: a page that may be stored to, because nobody else sees it. Null when a copy is needed and no frame
 * is free
 * (KSM-14). A page that leaves a merged frame starts afresh.
 */
export function owned(state: State, page: Page): Cost | null {
  const isBreak = isShared(state, page);
  const mustCopy =
    isBreak || frameAt(state, page.frame).isProtected || mappingsOf(state, page.frame).length > 1;
  if (!mustCopy) return { state, copied: 0 };
  const record = isBreak && page.record !== null ? { place: "none" as const, sum: null } : page.record;
  const after = withNewFrame(state, { ...page, record }, contentOf(state, page));
  return after === null ? null : { state: { ...after, breaks: after.breaks + (isBreak ? 1 : 0) }, copied: 1 };
}

/** Copies of those of these pages that `isMeant`, one after the other; null when frames run out. */
export function allOwned(
  state: State,
  names: readonly PageName[],
  isMeant: (state: State, page: Page) => boolean,
): Cost | null {
  let [now, copied] = [state, 0];
  for (const name of names) {
    const page = pageAt(now, name);
    if (page === null || !isMeant(now, page)) continue;
    const own = owned(now, page);
    if (own === null) return null;
    now = own.state;
    copied += own.copied;
  }
  return { state: now, copied };
}
