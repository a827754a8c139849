import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isDrawn, type MutantName, ROUND_ENDS } from "./draw.ts";

const FILE = "model/capability/seal.ts";

function mutant(line: number, replacement = "a"): MutantName {
  const location = { start: { line, column: 3 }, end: { line, column: 8 } };
  return { mutatorName: "Literal", replacement, location };
}

const rounds = ROUND_ENDS.map((to, index) => ({ from: ROUND_ENDS[index - 1] ?? 0, to }));

test("every mutant comes in one round, and in the last at the latest", () =>
  fc.assert(
    fc.property(fc.nat(), fc.string(), (line, replacement) => {
      const drawn = rounds.filter((span) => isDrawn(FILE, mutant(line, replacement), span));
      expect(drawn).toHaveLength(1);
      expect(isDrawn(FILE, mutant(line, replacement), { from: 0, to: 1 })).toBe(true);
    }),
  ));

test("a round has its share of any file", () => {
  const lines = Array.from({ length: 3200 }, (_, line) => line);
  for (const file of [FILE, "impl/engine/trap.ts"])
    for (const span of rounds) {
      const drawn = lines.filter((line) => isDrawn(file, mutant(line), span)).length;
      const expected = lines.length * (span.to - span.from);
      expect(Math.abs(drawn - expected)).toBeLessThan(4 * Math.sqrt(expected));
    }
});

test("what is alike but for its place, its file or what it becomes is drawn apart", () => {
  const half = { from: 0, to: 1 / 2 };
  const spread = (drawn: readonly boolean[]) => new Set(drawn).size;
  const some = Array.from({ length: 30 }, (_, index) => index);
  expect(spread(some.map((line) => isDrawn(FILE, mutant(line), half)))).toBe(2);
  expect(spread(some.map((name) => isDrawn(`${name}.ts`, mutant(1), half)))).toBe(2);
  expect(spread(some.map((name) => isDrawn(FILE, mutant(1, `${name}`), half)))).toBe(2);
});
