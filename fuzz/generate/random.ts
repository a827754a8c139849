import seedrandom from "seedrandom";

/**
 * A fast source of random numbers: xoshiro128**, 32 bits at a time.
 *
 * A text is turned into its state by seedrandom once; `restart` then makes a new stream for every index
 * without going back to the text. Same text and same index, same numbers, on every machine.
 */
export class Random {
  readonly #seed: readonly [number, number, number, number];
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  constructor(text: string) {
    const source = seedrandom(text);
    this.#seed = [source.int32(), source.int32(), source.int32(), source.int32()];
    this.restart(0);
  }

  /** Begins the stream number `index`, a whole number from 0 to 2^53-1. */
  restart(index: number): void {
    const [a, b, c, d] = this.#seed;
    const low = mixed(index | 0);
    const high = mixed(Math.floor(index / 2 ** 32) | 0);
    this.#a = mixed(a ^ low);
    this.#b = mixed(b + high);
    this.#c = mixed(c ^ ~low);
    // All zeros is the one state that xoshiro never leaves.
    this.#d = mixed(d + low) | 1;
    for (let round = 0; round < 4; round++) this.next();
  }

  /** The next 32 bits, as a number from 0 to 2^32-1. Hot. */
  next(): number {
    const five = Math.imul(this.#b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  /** A number from 0 to `count` - 1. `count` is at most 2^21, so that the bias does not matter. */
  below(count: number): number {
    return Math.floor((this.next() / 2 ** 32) * count);
  }

  /** True `times` in `outOf` times. */
  odds(times: number, outOf: number): boolean {
    return this.below(outOf) < times;
  }

  /** A number that lies near an edge of a range of numbers, or anywhere in it. */
  edge(count: number): number {
    const bits = this.next();
    const small = bits >>> 28;
    switch (bits & 7) {
      case 0:
        return 0;
      case 1:
        return count - 1;
      case 2:
        return count >>> 1;
      case 3:
        return Math.max(0, (count >>> 1) - 1);
      case 4:
        return Math.min(small, count - 1);
      default:
        return this.below(count);
    }
  }

  /** One of a list that is not empty. */
  pick<Item>(items: ArrayLike<Item>): Item {
    return items[this.below(items.length)]!;
  }
}

/** Spreads the bits of a 32-bit number over all others (the finalizer of MurmurHash3). */
function mixed(value: number): number {
  let bits = value + 0x9e3779b9;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
