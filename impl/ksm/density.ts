import { NONE } from "./memory.ts";

/** What scanning costs, in nanoseconds of one core. */
export interface ScanCosts {
  /** Of a page's checksum, of comparing two pages, and of replacing a mapping. */
  readonly checksumNs: number;
  readonly compareNs: number;
  readonly mergeNs: number;
}

/** What a stretch of scanning did. */
export interface ScanTally {
  /** Pages looked at: fewer than asked for where there are none. */
  readonly scanned: number;
  /** Mappings that were moved to a merged frame; each frees a frame. */
  readonly merged: number;
  /** Whole passes that ended. */
  readonly passes: number;
  /** CPU time of one core. */
  readonly cpuNs: number;
}

/** The class of a page that is not there. */
const ABSENT = 0xffff_ffff;

/**
 * The same scan for millions of pages, whose contents are classes: two pages hold the same if their class
 * number is the
 * same. For experiments on density, where contents do not matter but how many are equal, and when that is
 * noticed.
 *
 * The rules are those of the scanner: pages in ascending order, merged ones are passed over, a page joins a
 * merged frame
 * of its class with room (the one that got room last, where the scanner takes the oldest), else goes on only
 * if its class
 * was the same at its last visit, and meets at most one other page of its class in this pass. Spaces, forks,
 * pins,
 * tenants and the zero page are left out.
 *
 * Every step takes constant time, whatever it costs in the model: a comparison for each level of the trees
 * that a page
 * is looked up in (the binary logarithm of their size, rounded up), and a checksum unless it was merged
 * before. Page
 * numbers are from 0 to `pages` - 1, class numbers from 0 to `classes` - 1. No page is there at first.
 * `limit` is how
 * many mappings a merged frame may have, from 2. 29 bytes a page and 12 a class: 4 million pages take 122 MB.
 */
export class ClassScan {
  /** Frames in use. */
  frames = 0;
  /** Merged frames, and mappings of them beyond the first of each: the frames that are saved. */
  shared = 0;
  sharing = 0;
  passes = 0;

  readonly #limit: number;
  readonly #costs: ScanCosts;
  /** By page: its class, that of its last visit, and its merged frame. */
  readonly #classOf: Uint32Array;
  readonly #seenAs: Uint32Array;
  readonly #frameOf: Int32Array;
  /** By class: the page that waits in the unstable tree, and in which pass it came there. */
  readonly #waiting: Int32Array;
  readonly #waitingSince: Int32Array;
  /** By class: the first merged frame with room. */
  readonly #open: Int32Array;
  /** By merged frame: its mappings, the next one with room, whether it is among those, its class. */
  readonly #refs: Int32Array;
  readonly #nextOpen: Int32Array;
  readonly #isOpen: Uint8Array;
  readonly #classOfFrame: Uint32Array;
  readonly #free: Int32Array;
  #freeCount: number;
  #waitingCount = 0;
  #pages = 0;
  #cursor = 0;

  constructor(pages: number, classes: number, limit: number, costs: ScanCosts) {
    // A merged frame had two mappings when it became so, and one that died stays among those with room for a
    // while.
    const frames = pages + 1;
    this.#limit = limit;
    this.#costs = costs;
    this.#classOf = new Uint32Array(pages).fill(ABSENT);
    this.#seenAs = new Uint32Array(pages).fill(ABSENT);
    this.#frameOf = new Int32Array(pages).fill(NONE);
    this.#waiting = new Int32Array(classes).fill(NONE);
    this.#waitingSince = new Int32Array(classes).fill(NONE);
    this.#open = new Int32Array(classes).fill(NONE);
    this.#refs = new Int32Array(frames);
    this.#nextOpen = new Int32Array(frames);
    this.#isOpen = new Uint8Array(frames);
    this.#classOfFrame = new Uint32Array(frames);
    this.#free = Int32Array.from({ length: frames }, (_, at) => frames - 1 - at);
    this.#freeCount = frames;
  }

  /**
   * A page is there, or is stored to: from now on it holds this class, alone. True if it was copied for that.
   */
  set(page: number, contentClass: number): boolean {
    if (this.#classOf[page] === ABSENT) {
      this.frames++;
      this.#pages++;
    }
    this.#classOf[page] = contentClass;
    return this.#leave(page);
  }

  /** A page is there no more. */
  clear(page: number): void {
    if (this.#classOf[page] === ABSENT) return;
    this.#leave(page);
    this.#classOf[page] = ABSENT;
    this.#seenAs[page] = ABSENT;
    this.frames--;
    this.#pages--;
  }

  /** Scans so many pages on; fewer where there are none. Hot: one object is allocated, for the answer. */
  scan(count: number): ScanTally {
    const [passes, sharing] = [this.passes, this.sharing];
    let [scanned, cpuNs] = [0, 0];
    while (scanned < count && this.#pages > 0) {
      if (this.#cursor === this.#classOf.length) {
        this.#cursor = 0;
        this.#waitingCount = 0;
        this.passes++;
        continue;
      }
      const page = this.#cursor++;
      if (this.#classOf[page] === ABSENT) continue;
      scanned++;
      if (this.#frameOf[page] === NONE) cpuNs += this.#visit(page);
    }
    return { scanned, merged: this.sharing - sharing, passes: this.passes - passes, cpuNs };
  }

  /** What became of a page that is not merged, in nanoseconds. Hot. */
  #visit(page: number): number {
    const { compareNs, checksumNs, mergeNs } = this.#costs;
    const contentClass = this.#classOf[page]!;
    const lookup = compareNs * levels(this.shared);
    const open = this.#openFrame(contentClass);
    if (open !== NONE) {
      this.#join(page, open);
      return lookup + mergeNs;
    }
    const isSettled = this.#seenAs[page] === contentClass;
    this.#seenAs[page] = contentClass;
    if (!isSettled) return lookup + checksumNs;

    const search = lookup + checksumNs + compareNs * levels(this.#waitingCount);
    const other = this.#waiting[contentClass]!;
    const isThere = this.#waitingSince[contentClass] === this.passes;
    if (isThere && this.#classOf[other] === contentClass && this.#frameOf[other] === NONE) {
      this.#waitingSince[contentClass] = NONE;
      this.#waitingCount--;
      this.#pair(page, other, contentClass);
      return search + mergeNs;
    }
    if (!isThere) this.#waitingCount++;
    this.#waiting[contentClass] = page;
    this.#waitingSince[contentClass] = this.passes;
    return search;
  }

  #pair(page: number, other: number, contentClass: number): void {
    const frame = this.#free[--this.#freeCount]!;
    this.#classOfFrame[frame] = contentClass;
    this.shared++;
    this.#refs[frame] = 1;
    this.#frameOf[page] = frame;
    this.#seenAs[page] = ABSENT;
    this.#offer(frame);
    this.#join(other, frame);
  }

  #join(page: number, frame: number): void {
    this.#refs[frame]!++;
    this.#frameOf[page] = frame;
    this.#seenAs[page] = ABSENT;
    this.sharing++;
    this.frames--;
  }

  /**
   * A merged frame of this class with room. Those that are full or dead are no longer among those with room.
   */
  #openFrame(contentClass: number): number {
    for (let frame = this.#open[contentClass]!; frame !== NONE; frame = this.#open[contentClass]!) {
      const refs = this.#refs[frame]!;
      if (refs > 0 && refs < this.#limit) return frame;
      this.#open[contentClass] = this.#nextOpen[frame]!;
      this.#isOpen[frame] = 0;
      if (refs === 0) this.#free[this.#freeCount++] = frame;
    }
    return NONE;
  }

  #offer(frame: number): void {
    if (this.#isOpen[frame] === 1) return;
    const contentClass = this.#classOfFrame[frame]!;
    this.#isOpen[frame] = 1;
    this.#nextOpen[frame] = this.#open[contentClass]!;
    this.#open[contentClass] = frame;
  }

  /** The page has a frame of its own; true if it was merged. */
  #leave(page: number): boolean {
    const frame = this.#frameOf[page]!;
    if (frame === NONE) return false;
    this.#frameOf[page] = NONE;
    this.#offer(frame);
    if (--this.#refs[frame]! > 0) {
      this.sharing--;
      this.frames++;
    } else this.shared--;
    return true;
  }
}

/** Comparisons of a search in a balanced tree of so many. */
function levels(count: number): number {
  return 32 - Math.clz32(count);
}
