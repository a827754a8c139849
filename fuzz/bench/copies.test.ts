import { describe, expect, test } from "vitest";
import { copies, crossings, stepsOnce } from "./copies.ts";

/** Machine steps, with the two or three of the loop that does it again and again. */
const budgets: Readonly<Record<string, number>> = {
  "host call": 90,
  "CP_Call and back": 190,
  "CP_Call within a CP_Call, and back": 385,
};

describe("machine steps", () => {
  test.each(crossings)("of a crossing stay within its budget: $name", (way) => {
    const steps = stepsOnce(way, 0);
    expect(steps).toBeGreaterThan(budgets[way.name]! / 2);
    expect(steps).toBeLessThanOrEqual(budgets[way.name]!);
  });

  const [plain, read, write] = copies;
  test.each([
    [4096, 1.15],
    [65536, 1.06],
  ])("of a copy of %i bytes by CP_File are at most %f those of a plain one", (bytes, ratio) => {
    const most = ratio * stepsOnce(plain!, bytes);
    for (const way of [read!, write!]) expect(stepsOnce(way, bytes)).toBeLessThanOrEqual(most);
  });
});
