/**
 * The scanner: one micro-step after the other, each a function of the state alone but for what may be chosen.
 */
import type { PageName, Phase, ScanEvent } from "../ksm-contract.ts";
import { keyOf, zeros } from "./content.ts";
import { givenUp } from "./knobs.ts";
import { contentOf, frameAt, isShared, mappingsOf, pageAt, tidy, withFrame, withPage } from "./memory.ts";
import {
  type FrameId,
  type Hint,
  isBefore,
  isSamePage,
  type Page,
  type State,
  type Target,
  type UnderWay,
  ZERO,
} from "./state.ts";

export interface Step {
  readonly state: State;
  readonly event: ScanEvent;
}

/**
 * The next micro-step. `theirs` is what another machine reports of it: where there is a choice and it may be
 * made so,
 * it is made so.
 */
export function scanStep(state: State, theirs: ScanEvent | null): Step {
  const { underWay } = state;
  if (underWay === null) return pickStep(state);
  const page = standing(state, underWay.page);
  if (page === null || !stands(state, underWay, page)) return giveUp(state, underWay.phase);
  switch (underWay.phase) {
    case "stable":
      return stableStep(state, page);
    case "checksum":
      return checksumStep(state, page, theirs);
    case "unstable":
      return unstableStep(state, page, theirs);
    case "protect":
      return protectStep(state, page, underWay);
    case "compare":
      return compareStep(state, page, underWay);
    case "replace":
      return replaceStep(state, page, underWay);
  }
}

function pickStep(state: State): Step {
  const { cursor } = state;
  // KSM-4: nothing else is ever looked at.
  const pages = state.pages.filter(({ isMergeable }) => isMergeable);
  const page = pages.find((one) => cursor === null || isBefore(cursor, one));
  if (state.run !== 1 || (page === undefined && cursor === null)) return { state, event: { step: "idle" } };
  if (page === undefined) {
    const after = { ...state, cursor: null, unstable: [], fullScans: state.fullScans + 1 };
    return { state: after, event: { step: "pass" } };
  }

  const name = nameOf(page);
  const isMerged = isShared(state, page);
  const record = isMerged ? page.record : { place: "none" as const, sum: page.record?.sum ?? null };
  const picked = withPage({ ...state, cursor: name, scanned: state.scanned + 1 }, { ...page, record });
  const event = { step: "pick", ...name, isMerged } as const;
  return isMerged ? { state: picked, event } : { state: onward(picked, page, "stable"), event };
}

/** KSM-8: a full frame is not found. */
function stableStep(state: State, page: Page): Step {
  const frame = state.stable.find(
    (one) =>
      groupOf(state, mappingsOf(state, one)[0]!) === groupOf(state, page) &&
      hasRoom(state, one) &&
      keyOf(frameAt(state, one).content) === keyOf(contentOf(state, page)),
  );
  const event = { step: "stable", isFound: frame !== undefined } as const;
  if (frame === undefined) return { state: onward(state, page, "checksum"), event };
  return { state: onward(state, page, "protect", { kind: "merged", frame }), event };
}

/** KSM-6: what changed since the last visit, or was never visited, goes no further. */
function checksumStep(state: State, page: Page, theirs: ScanEvent | null): Step {
  const sum = keyOf(contentOf(state, page));
  const isSettled = page.record!.sum === sum || (mayCollide(state, page) && isSettledBy(theirs));
  const noted = withPage(state, { ...page, record: { place: "none", sum } });
  const event = { step: "checksum", isSettled } as const;
  if (!isSettled) return { state: done(noted), event };
  const isZero = state.knobs.zeroPages && sum === keyOf(zeros(state.world.pageSize));
  return {
    state: isZero ? onward(noted, page, "protect", { kind: "zero" }) : onward(noted, page, "unstable"),
    event,
  };
}

function mayCollide(state: State, page: Page): boolean {
  return state.world.checksumBits < 32 && page.record!.sum !== null;
}

function isSettledBy(theirs: ScanEvent | null): boolean {
  return theirs?.step === "checksum" && theirs.isSettled;
}

/**
 * KSM-9: a hint is only where to look; while some are stale, any page may be found or missed that is equal
 * now.
 */
function unstableStep(state: State, page: Page, theirs: ScanEvent | null): Step {
  // KSM-5: a pinned page would be found by all its equals, and none of them could merge.
  if (frameAt(state, page.frame).pins > 0) return giveUp(state, "unstable");
  const key = keyOf(contentOf(state, page));
  const tree = state.unstable.filter((hint) => hint.group === groupOf(state, page));
  const keyNow = (hint: Hint) => keyOf(contentOf(state, pageAt(state, hint)!));
  const equal = tree.filter((hint) => keyNow(hint) === key);
  const isStale = tree.some((hint) => keyNow(hint) !== hint.key);

  const own = equal.find((hint) => hint.key === key) ?? null;
  const wanted = theirs?.step === "unstable" ? theirs : null;
  const said = wanted === null || wanted.result === "inserted" ? null : wanted.found;
  const chosen = said === null ? null : (equal.find((hint) => isSamePage(hint, said)) ?? null);
  const hint = isStale && wanted !== null ? chosen : own;

  if (hint === null) {
    const placed = withPage(state, { ...page, record: { ...page.record!, place: "unstable" } });
    const unstable = [...state.unstable, { ...nameOf(page), group: groupOf(state, page), key }];
    return { state: done({ ...placed, unstable }), event: { step: "unstable", result: "inserted" } };
  }
  const found = nameOf(hint);
  if (pageAt(state, hint)!.frame === page.frame) {
    return { state: done(state), event: { step: "unstable", result: "same", found } };
  }
  const after = onward(state, page, "protect", { kind: "pair", partner: found });
  return { state: after, event: { step: "unstable", result: "found", found } };
}

function protectStep(state: State, page: Page, { target }: UnderWay): Step {
  const partner = target?.kind === "pair" ? [pageAt(state, target.partner)!] : [];
  const held = [page, ...partner].map(({ frame }) => frame);
  if (held.some((frame) => frameAt(state, frame).pins > 0)) return giveUp(state, "protect");
  const after = held.reduce((now, frame) => withFrame(now, frame, { isProtected: true }), state);
  const underWay = { page: nameOf(page), phase: "compare", target, protected: held } as const;
  return { state: { ...after, underWay }, event: { step: "protect" } };
}

/** KSM-1: pages may have changed since they were found equal; from now on they can only change by a copy. */
function compareStep(state: State, page: Page, underWay: UnderWay): Step {
  const other = frameAt(state, frameOf(state, underWay.target!));
  if (keyOf(other.content) !== keyOf(contentOf(state, page))) return giveUp(state, "compare");
  return { state: { ...state, underWay: { ...underWay, phase: "replace" } }, event: { step: "compare" } };
}

function replaceStep(state: State, page: Page, underWay: UnderWay): Step {
  const target = underWay.target!;
  const merged =
    target.kind === "pair" ? pairMerged(state, page, target.partner) : joined(state, page, target);
  if (merged === null) return giveUp(state, "replace");
  return { state: tidy(done({ ...merged, merges: merged.merges + 1 })), event: { step: "replace" } };
}

function joined(state: State, page: Page, target: Target): State | null {
  const frame = frameOf(state, target);
  const isZero = target.kind === "zero";
  if (!isZero && !hasRoom(state, frame)) return null;
  return withPage(state, { ...page, frame, record: { place: isZero ? "zero" : "stable", sum: null } });
}

/** The frame of a page becomes merged, with all its mappings, and one of another page's is added. */
function pairMerged(state: State, page: Page, partner: PageName): State | null {
  const { frame } = page;
  const isAllowed = mappingsOf(state, frame).every(({ isMergeable }) => isMergeable);
  if (!isAllowed || !hasRoom(state, frame) || state.stable.length >= state.world.nodes) return null;
  const moved = withPage(state, { ...pageAt(state, partner)!, frame });
  const record = { place: "stable", sum: null } as const;
  const pages = moved.pages.map((one) => (one.frame === frame ? { ...one, record } : one));
  return { ...moved, pages, stable: [...state.stable, frame] };
}

/** Whether what the page under way needs is still there. */
function stands(state: State, { target, protected: held }: UnderWay, page: Page): boolean {
  const partner = target?.kind === "pair" ? standing(state, target.partner) : null;
  if (target?.kind === "pair" && partner === null) return false;
  if (target?.kind === "merged" && !state.stable.includes(target.frame)) return false;
  const [mine = page.frame, its = partner?.frame] = held;
  return page.frame === mine && partner?.frame === its;
}

/** A page that the scanner has a record of. */
function standing(state: State, name: PageName): Page | null {
  const page = pageAt(state, name);
  return page?.record == null ? null : page;
}

function hasRoom(state: State, frame: FrameId): boolean {
  return mappingsOf(state, frame).length < state.knobs.maxSharing;
}

function frameOf(state: State, target: Target): FrameId {
  if (target.kind === "merged") return target.frame;
  return target.kind === "zero" ? ZERO : pageAt(state, target.partner)!.frame;
}

/** KSM-13: pages are only compared with others of their group. */
function groupOf(state: State, { space }: PageName): number {
  return state.knobs.acrossTenants ? 0 : state.spaces.find((living) => living.space === space)!.tenant;
}

function nameOf({ space, page }: PageName): PageName {
  return { space, page };
}

function onward(state: State, page: PageName, phase: Phase, target: Target | null = null): State {
  return { ...state, underWay: { page: nameOf(page), phase, target, protected: [] } };
}

/** What was protected is so no more; a frame that has become merged is protected by that. */
function done(state: State): State {
  return givenUp(state);
}

function giveUp(state: State, during: Phase): Step {
  return { state: givenUp(state), event: { step: "give-up", during } };
}
