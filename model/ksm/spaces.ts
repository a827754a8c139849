/**
 * What address spaces do with their pages. Each rule gives the next state and its cost, or an error: nothing
 * happened.
 */
import type { ErrorCode, PageName } from "../ksm-contract.ts";
import { type Content, zeros } from "./content.ts";
import {
  allOwned,
  type Cost,
  contentOf,
  frameAt,
  isShared,
  owned,
  pageAt,
  tidy,
  withFrame,
  withNewFrame,
  withPage,
} from "./memory.ts";
import type { Page, Space, State } from "./state.ts";

export type Result = Cost | ErrorCode;

/** Pages of a space. */
export interface Range {
  readonly space: number;
  readonly first: number;
  readonly count: number;
}

export function namesIn({ space, first, count }: Range): readonly PageName[] {
  return Array.from({ length: count }, (_, at) => ({ space, page: first + at }));
}

export function isLiving(state: State, space: number): boolean {
  return state.spaces.some((living) => living.space === space);
}

export function create(state: State, space: number, tenant: number): Result {
  return isLiving(state, space) ? "EEXIST" : free(withSpace(state, { space, tenant }));
}

export function exit(state: State, space: number): Result {
  const spaces = state.spaces.filter((living) => living.space !== space);
  return free(without(state, (page) => page.space === space, spaces));
}

/** A child with the pages of its parent; a pinned frame stays with the parent alone. */
export function fork(state: State, parent: number, child: number): Result {
  if (isLiving(state, child)) return "EEXIST";
  const { tenant } = state.spaces.find(({ space }) => space === parent)!;
  let [now, copied] = [withSpace(state, { space: child, tenant }), 0];
  for (const page of state.pages.filter(({ space }) => space === parent)) {
    const record = isShared(state, page) ? page.record : null;
    const its: Page = { ...page, space: child, record };
    const isPinned = frameAt(state, page.frame).pins > 0;
    const after = isPinned ? withNewFrame(now, its, contentOf(state, page)) : withPage(now, its);
    if (after === null) return "ENOMEM";
    now = after;
    copied += isPinned ? 1 : 0;
  }
  return { state: now, copied };
}

export function map(state: State, range: Range): Result {
  const names = namesIn(range);
  if (names.some((name) => pageAt(state, name) !== null)) return "EEXIST";
  let now = state;
  for (const name of names) {
    const page = { ...name, isMergeable: false, record: null };
    const after = withNewFrame(now, page, zeros(state.world.pageSize));
    if (after === null) return "ENOMEM";
    now = after;
  }
  return free(now);
}

export function unmap(state: State, range: Range): Result {
  const isIn = (page: Page) => isInRange(page, range);
  if (state.pages.some((page) => isIn(page) && frameAt(state, page.frame).pins > 0)) return "EBUSY";
  return free(without(state, isIn, state.spaces));
}

/**
 * A store of a space copies what it does not have alone; that of a device goes to the frame that it has
 * pinned.
 */
export function store(
  state: State,
  name: PageName,
  by: "space" | "device",
  change: (content: Content) => Content,
): Result {
  const page = pageAt(state, name);
  if (page === null) return "EFAULT";
  if (by === "device" && frameAt(state, page.frame).pins === 0) return "EINVAL";
  const own = by === "device" ? { state, copied: 0 } : owned(state, page);
  if (own === null) return "ENOMEM";
  const { frame } = pageAt(own.state, name)!;
  const content = change(frameAt(own.state, frame).content);
  return { ...own, state: withFrame(own.state, frame, { content }) };
}

export function pin(state: State, name: PageName): Result {
  const page = pageAt(state, name);
  if (page === null) return "EFAULT";
  const own = owned(state, page);
  if (own === null) return "ENOMEM";
  const { frame } = pageAt(own.state, name)!;
  return { ...own, state: withFrame(own.state, frame, { pins: frameAt(own.state, frame).pins + 1 }) };
}

export function unpin(state: State, name: PageName): Result {
  const page = pageAt(state, name);
  if (page === null) return "EFAULT";
  const { pins } = frameAt(state, page.frame);
  return pins === 0 ? "EINVAL" : free(withFrame(state, page.frame, { pins: pins - 1 }));
}

/** KSM-4: what is not mergeable is not merged, from the moment on that it is said so. */
export function advise(state: State, range: Range, isMergeable: boolean): Result {
  const names = namesIn(range);
  if (names.some((name) => pageAt(state, name) === null)) return "ENOMEM";
  const own = isMergeable ? { state, copied: 0 } : allOwned(state, names, isShared);
  if (own === null) return "ENOMEM";
  const pages = own.state.pages.map((page) =>
    isInRange(page, range) ? { ...page, isMergeable, record: isMergeable ? page.record : null } : page,
  );
  return { ...own, state: tidy({ ...own.state, pages }) };
}

function free(state: State): Cost {
  return { state, copied: 0 };
}

function isInRange(page: PageName, { space, first, count }: Range): boolean {
  return page.space === space && page.page >= first && page.page < first + count;
}

function withSpace(state: State, added: Space): State {
  return { ...state, spaces: [...state.spaces, added].sort((one, other) => one.space - other.space) };
}

function without(state: State, isGone: (page: Page) => boolean, spaces: readonly Space[]): State {
  return tidy({ ...state, spaces, pages: state.pages.filter((page) => !isGone(page)) });
}
