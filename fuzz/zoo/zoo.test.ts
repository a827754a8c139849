import { describe, expect, test } from "vitest";
import { createModel } from "../../model/machine/reference.ts";
import { BadInput } from "../bad-input.ts";
import { benchOf } from "../campaign/bench.ts";
import { batched } from "../lockstep/batched.ts";
import { confusedMachine } from "../shrink/confused-machine.ts";
import { huntPlanted, machineHunter } from "./hunt.ts";
import type { Specimen, ZooRecord } from "./record.ts";
import { huntSpecimen } from "./specimen.ts";
import { plantsOf, runZoo } from "./zoo.ts";

const clock = () => performance.now();
const task = { level: "machine", seed: "test", seeds: 2, seconds: 20, oracles: ["D", "L", "A"] } as const;

describe("a specimen", () => {
  test("in the engine is found by the comparison, exactly where, small, and seen by an oracle on it alone", async () => {
    const { hunts, laws, ...rest } = await huntSpecimen({ ...task, plant: "E21" }, clock);
    expect(rest).toMatchObject({ id: "E21", where: "impl", kind: "encoding and bounds", mismatch: null });
    expect(hunts.map(({ seed, foundBy }) => [seed, foundBy])).toEqual([
      ["test 1", "D"],
      ["test 2", "D"],
    ]);
    for (const { programs, steps, size, isOneMinimal, alsoSeenBy } of hunts) {
      expect(steps).toBeGreaterThanOrEqual(programs);
      expect(size).toBeLessThanOrEqual(4);
      expect({ isOneMinimal, alsoSeenBy: alsoSeenBy.includes("A") }).toEqual({
        isOneMinimal: true,
        alsoSeenBy: true,
      });
    }
    expect(hunts[0]!.programs).not.toBe(hunts[1]!.programs);
    expect(laws.every(({ law }) => law !== null)).toBe(true);
  });

  test("in both machines is found by an oracle alone", async () => {
    const { hunts, where, mismatch } = await huntSpecimen({ ...task, plant: "both:E21" }, clock);
    expect({ where, mismatch }).toEqual({ where: "both", mismatch: null });
    expect(hunts.map(({ foundBy }) => foundBy)).toEqual(["A", "A"]);
  });

  test("outside the capability library is no matter of laws", async () => {
    const { laws, hunts } = await huntSpecimen({ ...task, plant: "P26", seeds: 1 }, clock);
    expect(laws).toEqual([]);
    expect(hunts).toHaveLength(1);
  });

  test("that nobody objects to is told with how far the hunt went", async () => {
    const plant = { ...task, plant: "both:P26", oracles: ["D"], seeds: 1, seconds: 0.2 } as const;
    const { hunts } = await huntSpecimen(plant, clock);
    expect(hunts[0]).toMatchObject({ foundBy: null, size: null, isOneMinimal: null, signature: null });
    expect(hunts[0]!.programs).toBeGreaterThan(0);
  });

  test("is the same with the same seed", async () => {
    const again = async () => {
      const { hunts } = await huntSpecimen({ ...task, plant: "E21", seeds: 1 }, () => 0);
      return hunts;
    };
    expect(await again()).toEqual(await again());
  });
});

describe("a difference between machines that should have the same fault", () => {
  const hunter = machineHunter(
    benchOf(createModel(), batched(confusedMachine({ name: "csetaddr", as: "csetoffset" }), 512), ["D", "A"]),
  );
  const options = { plant: "both:E21", seed: "test", seconds: 0.5, clock };

  test("is a mismatch, and finds nothing", async () => {
    const { hunt, mismatch } = await huntPlanted(hunter, "both", options);
    expect(mismatch).toMatch(/^csetaddr: /);
    expect(hunt.foundBy).toBeNull();
    expect(hunt.programs).toBeGreaterThan(10);
  });

  test("counts where the fault is in one of them", async () => {
    const { hunt, mismatch } = await huntPlanted(hunter, "impl", options);
    expect({ foundBy: hunt.foundBy, mismatch }).toEqual({ foundBy: "D", mismatch: null });
  });
});

describe("the zoo", () => {
  test("plants what has a patch for the place, in the order of the roster", () => {
    expect(plantsOf("machine", ["E21", "E01"], ["impl", "both"])).toEqual([
      "E01",
      "both:E01",
      "E21",
      "both:E21",
    ]);
    expect(plantsOf("machine", null, ["impl"]).length).toBeGreaterThan(40);
    expect(() => plantsOf("machine", ["E99"], ["impl"])).toThrow(
      new BadInput("--ids: no planted fault is called E99"),
    );
  });

  test("hunts each in threads and tells of each as it is done; an interrupt keeps what was found", async () => {
    const interrupt = new AbortController();
    const told: [Specimen, ZooRecord][] = [];
    const record = await runZoo({
      ...task,
      seeds: 1,
      plants: ["E21", "P26", "E01"],
      workers: 1,
      clock,
      signal: interrupt.signal,
      onSpecimen: (specimen, sofar) => {
        told.push([specimen, sofar]);
        if (told.length === 2) interrupt.abort();
      },
    });
    expect(told.map(([{ id }]) => id)).toEqual(["E21", "P26"]);
    expect(told[0]![1]).toMatchObject({ interrupted: true, specimens: [{ id: "E21" }] });
    expect(record).toMatchObject({ interrupted: true, specimens: [{ id: "E21" }, { id: "P26" }] });
  });
});
