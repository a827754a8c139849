import { type Memory, NONE } from "./memory.ts";
import { Trees } from "./tree.ts";

/**
 * Merged frames by their contents. A node of a tree is a chain: all merged frames of one content, the oldest
 * first,
 * since each has room for so many mappings only. Chains and frames are numbered and lie in flat arrays.
 */
export class StableTree {
  /** Merged frames. */
  shared = 0;
  /** Chains of more than one, and the frames in them. */
  chains = 0;
  dups = 0;
  /** Mappings that a frame may gain by merging. */
  limit = 256;

  readonly #memory: Memory;
  readonly #trees: Trees;
  readonly #nodesMax: number;
  /** By frame: its chain, its neighbours there, and when it came. */
  readonly #chainOf: Int32Array;
  readonly #younger: Int32Array;
  readonly #older: Int32Array;
  readonly #age: Float64Array;
  #clock = 0;
  /** By chain: its ends, how many there are, its group, and the oldest frame that may have room. */
  readonly #oldest: Int32Array;
  readonly #youngest: Int32Array;
  readonly #length: Int32Array;
  readonly #group: Int32Array;
  readonly #room: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;

  constructor(memory: Memory, groups: number, frames: number, nodes: number) {
    const chains = Math.min(frames, nodes);
    this.#memory = memory;
    this.#nodesMax = nodes;
    this.#trees = new Trees(groups, chains);
    this.#chainOf = new Int32Array(frames + 1);
    this.#younger = new Int32Array(frames + 1);
    this.#older = new Int32Array(frames + 1);
    this.#age = new Float64Array(frames + 1);
    this.#oldest = new Int32Array(chains);
    this.#youngest = new Int32Array(chains);
    this.#length = new Int32Array(chains);
    this.#group = new Int32Array(chains);
    this.#room = new Int32Array(chains);
    this.#free = Int32Array.from({ length: chains }, (_, at) => chains - 1 - at);
    this.#freeCount = chains;
  }

  isFull(): boolean {
    return this.shared >= this.#nodesMax;
  }

  hasRoom(frame: number): boolean {
    return this.#memory.refs[frame]! < this.limit;
  }

  /** The oldest merged frame with room that is equal to this one; NONE. Hot. */
  find(group: number, frame: number): number {
    let node = this.#trees.root[group]!;
    while (node !== NONE) {
      const order = this.#memory.compare(frame, this.#oldest[node]!);
      if (order === 0) return this.#roomOf(node);
      node = order < 0 ? this.#trees.left[node]! : this.#trees.right[node]!;
    }
    return NONE;
  }

  /** All that are older than where the search for room starts are full. */
  #roomOf(chain: number): number {
    let frame = this.#room[chain]!;
    while (frame !== NONE && !this.hasRoom(frame)) frame = this.#younger[frame]!;
    this.#room[chain] = frame;
    return frame;
  }

  /** The frame becomes merged. */
  add(group: number, frame: number): void {
    this.#memory.merged[frame] = 1;
    this.#age[frame] = this.#clock++;
    this.#younger[frame] = NONE;
    this.shared++;
    let [parent, isLeft] = [NONE, false];
    for (let node = this.#trees.root[group]!; node !== NONE; ) {
      const order = this.#memory.compare(frame, this.#oldest[node]!);
      if (order === 0) {
        this.#append(node, frame);
        return;
      }
      parent = node;
      isLeft = order < 0;
      node = isLeft ? this.#trees.left[node]! : this.#trees.right[node]!;
    }
    this.#begin(group, frame, parent, isLeft);
  }

  #begin(group: number, frame: number, parent: number, isLeft: boolean): void {
    const chain = this.#free[--this.#freeCount]!;
    this.#chainOf[frame] = chain;
    this.#older[frame] = NONE;
    this.#oldest[chain] = frame;
    this.#youngest[chain] = frame;
    this.#length[chain] = 1;
    this.#group[chain] = group;
    this.#room[chain] = frame;
    this.#trees.insert(group, chain, parent, isLeft);
  }

  #append(chain: number, frame: number): void {
    const before = this.#youngest[chain]!;
    this.#chainOf[frame] = chain;
    this.#older[frame] = before;
    this.#younger[before] = frame;
    this.#youngest[chain] = frame;
    if (this.#room[chain] === NONE) this.#room[chain] = frame;
    const length = ++this.#length[chain]!;
    if (length === 2) this.chains++;
    this.dups += length === 2 ? 2 : 1;
  }

  /** A mapping of a merged frame is gone. */
  leftBy(frame: number): void {
    const chain = this.#chainOf[frame]!;
    const room = this.#room[chain]!;
    if (room === NONE || this.#age[frame]! < this.#age[room]!) this.#room[chain] = frame;
  }

  /** The last mapping of a merged frame is gone. */
  died(frame: number): void {
    const chain = this.#chainOf[frame]!;
    const [older, younger] = [this.#older[frame]!, this.#younger[frame]!];
    this.shared--;
    if (this.#room[chain] === frame) this.#room[chain] = younger;
    if (older === NONE) this.#oldest[chain] = younger;
    else this.#younger[older] = younger;
    if (younger === NONE) this.#youngest[chain] = older;
    else this.#older[younger] = older;
    const length = --this.#length[chain]!;
    if (length === 1) this.chains--;
    this.dups -= length === 1 ? 2 : length === 0 ? 0 : 1;
    if (length > 0) return;
    this.#trees.remove(this.#group[chain]!, chain);
    this.#free[this.#freeCount++] = chain;
  }
}
