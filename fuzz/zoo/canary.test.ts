import { describe, expect, test } from "vitest";
import { createBench } from "../campaign/bench.ts";
import { isMissed } from "../campaign/verdict.ts";
import { implModule } from "../oracle/law/impl-library.ts";
import { modelModules } from "../oracle/law/model-library.ts";
import { OBJECTORS } from "../program/index.ts";
import { canaries, findCanaries, firstSuspect } from "./canary.ts";
import { huntByLaws } from "./law-hunt.ts";

describe("the canaries", () => {
  test("are all found, each by one of those who must find it", async () => {
    const results = await findCanaries();
    expect(results.filter(isMissed)).toEqual([]);
    expect(results.map(({ plant }) => plant)).toEqual(canaries.map(({ plant }) => plant));
  });

  test("are one of each kind: a difference, a common mistake, a law", () => {
    const kinds = canaries.map(({ plant, expected }) => [plant.split(":")[0], expected]);
    expect(kinds).toEqual([
      ["impl", ["D"]],
      ["both", ["A", "M"]],
      ["model", ["L"]],
    ]);
  });

  // Without this a suite that objects to everything would pass.
  test("are not found where nothing is planted", async () => {
    const bench = await createBench([], OBJECTORS);
    expect(firstSuspect(bench, []).suspect).toBeNull();
    const libraries = { model: modelModules, impl: implModule };
    expect(huntByLaws(libraries, "canary", 200).law).toBeNull();
  });
});
