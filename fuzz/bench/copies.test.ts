import { describe, expect, test } from "vitest";
import { copies, crossings, newSystem, once } from "./copies.ts";

/** Machine steps, with the two or three of the loop that does it again and again. */
const budgets: Readonly<Record<string, number>> = {
  "host call": 90,
  "CP_Call and back": 190,
  "CP_Call within a CP_Call, and back": 385,
};

describe("machine steps", () => {
  const system = newSystem();

  test.each(crossings)("of a crossing stay within its budget: $name", (way) => {
    const { steps } = once(system, way, 0);
    expect(steps).toBeGreaterThan(budgets[way.name]! / 2);
    expect(steps).toBeLessThanOrEqual(budgets[way.name]!);
  });

  const [plain, read, write] = copies;
  test.each([
    [4096, 1.15],
    [65_536, 1.06],
    [1_048_576, 1.01],
  ])("of a copy of %i bytes by CP_File are at most %f those of a plain one", (bytes, ratio) => {
    const most = ratio * once(system, plain!, bytes).steps;
    for (const way of [read!, write!]) expect(once(system, way, bytes).steps).toBeLessThanOrEqual(most);
  });
});
