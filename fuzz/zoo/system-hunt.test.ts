import { describe, expect, test } from "vitest";
import { huntSpecimen } from "./specimen.ts";
import { plantsOf } from "./zoo.ts";

const clock = () => performance.now();
const task = {
  level: "system",
  seed: "test",
  seeds: 1,
  seconds: 60,
  oracles: ["D", "M", "T", "S", "V", "O"],
} as const;

describe("a planted fault of cVMs", () => {
  // One of a table, one of the gate's code, one of the stubs', each small, and seen by oracles on it alone.
  test.each([
    ["impl:V10", "accounting"],
    ["impl:K11", "authority"],
    ["impl:K43", "integrity"],
  ])(
    "%s is found in the implementation",
    async (plant, kind) => {
      const { hunts, ...rest } = await huntSpecimen({ ...task, plant }, clock);
      expect(rest).toMatchObject({ kind, where: "impl", laws: [], mismatch: null });
      expect(hunts).toHaveLength(1);
      const [{ foundBy, size, isOneMinimal }] = hunts as [(typeof hunts)[number]];
      expect(foundBy).not.toBeNull();
      expect(size).toBeLessThan(12);
      expect(isOneMinimal).toBe(true);
    },
    60_000,
  );

  test("in both is found by an oracle alone", async () => {
    const { hunts, mismatch } = await huntSpecimen({ ...task, plant: "both:K18" }, clock);
    expect(mismatch).toBeNull();
    expect(["M", "T"]).toContain(hunts[0]!.foundBy);
  }, 60_000);

  test("that nobody is asked about is not hunted", async () => {
    const { hunts } = await huntSpecimen({ ...task, plant: "both:V10", oracles: [] }, clock);
    expect(hunts).toMatchObject([{ foundBy: null, programs: 0, size: null }]);
  });

  test("is planted where it has a patch", () => {
    expect(plantsOf("system", ["M08", "M13"], ["impl", "both"])).toEqual(["M13", "M08", "both:M08"]);
    expect(() => plantsOf("system", ["E21"], ["impl"])).toThrow("--ids: no planted fault is called E21");
  });
});
