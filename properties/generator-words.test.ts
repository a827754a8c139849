import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mutated } from "../fuzz/generate/mutation.ts";
import { Random } from "../fuzz/generate/random.ts";
import { WordSource } from "../fuzz/generate/word-source.ts";
import { createModel } from "../model/machine/reference.ts";

const WORDS_MAX = 64;
const model = createModel();

/** The words that a source makes for its next program, executed as they come. */
function wordsFrom(source: WordSource, ancestors: readonly { words: readonly number[] }[] = []): number[] {
  source.begin(ancestors);
  model.reset({ preset: "dii" });
  const words: number[] = [];
  for (let word = source.next(model); word >= 0; word = source.next(model)) {
    words.push(word);
    model.inject(word);
  }
  return words;
}

describe("a source of words", () => {
  test("makes the same programs from the same seed and ancestors", () =>
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const [one, other] = [new WordSource(seed, WORDS_MAX), new WordSource(seed, WORDS_MAX)];
        const ancestor = wordsFrom(one);
        expect(wordsFrom(other)).toEqual(ancestor);
        for (let times = 0; times < 4; times++) {
          expect(wordsFrom(other, [{ words: ancestor }])).toEqual(wordsFrom(one, [{ words: ancestor }]));
        }
      }),
      { numRuns: 50 },
    ));

  test("makes other programs from another seed, and every time", () => {
    const sources = ["a", "b", "c"].map((seed) => new WordSource(seed, WORDS_MAX));
    const made = sources.flatMap((source) => [0, 1, 2, 3].map(() => wordsFrom(source).join(" ")));
    expect(new Set(made).size).toBe(made.length);
  });

  test("makes between one word and as many as it may, each of 32 bits", () =>
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 80 }), (seed, wordsMax) => {
        const words = wordsFrom(new WordSource(seed, wordsMax));
        expect(words.length).toBeGreaterThan(0);
        expect(words.length).toBeLessThanOrEqual(wordsMax);
        for (const word of words) expect(word >= 0 && word < 2 ** 32 && Number.isInteger(word)).toBe(true);
      }),
      { numRuns: 100 },
    ));
});

describe("a mutated program", () => {
  test("has words if its ancestor had some, and leaves the ancestor alone", () =>
    fc.assert(
      fc.property(fc.string(), fc.array(fc.nat(0xffff_ffff), { minLength: 1 }), (seed, ancestor) => {
        const before = [...ancestor];
        const words = mutated(ancestor, ancestor, new Random(seed));
        expect(ancestor).toEqual(before);
        expect(words.length).toBeGreaterThan(0);
        for (const word of words) expect(word >= 0 && word < 2 ** 32 && Number.isInteger(word)).toBe(true);
      }),
    ));
});
