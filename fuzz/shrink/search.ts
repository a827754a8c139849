import type { Program, StepEvent } from "../../model/contract.ts";
import { NARROW_NOP, NOP } from "./cost.ts";
import { type Draft, draftOf, type Item, isSimpler, keyOf, programOf, withItems } from "./draft.ts";
import { type Fails, type FailureClass, isSameFailure } from "./failure.ts";

/** Runs a program on the reference and tells what it did: for rules that look at values. */
export type Events = (program: Program) => readonly StepEvent[];

/**
 * The smallest failing program so far, and what was tried. Every pass offers drafts; one that is simpler and
 * fails in the same way becomes the new best.
 */
export class Search {
  best: Draft;
  tests = 0;
  readonly #original: Program;
  readonly #fails: Fails;
  readonly #events: Events;
  readonly #wanted: FailureClass;
  readonly #testsMax: number;
  readonly #tried = new Set<string>();
  #bestEvents: readonly StepEvent[] | null = null;

  constructor(program: Program, wanted: FailureClass, fails: Fails, events: Events, testsMax: number) {
    this.#original = program;
    this.#wanted = wanted;
    this.#fails = fails;
    this.#events = events;
    this.#testsMax = testsMax;
    this.best = draftOf(program);
    this.#tried.add(keyOf(this.best));
  }

  /** Whether no more programs may be run. */
  isExhausted(): boolean {
    return this.tests >= this.#testsMax;
  }

  /** Takes a draft over if it is simpler than the best and fails in the same way. */
  offer(draft: Draft): boolean {
    if (this.isExhausted() || !isSimpler(draft, this.best)) return false;
    const key = keyOf(draft);
    if (this.#tried.has(key)) return false;
    this.#tried.add(key);
    this.tests++;
    if (!isSameFailure(this.#fails(programOf(this.#original, draft)), this.#wanted)) return false;
    this.best = draft;
    this.#bestEvents = null;
    return true;
  }

  /**
   * Offers the best with one word replaced by the first of some that will do. Kept words are not replaced.
   */
  offerWords(at: number, words: Iterable<number | null>): boolean {
    const item = this.best.items[at]!;
    if (item.isKept) return false;
    for (const word of words) {
      if (word === null || word === item.word) continue;
      const changed = { word, marks: [], isKept: false };
      if (this.offer(withItems(this.best, this.best.items.with(at, changed)))) return true;
    }
    return false;
  }

  /**
   * Offers items of which one goes; or, where what is behind it depends on its address, becomes a no-
   * operation.
   */
  offerGone(items: readonly Item[], at: number): boolean {
    if (this.offer(withItems(this.best, items.toSpliced(at, 1)))) return true;
    const idle = { word: (items[at]!.word & 3) === 3 ? NOP : NARROW_NOP, marks: [], isKept: false };
    return this.offer(withItems(this.best, items.with(at, idle)));
  }

  get start(): Program["start"] {
    return this.#original.start;
  }

  program(): Program {
    return programOf(this.#original, this.best);
  }

  /** What the reference does on the best program. */
  events(): readonly StepEvent[] {
    this.#bestEvents ??= this.#events(this.program());
    return this.#bestEvents;
  }
}
