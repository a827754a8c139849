import { describe, expect, test } from "vitest";
import { isMissed } from "../campaign/verdict.ts";
import { systemsWith } from "../faults/system/plant.ts";
import { findSystemCanaries, systemCanaries } from "./system-canary.ts";
import { Pack } from "./system-hunt.ts";

describe("the canaries of cVMs", () => {
  test("are all found, each by one of those who must find it", async () => {
    const results = await findSystemCanaries();
    expect(results.filter(isMissed)).toEqual([]);
    expect(results.map(({ plant }) => plant)).toEqual(systemCanaries.map(({ plant }) => plant));
  });

  test("are one of each kind: a difference, a common mistake", () => {
    const kinds = systemCanaries.map(({ plant, expected }) => [plant.split(":")[0], expected]);
    expect(kinds).toEqual([
      ["impl", ["D"]],
      ["both", ["M", "T"]],
    ]);
  });

  // Without this a suite that objects to everything would pass.
  test("are not found where nothing is planted", async () => {
    const pack = new Pack(await systemsWith([]), ["D", "M", "T"]);
    const { foundBy, programs } = await pack.hunt("canary", { runs: 3 }, () => 0);
    expect({ foundBy, programs }).toEqual({ foundBy: null, programs: 3 });
  });
});
