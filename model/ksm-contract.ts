/**
 * What any machine with kernel same-page merging says to the outside: types only, shared by every folder, the
 * third
 * contract beside contract.ts and system-contract.ts.
 *
 * A world is a number of address spaces of pages. A script changes it one operation at a time; the scanner
 * works in
 * micro-steps, so that operations come between any two of them. Failed operations change nothing.
 *
 * Where the published algorithm leaves a choice, this contract fixes it, but for two choices that only an
 * implementation can make: whether a changed page has another checksum, and what a search of the unstable
 * tree finds
 * while entries are stale. A machine reports what it chose (`ScanEvent`); a reference checks that it may, and
 * follows.
 */

/** Sizes of a world; all are whole numbers from 1. */
export interface KsmWorld {
  /** Bytes of a page: a multiple of 16. */
  readonly pageSize: number;
  /** Address spaces, numbered from 0. As many tenants. */
  readonly spaces: number;
  /** Pages of an address space, numbered from 0. */
  readonly pages: number;
  /** Page frames that there are. The zero page is not one of them. */
  readonly frames: number;
  /** Merged frames that there can be: memory for nodes of the stable tree. */
  readonly nodes: number;
  /** Bits of a checksum, 0 to 32: few, so that changed pages look unchanged; 32: they never do. */
  readonly checksumBits: number;
}

/** A page of an address space. */
export interface PageName {
  readonly space: number;
  readonly page: number;
}

/** Pages of an address space that follow each other. */
interface Range {
  readonly space: number;
  readonly first: number;
  readonly count: number;
}

/** Stopped, what is merged stays so; scanning; stopped, and nothing is merged. */
export type Run = 0 | 1 | 2;

export interface Knobs {
  /** Pages of a wake, from 0; 100 at first. */
  readonly pagesToScan: number;
  /** Milliseconds between wakes, from 0; 20 at first. Time passes outside. */
  readonly sleepMs: number;
  /**
   * Mappings that a merged frame may gain by merging, from 2; 256 at first. EBUSY while anything is merged.
   */
  readonly maxSharing: number;
  /** Whether pages of zeros without tags become the zero page; false at first. */
  readonly zeroPages: boolean;
  /** Whether pages of different tenants merge; true at first. EBUSY while anything is merged. */
  readonly acrossTenants: boolean;
}

/**
 * An operation. Errors, in the order in which they are looked for:
 *
 * - EINVAL: a number of space, page, tenant, offset, length or knob that the world cannot have, an empty
 *   range;
 * - ESRCH: the space does not live; EEXIST: `create`, `fork`: the new one does;
 * - `map`: EEXIST if any page is there already, ENOMEM without frames enough;
 * - `unmap`: EBUSY if any page is pinned; pages that are not there are passed over;
 * - `store`, `store-capability`, `pin`, `unpin`: EFAULT if the page is not there;
 *   by a device, and `unpin`: EINVAL if it is not pinned; ENOMEM if a copy is needed and no frame is free;
 * - `advise`: ENOMEM if a page of the range is not there; unmergeable also if there are not frames enough;
 * - `fork`: ENOMEM without frames for copies of pinned pages;
 * - `knob`, EBUSY as said there; `run` 2: ENOMEM without frames enough to give everyone a copy.
 *
 * A copy takes its frame before the old one is let go. Where several pages are copied, the lowest space and
 * page come
 * first, and frames that fall free are of use to the next.
 */
export type KsmOp =
  | { readonly do: "create"; readonly space: number; readonly tenant: number }
  /** All pages go, pinned ones too. */
  | { readonly do: "exit"; readonly space: number }
  /**
   * The child has the parent's pages and tenant; frames are shared until someone stores. Pinned pages are
   * copied.
   */
  | { readonly do: "fork"; readonly space: number; readonly child: number }
  /** New pages of zeros without tags, not mergeable. */
  | ({ readonly do: "map" } & Range)
  | ({ readonly do: "unmap" } & Range)
  /**
   * The bytes (hexadecimal, at least one), so many times over. Tags of the granules that they touch are
   * cleared. A
   * device stores to the frame that it has pinned, past all protection.
   */
  | ({
      readonly do: "store";
      readonly offset: number;
      readonly bytes: string;
      readonly times: number;
      readonly by: "space" | "device";
    } & PageName)
  /** 16 bytes (hexadecimal) with a tag, to the granule of this number. */
  | ({ readonly do: "store-capability"; readonly granule: number; readonly bytes: string } & PageName)
  /**
   * A page becomes private, as by a store, and its frame stays where it is until `unpin`, which is counted.
   */
  | ({ readonly do: "pin" } & PageName)
  | ({ readonly do: "unpin" } & PageName)
  /** Unmergeable: merged pages of the range get copies, and the scanner forgets the range. */
  | ({ readonly do: "advise"; readonly isMergeable: boolean } & Range)
  /**
   * Whatever the scanner has under way is given up. 2 also makes it forget everything, and start at the
   * start.
   */
  | { readonly do: "run"; readonly run: Run }
  /** Whatever the scanner has under way is given up. `acrossTenants` also empties the unstable tree. */
  | { readonly do: "knob"; readonly knob: "pagesToScan" | "sleepMs" | "maxSharing"; readonly value: number }
  | { readonly do: "knob"; readonly knob: "zeroPages" | "acrossTenants"; readonly value: boolean }
  /**
   * Scans on: so many micro-steps, or until so many pages are done with, or so many passes have ended. It
   * ends early
   * where there is nothing to do.
   */
  | { readonly do: "scan"; readonly unit: "step" | "page" | "pass"; readonly count: number }
  /** Scans on until `pagesToScan` pages are done with. */
  | { readonly do: "wake" };

export type ErrorCode = "EINVAL" | "ESRCH" | "EEXIST" | "EFAULT" | "ENOMEM" | "EBUSY";

/** What an operation came to; `copied` is its cost: pages whose contents were copied. */
export type KsmOutcome =
  | { readonly kind: "ok"; readonly copied: number }
  | { readonly kind: "error"; readonly code: ErrorCode };

/**
 * A micro-step. The phases of a page follow each other: pick, stable, checksum, unstable, protect, compare,
 * replace.
 *
 * - `pick`: the next mergeable page, spaces and pages in ascending order. The scanner now has a record of it.
 *   One that
 *   is merged is done with.
 * - `pass`: there was none left; the unstable tree is empty, and the next pick begins at the start.
 * - `stable`: looks for a merged frame of equal bytes and tags that has room; the one that became merged
 *   first.
 *   Found: `protect` is next, else `checksum`.
 * - `checksum`: settled if it is the same as at the last visit, which is remembered from now on. If not, the
 *   page is
 *   done with. If so, a page of zeros without tags may become the zero page (`protect` is next), else
 *   `unstable`.
 * - `unstable`: looks for a page of equal bytes and tags among those found so in this pass. None: this one is
 *   put
 *   there, and done with. One in the same frame (`same`): done with. Else `protect` is next. Not for a pinned
 *   page: in
 *   the tree it would be in the way of all its equals.
 * - `protect`: the frame, and that of the page found in the unstable tree, can no longer be stored to but by
 *   a copy.
 *   Not if one of them is pinned.
 * - `compare`: whether they are equal now.
 * - `replace`: the page's mapping becomes one of the merged frame, or of the zero page; or its own frame
 *   becomes
 *   merged, and the page of the unstable tree maps that too. Not if the frame has no room; nor, for a new
 *   merged frame,
 *   if a mapping of it is not mergeable or there is no node.
 * - `give-up`: the page is done with, as it was before; nothing stays protected. In any phase, because what
 *   is
 *   needed is no longer there: the record of one of the pages, the merged frame, the mapping of what was
 *   protected.
 * - `idle`: the scanner does not run, or there is no mergeable page at all.
 *
 * A page that leaves a merged frame by a copy keeps its record, without a checksum. `unmap`, `exit` and
 * unmergeable
 * end a record; a page of a child has one if its frame is merged.
 */
export type ScanEvent =
  | ({ readonly step: "pick"; readonly isMerged: boolean } & PageName)
  | { readonly step: "stable"; readonly isFound: boolean }
  | { readonly step: "checksum"; readonly isSettled: boolean }
  | { readonly step: "unstable"; readonly result: "inserted" }
  | { readonly step: "unstable"; readonly result: "same" | "found"; readonly found: PageName }
  | { readonly step: "protect" | "compare" | "replace" | "pass" | "idle" }
  | { readonly step: "give-up"; readonly during: Phase };

/** What the scanner does next with the page that it has under way. */
export type Phase = "stable" | "checksum" | "unstable" | "protect" | "compare" | "replace";

export interface KsmReport {
  readonly outcome: KsmOutcome;
  /** The micro-steps of `scan` and `wake`, in their order. */
  readonly events: readonly ScanEvent[];
}

/**
 * Where the scanner has put a page that it has a record of. `unstable` lasts until it is picked again, also
 * when that
 * tree has been emptied.
 */
export type Place = "none" | "unstable" | "stable" | "zero";

export interface PageView extends PageName {
  /** Number of its frame in `frames`. */
  readonly frame: number;
  readonly isMergeable: boolean;
  /** Null: there is no record of it. */
  readonly place: Place | null;
}

export interface FrameView {
  readonly kind: "private" | "merged" | "zero";
  /** Mappings, as the machine counts them; of the zero page 0. */
  readonly refs: number;
  readonly pins: number;
  /** Whether every store must copy, whoever stores. */
  readonly isProtected: boolean;
  /** Hexadecimal. */
  readonly bytes: string;
  /** A digit 0 or 1 for each granule of 16 bytes. */
  readonly tags: string;
}

export interface Counters {
  /** Merged frames. */
  readonly shared: number;
  /** Mappings of merged frames beyond the first of each. */
  readonly sharing: number;
  /** Records whose place is unstable, none, zero. */
  readonly unshared: number;
  readonly volatile: number;
  readonly zeroPages: number;
  readonly records: number;
  /**
   * Contents (of a tenant, where they are kept apart) that more than one merged frame has, and those frames.
   */
  readonly chains: number;
  readonly dups: number;
  readonly fullScans: number;
  /** Pages picked; pages merged; copies made because a page was merged or the zero page. Since the start. */
  readonly scanned: number;
  readonly merges: number;
  readonly breaks: number;
}

/** All that can be seen of a machine; two that agree have equal ones. */
export interface KsmView {
  /** Living spaces in ascending order. */
  readonly spaces: readonly { readonly space: number; readonly tenant: number }[];
  /** Pages that are there, in ascending order of space and page. */
  readonly pages: readonly PageView[];
  /** Frames that are mapped, in the order in which `pages` meets them. */
  readonly frames: readonly FrameView[];
  /** Frames in use but for the zero page. */
  readonly framesUsed: number;
  readonly counters: Counters;
  readonly knobs: Knobs;
  readonly run: Run;
}

/** A world with merging that takes operations; the reference is one, and so is every implementation. */
export interface KsmMachine {
  /** Begins anew: no space lives, run is 0. */
  reset(world: KsmWorld): void;
  apply(op: KsmOp): KsmReport;
  view(): KsmView;
}

/** Memory of a host, in kB, as its statistics say. */
export interface MemoryStatistics {
  readonly totalKb: number;
  /** Free, buffers and cached together. */
  readonly freeKb: number;
  /** Sum of the virtual sizes of the processes that are tuned for. */
  readonly committedKb: number;
}

/** How the controller that tunes the scanner is set. */
export interface TunedSettings {
  /** 60 000. */
  readonly intervalMs: number;
  /** Milliseconds between wakes for 16 GB: 10. */
  readonly sleepMs: number;
  /** Pages more when memory is short, and fewer when it is not: 300, 50. */
  readonly boostPages: number;
  readonly decayPages: number;
  /** Bounds of pages: 64, 1250. */
  readonly pagesMin: number;
  readonly pagesMax: number;
  /** Percent of all memory: 20. */
  readonly thresholdPercent: number;
  /** In MB, and everything else is in kB: 2048. */
  readonly thresholdMb: number;
}

/** What the controller wants of the scanner. */
export interface Tuning {
  readonly isRunning: boolean;
  readonly pages: number;
  readonly sleepMs: number;
}
