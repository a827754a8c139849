/** Pages that leave what they share, and what that takes. */
import { type Memory, NONE } from "./memory.ts";
import { PLACE, type Records } from "./records.ts";

export class Breaking {
  readonly #memory: Memory;
  readonly #records: Records;
  /** By frame: mappings that are about to leave it. */
  readonly #leaving: Int32Array;

  constructor(memory: Memory, records: Records) {
    this.#memory = memory;
    this.#records = records;
    this.#leaving = new Int32Array(memory.refs.length);
  }

  /** The slot's page becomes private: 1 if it was copied. */
  own(slot: number): number | "ENOMEM" {
    if (!this.#memory.mustCopy(slot)) return 0;
    if (this.#memory.freeFrames() === 0) return "ENOMEM";
    this.#breakOne(slot);
    return 1;
  }

  #breakOne(slot: number): void {
    if (this.#memory.isShared(slot) && this.#records.place[slot] !== PLACE.unknown) {
      this.#records.put(slot, PLACE.none);
    }
    this.#memory.copy(slot);
  }

  /**
   * Whether there are frames enough for copies of the merged pages of these slots, made one after the other.
   */
  canBreak(at: number, count: number): boolean {
    const { frameOf, merged, refs } = this.#memory;
    let free = this.#memory.freeFrames();
    let isEnough = true;
    for (let slot = at; slot < at + count && isEnough; slot++) {
      const frame = frameOf[slot]!;
      if (frame === NONE || !this.#memory.isShared(slot)) continue;
      isEnough = free > 0;
      free--;
      if (merged[frame] === 1 && ++this.#leaving[frame]! === refs[frame]) free++;
    }
    this.#leaving.fill(0);
    return isEnough;
  }

  /** Copies of all merged pages of these slots: how many there were. */
  breakAll(at: number, count: number): number {
    let copied = 0;
    for (let slot = at; slot < at + count; slot++) {
      if (this.#memory.frameOf[slot] === NONE || !this.#memory.isShared(slot)) continue;
      this.#breakOne(slot);
      copied++;
    }
    return copied;
  }
}
