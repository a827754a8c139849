import { checksum } from "./checksum.ts";
import { type Memory, NONE, ZERO_FRAME } from "./memory.ts";
import { PLACE, type Records } from "./records.ts";
import type { StableTree } from "./stable.ts";

/** What the scanner does next. */
export const PHASE = {
  pick: 0,
  stable: 1,
  checksum: 2,
  unstable: 3,
  protect: 4,
  compare: 5,
  replace: 6,
} as const;

/** What a micro-step came to. */
export const DID = {
  idle: 0,
  pass: 1,
  picked: 2,
  pickedMerged: 3,
  foundStable: 4,
  noStable: 5,
  settled: 6,
  volatile: 7,
  inserted: 8,
  same: 9,
  foundUnstable: 10,
  protected: 11,
  compared: 12,
  replaced: 13,
  gaveUp: 14,
} as const;

/**
 * The scanner: one micro-step at a time, so that others can do anything in between. Nothing is allocated
 * here; what
 * a step reports lies in `slot` and `found`.
 */
export class Scanner {
  isRunning = false;
  zeroPages = false;
  /** By space: the group of its pages. */
  readonly groups: Int32Array;
  phase: number = PHASE.pick;
  /** The phase that was given up last. */
  lastPhase: number = PHASE.pick;
  /** The page under way, or the last one. */
  slot = NONE;
  /** What was found for it: a slot of the unstable tree, or a frame. */
  found = NONE;
  fullScans = 0;
  scanned = 0;
  merges = 0;

  /** The slot from which the next pick looks on. */
  #cursor = 0;
  #isPair = false;
  /** Frames that are guarded: that of the page, and that of the page found. */
  #mine = NONE;
  #its = NONE;

  readonly #memory: Memory;
  readonly #records: Records;
  readonly #stable: StableTree;
  readonly #pages: number;
  readonly #mask: number;

  constructor(
    memory: Memory,
    records: Records,
    stable: StableTree,
    shape: { readonly spaces: number; readonly pages: number; readonly checksumBits: number },
  ) {
    this.#memory = memory;
    this.#records = records;
    this.#stable = stable;
    this.#pages = shape.pages;
    this.#mask = shape.checksumBits >= 32 ? -1 : 2 ** shape.checksumBits - 1;
    this.groups = new Int32Array(shape.spaces);
  }

  /** The next micro-step. Hot. */
  step(): number {
    if (this.phase === PHASE.pick) return this.#pick();
    if (!this.#stands()) return this.giveUp();
    switch (this.phase) {
      case PHASE.stable:
        return this.#searchStable();
      case PHASE.checksum:
        return this.#sum();
      case PHASE.unstable:
        return this.#searchUnstable();
      case PHASE.protect:
        return this.#protect();
      case PHASE.compare:
        return this.#compare();
      default:
        return this.#replace();
    }
  }

  /** Leaves the page under way as it was. */
  giveUp(): number {
    this.lastPhase = this.phase;
    this.#finish();
    return DID.gaveUp;
  }

  /** Forgets where it was. */
  restart(): void {
    this.#cursor = 0;
  }

  /** A merged frame has died: its number may soon be that of another one. */
  forget(frame: number): void {
    if (!this.#isPair && this.found === frame) this.found = NONE;
  }

  #finish(): void {
    if (this.#mine !== NONE) this.#memory.guarded[this.#mine] = 0;
    if (this.#its !== NONE) this.#memory.guarded[this.#its] = 0;
    this.#mine = NONE;
    this.#its = NONE;
    this.phase = PHASE.pick;
  }

  /** A page that is not there is not mergeable. */
  #pick(): number {
    const { mergeable } = this.#memory;
    if (!this.isRunning) return DID.idle;
    const slot = mergeable.indexOf(1, this.#cursor);
    if (slot < 0) {
      if (this.#cursor === 0) return DID.idle;
      this.#cursor = 0;
      this.#records.empty();
      this.fullScans++;
      return DID.pass;
    }
    this.#cursor = slot + 1;
    this.slot = slot;
    this.scanned++;
    if (this.#memory.isShared(slot)) return DID.pickedMerged;
    this.#records.put(slot, PLACE.none);
    this.phase = PHASE.stable;
    return DID.picked;
  }

  /** Whether all that the page under way needs is still there. */
  #stands(): boolean {
    const { place } = this.#records;
    if (place[this.slot] === PLACE.unknown) return false;
    if (this.phase < PHASE.protect) return true;
    if (this.found === NONE || (this.#isPair && place[this.found] === PLACE.unknown)) return false;
    if (this.phase === PHASE.protect) return true;
    const { frameOf, guarded } = this.#memory;
    if (frameOf[this.slot] !== this.#mine || guarded[this.#mine] === 0) return false;
    return !this.#isPair || (frameOf[this.found] === this.#its && guarded[this.#its] === 1);
  }

  #searchStable(): number {
    const frame = this.#stable.find(this.#group(), this.#memory.frameOf[this.slot]!);
    if (frame === NONE) {
      this.phase = PHASE.checksum;
      return DID.noStable;
    }
    this.#aim(frame, false);
    return DID.foundStable;
  }

  #aim(found: number, isPair: boolean): void {
    this.found = found;
    this.#isPair = isPair;
    this.phase = PHASE.protect;
  }

  #sum(): number {
    const { slot } = this;
    const { sum, hasSum } = this.#records;
    const frame = this.#memory.frameOf[slot]!;
    const now = checksum(this.#memory, frame, this.#mask);
    const isSettled = hasSum[slot] === 1 && sum[slot] === now;
    sum[slot] = now;
    hasSum[slot] = 1;
    if (!isSettled) {
      this.#finish();
      return DID.volatile;
    }
    if (this.zeroPages && this.#memory.compare(frame, ZERO_FRAME) === 0) this.#aim(ZERO_FRAME, false);
    else this.phase = PHASE.unstable;
    return DID.settled;
  }

  /**
   * Pages of this tree may have changed since they came; what is found is a hint, and what is not found is no
   * loss.
   */
  #searchUnstable(): number {
    const { slot } = this;
    const { frameOf } = this.#memory;
    const { root, left, right } = this.#records.unstable;
    const group = this.#group();
    const frame = frameOf[slot]!;
    if (this.#memory.pins[frame]! > 0) return this.giveUp();
    let [parent, isLeft] = [NONE, false];
    for (let node = root[group]!; node !== NONE; ) {
      const order = this.#memory.compare(frame, frameOf[node]!);
      if (order === 0) return this.#foundUnstable(node);
      parent = node;
      isLeft = order < 0;
      node = isLeft ? left[node]! : right[node]!;
    }
    this.#records.plant(slot, group, parent, isLeft);
    this.#finish();
    return DID.inserted;
  }

  #foundUnstable(node: number): number {
    const { frameOf } = this.#memory;
    this.#aim(node, true);
    if (frameOf[node] !== frameOf[this.slot]) return DID.foundUnstable;
    this.#finish();
    return DID.same;
  }

  /** A device may store to what is pinned. */
  #protect(): number {
    const { frameOf, pins, guarded } = this.#memory;
    const mine = frameOf[this.slot]!;
    const its = this.#isPair ? frameOf[this.found]! : NONE;
    if (pins[mine]! > 0 || (its !== NONE && pins[its]! > 0)) return this.giveUp();
    guarded[mine] = 1;
    if (its !== NONE) guarded[its] = 1;
    this.#mine = mine;
    this.#its = its;
    this.phase = PHASE.compare;
    return DID.protected;
  }

  #compare(): number {
    const other = this.#isPair ? this.#its : this.found;
    if (this.#memory.compare(this.#mine, other) !== 0) return this.giveUp();
    this.phase = PHASE.replace;
    return DID.compared;
  }

  #replace(): number {
    const isDone = this.#isPair ? this.#mergePair() : this.#join();
    if (!isDone) return this.giveUp();
    this.merges++;
    this.#finish();
    return DID.replaced;
  }

  #join(): boolean {
    const { slot, found } = this;
    const isZero = found === ZERO_FRAME;
    if (!isZero && !this.#stable.hasRoom(found)) return false;
    this.#records.put(slot, isZero ? PLACE.zero : PLACE.stable);
    this.#memory.detach(slot);
    this.#memory.attach(slot, found);
    return true;
  }

  /** The page's own frame becomes merged. No more mappings than its limit are looked at. */
  #mergePair(): boolean {
    const { first, next, mergeable } = this.#memory;
    const frame = this.#mine;
    if (!this.#stable.hasRoom(frame) || this.#stable.isFull()) return false;
    const head = first[frame]!;
    let slot = head;
    do {
      if (mergeable[slot] === 0) return false;
      slot = next[slot]!;
    } while (slot !== head);

    const { found } = this;
    this.#memory.detach(found);
    this.#memory.attach(found, frame);
    do {
      this.#records.put(slot, PLACE.stable);
      slot = next[slot]!;
    } while (slot !== head);
    this.#stable.add(this.#group(), frame);
    return true;
  }

  #group(): number {
    return this.groups[Math.floor(this.slot / this.#pages)]!;
  }
}
