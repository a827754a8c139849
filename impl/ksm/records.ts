import { Trees } from "./tree.ts";

/** Where the scanner has put a page; 0: it has no record of it. */
export const PLACE = { unknown: 0, none: 1, unstable: 2, stable: 3, zero: 4 } as const;
type PlaceNumber = (typeof PLACE)[keyof typeof PLACE];

/**
 * What the scanner knows of pages, by slot, how many are in which place, and the unstable tree of this pass.
 */
export class Records {
  readonly place: Uint8Array;
  readonly sum: Int32Array;
  readonly hasSum: Uint8Array;
  readonly unstable: Trees;
  /** How many pages are in each place. */
  readonly counts: Int32Array;
  /** In which filling of the unstable tree a page was put there, and its group. */
  readonly #filling: Int32Array;
  readonly #group: Int32Array;
  #fillings = 0;

  constructor(slots: number, groups: number) {
    this.place = new Uint8Array(slots);
    this.sum = new Int32Array(slots);
    this.hasSum = new Uint8Array(slots);
    this.unstable = new Trees(groups, slots);
    this.counts = new Int32Array(Object.keys(PLACE).length);
    this.#filling = new Int32Array(slots);
    this.#group = new Int32Array(slots);
    this.counts[PLACE.unknown] = slots;
  }

  /** A page comes to another place; whatever it is, it leaves the unstable tree. */
  put(slot: number, place: PlaceNumber): void {
    const before = this.place[slot]!;
    if (before === PLACE.unstable && this.#filling[slot] === this.#fillings) {
      this.unstable.remove(this.#group[slot]!, slot);
    }
    this.counts[before]!--;
    this.counts[place]!++;
    this.place[slot] = place;
    if (place !== PLACE.none && place !== PLACE.unstable) this.hasSum[slot] = 0;
  }

  /** A page comes into the unstable tree, where its search ended. */
  plant(slot: number, group: number, parent: number, isLeft: boolean): void {
    this.put(slot, PLACE.unstable);
    this.#filling[slot] = this.#fillings;
    this.#group[slot] = group;
    this.unstable.insert(group, slot, parent, isLeft);
  }

  /** The unstable tree is thrown away; its pages keep their place until they are visited again. */
  empty(): void {
    this.unstable.clear();
    this.#fillings++;
  }

  known(): number {
    return this.place.length - this.counts[PLACE.unknown]!;
  }
}
