/**
 * Frames and page tables as flat arrays. A slot is a page of an address space: `space * pages + page`. Frame
 * 0 is the
 * zero page. Every frame but that one has a ring of the slots that map it, so that whoever changes a frame
 * finds them.
 */

/** No slot, no frame. */
export const NONE = -1;
export const ZERO_FRAME = 0;

const GRANULE = 16;

/**
 * What frames and the scanner need to hear of when a merged frame has no mapping any more, or gets room
 * again.
 */
export interface MergedFrames {
  died(frame: number): void;
  leftBy(frame: number): void;
}

export class Memory {
  readonly pageSize: number;
  readonly granules: number;
  /** Frames in use but for the zero page. */
  used = 0;
  /** Copies that were made because a page was merged or the zero page. */
  breaks = 0;

  readonly frameOf: Int32Array;
  readonly mergeable: Uint8Array;
  readonly refs: Int32Array;
  readonly pins: Int32Array;
  /** 1: the scanner has it under way, and stores must copy. */
  readonly guarded: Uint8Array;
  /** 1: in the stable tree. */
  readonly merged: Uint8Array;
  /** A slot of its ring; NONE. */
  readonly first: Int32Array;
  readonly next: Int32Array;
  readonly #previous: Int32Array;

  readonly bytes: Uint8Array;
  /** The same bytes, for comparison and checksums. */
  readonly words: Uint32Array;
  /** A byte for each granule, 0 or 1, padded to words. */
  readonly tags: Uint8Array;
  readonly tagWords: Uint32Array;
  readonly wordsPerPage: number;
  readonly tagWordsPerPage: number;

  readonly #free: Int32Array;
  #freeCount: number;
  readonly #owner: MergedFrames;

  constructor(pageSize: number, slots: number, frames: number, owner: MergedFrames) {
    const all = frames + 1;
    this.pageSize = pageSize;
    this.granules = pageSize / GRANULE;
    this.wordsPerPage = pageSize / 4;
    this.tagWordsPerPage = Math.ceil(this.granules / 4);
    this.frameOf = new Int32Array(slots).fill(NONE);
    this.mergeable = new Uint8Array(slots);
    this.next = new Int32Array(slots);
    this.#previous = new Int32Array(slots);
    this.refs = new Int32Array(all);
    this.pins = new Int32Array(all);
    this.guarded = new Uint8Array(all);
    this.merged = new Uint8Array(all);
    this.first = new Int32Array(all).fill(NONE);
    this.words = new Uint32Array(all * this.wordsPerPage);
    this.bytes = new Uint8Array(this.words.buffer);
    this.tagWords = new Uint32Array(all * this.tagWordsPerPage);
    this.tags = new Uint8Array(this.tagWords.buffer);
    this.#free = Int32Array.from({ length: frames }, (_, at) => frames - at);
    this.#freeCount = frames;
    this.#owner = owner;
  }

  freeFrames(): number {
    return this.#freeCount;
  }

  /** A frame of zeros; the caller has made sure that there is one. */
  allocate(): number {
    const frame = this.#free[--this.#freeCount]!;
    this.used++;
    this.words.fill(0, frame * this.wordsPerPage, (frame + 1) * this.wordsPerPage);
    this.tagWords.fill(0, frame * this.tagWordsPerPage, (frame + 1) * this.tagWordsPerPage);
    return frame;
  }

  /** The slot maps the frame; it must map none. */
  attach(slot: number, frame: number): void {
    this.frameOf[slot] = frame;
    if (frame === ZERO_FRAME) return;
    const head = this.first[frame]!;
    if (this.refs[frame]!++ === 0) {
      this.first[frame] = slot;
      this.next[slot] = slot;
      this.#previous[slot] = slot;
      return;
    }
    const last = this.#previous[head]!;
    this.next[last] = slot;
    this.#previous[slot] = last;
    this.next[slot] = head;
    this.#previous[head] = slot;
  }

  /** The slot maps nothing; a frame that is mapped by nobody any more is free. */
  detach(slot: number): void {
    const frame = this.frameOf[slot]!;
    this.frameOf[slot] = NONE;
    if (frame === ZERO_FRAME) return;
    const [next, previous] = [this.next[slot]!, this.#previous[slot]!];
    this.next[previous] = next;
    this.#previous[next] = previous;
    if (this.first[frame] === slot) this.first[frame] = next;
    if (--this.refs[frame]! === 0) this.#release(frame);
    else if (this.merged[frame] === 1) this.#owner.leftBy(frame);
  }

  #release(frame: number): void {
    if (this.merged[frame] === 1) this.#owner.died(frame);
    this.first[frame] = NONE;
    this.merged[frame] = 0;
    this.guarded[frame] = 0;
    this.pins[frame] = 0;
    this.used--;
    this.#free[this.#freeCount++] = frame;
  }

  /** Whether the slot's page is merged or the zero page. */
  isShared(slot: number): boolean {
    const frame = this.frameOf[slot]!;
    return frame === ZERO_FRAME || this.merged[frame] === 1;
  }

  /** Whether a store to the slot's page must copy it. */
  mustCopy(slot: number): boolean {
    const frame = this.frameOf[slot]!;
    return this.isShared(slot) || this.guarded[frame] === 1 || this.refs[frame]! > 1;
  }

  /** The slot gets a frame of its own; the caller has made sure that there is one. */
  copy(slot: number): void {
    const before = this.frameOf[slot]!;
    if (this.isShared(slot)) this.breaks++;
    const frame = this.#duplicate(before);
    this.detach(slot);
    this.attach(slot, frame);
  }

  /** Another slot gets a frame like this one's. */
  copyTo(slot: number, from: number): void {
    this.attach(slot, this.#duplicate(this.frameOf[from]!));
  }

  #duplicate(before: number): number {
    const frame = this.allocate();
    const [words, tagWords] = [this.wordsPerPage, this.tagWordsPerPage];
    this.words.copyWithin(frame * words, before * words, (before + 1) * words);
    this.tagWords.copyWithin(frame * tagWords, before * tagWords, (before + 1) * tagWords);
    return frame;
  }

  /** Below, at or above 0: the order of contents, bytes first, then tags. Hot. */
  compare(one: number, other: number): number {
    if (one === other) return 0;
    const { words, wordsPerPage } = this;
    let [at, its] = [one * wordsPerPage, other * wordsPerPage];
    for (const top = at + wordsPerPage; at < top; at++, its++) {
      if (words[at] !== words[its]) return words[at]! < words[its]! ? -1 : 1;
    }
    return this.#compareTags(one, other);
  }

  #compareTags(one: number, other: number): number {
    const { tagWords, tagWordsPerPage } = this;
    let [at, its] = [one * tagWordsPerPage, other * tagWordsPerPage];
    for (const top = at + tagWordsPerPage; at < top; at++, its++) {
      if (tagWords[at] !== tagWords[its]) return tagWords[at]! < tagWords[its]! ? -1 : 1;
    }
    return 0;
  }

  /** Data from an offset of a frame; tags of the granules that it touches go. */
  write(frame: number, offset: number, data: Uint8Array, times: number): void {
    const start = frame * this.pageSize + offset;
    for (let turn = 0; turn < times; turn++) this.bytes.set(data, start + turn * data.length);
    const tagsAt = 4 * frame * this.tagWordsPerPage;
    const top = offset + data.length * times;
    this.tags.fill(0, tagsAt + Math.floor(offset / GRANULE), tagsAt + Math.ceil(top / GRANULE));
  }

  /** 16 bytes with a tag. */
  writeCapability(frame: number, granule: number, data: Uint8Array): void {
    this.bytes.set(data, frame * this.pageSize + granule * GRANULE);
    this.tags[4 * frame * this.tagWordsPerPage + granule] = 1;
  }
}
