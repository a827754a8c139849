import type { Knobs, KsmWorld, PageName, Phase, Place, Run } from "../ksm-contract.ts";
import { type Content, zeros } from "./content.ts";

/** Numbers of frames are never used again. 0 is the zero page. */
export type FrameId = number;

export const ZERO: FrameId = 0;

export interface Frame {
  readonly content: Content;
  /** Protected by the scanner, while it has pages under way. Merged frames and the zero page always are. */
  readonly isProtected: boolean;
  readonly pins: number;
}

/** What the scanner knows of a page. */
export interface Record {
  readonly place: Place;
  /** What it held at the last visit: the checksum that never collides. Null: none is remembered. */
  readonly sum: string | null;
}

export interface Page extends PageName {
  readonly frame: FrameId;
  readonly isMergeable: boolean;
  readonly record: Record | null;
}

export interface Space {
  readonly space: number;
  readonly tenant: number;
}

/** A page in the unstable tree, where it is found by what it held when it was put there. */
export interface Hint extends PageName {
  readonly group: number;
  readonly key: string;
}

/** What a page under way may become a mapping of. */
export type Target =
  | { readonly kind: "merged"; readonly frame: FrameId }
  | { readonly kind: "zero" }
  | { readonly kind: "pair"; readonly partner: PageName };

/** A page that the scanner has picked and is not done with. */
export interface UnderWay {
  readonly page: PageName;
  readonly phase: Phase;
  /** From `protect` on. */
  readonly target: Target | null;
  /** From `compare` on: its frame, and that of the partner. */
  readonly protected: readonly FrameId[];
}

export interface State {
  readonly world: KsmWorld;
  /** In ascending order. */
  readonly spaces: readonly Space[];
  /** In ascending order of space and page. */
  readonly pages: readonly Page[];
  readonly frames: ReadonlyMap<FrameId, Frame>;
  readonly frameNext: FrameId;
  /** The stable tree: merged frames in the order in which they became so. */
  readonly stable: readonly FrameId[];
  /** The unstable tree of this pass. */
  readonly unstable: readonly Hint[];
  readonly underWay: UnderWay | null;
  /** The last page that was picked in this pass. */
  readonly cursor: PageName | null;
  readonly run: Run;
  readonly knobs: Knobs;
  readonly fullScans: number;
  readonly scanned: number;
  readonly merges: number;
  readonly breaks: number;
}

export function initialState(world: KsmWorld): State {
  return {
    world,
    spaces: [],
    pages: [],
    frames: new Map([[ZERO, { content: zeros(world.pageSize), isProtected: true, pins: 0 }]]),
    frameNext: 1,
    stable: [],
    unstable: [],
    underWay: null,
    cursor: null,
    run: 0,
    knobs: { pagesToScan: 100, sleepMs: 20, maxSharing: 256, zeroPages: false, acrossTenants: true },
    fullScans: 0,
    scanned: 0,
    merges: 0,
    breaks: 0,
  };
}

export function isSamePage(one: PageName, other: PageName): boolean {
  return one.space === other.space && one.page === other.page;
}

/** Whether a page comes before another as the scanner goes. */
export function isBefore(one: PageName, other: PageName): boolean {
  return one.space < other.space || (one.space === other.space && one.page < other.page);
}
