/** A program that reached something new, kept to be mutated. */
export interface Kept {
  readonly words: Uint32Array;
  /** Cells of the reach table that it was the first to touch. */
  readonly fresh: number;
}

/**
 * A bounded collection of programs worth mutating. When it is full the oldest goes: what is new late is rare,
 * what was new early is reached by everything.
 */
export class Corpus {
  readonly #capacity: number;
  readonly #kept: Kept[] = [];
  #next = 0;

  /** `capacity` is a number of programs, at least 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(program: Kept): void {
    this.#kept[this.#next] = program;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** The programs kept, in no particular but a deterministic order. A live view. */
  programs(): readonly Kept[] {
    return this.#kept;
  }
}
