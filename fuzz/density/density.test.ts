import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { densitySchema } from "../../reports/records.ts";
import { jsonText } from "../program/hex.ts";
import { experimentOf } from "./experiment.ts";
import { type Library, readLibrary } from "./library.ts";
import { plotsOf, recordOf, textOf } from "./report.ts";
import { instanceUnits, serviceOf } from "./service.ts";
import { idealInstances, simulate, type World, ways } from "./simulate.ts";
import { svgOf } from "./svg.ts";

const read = (name: string) => readLibrary(readFileSync(`corpora/elf/${name}`), name);
const libraries: readonly Library[] = [
  { name: "lib", shared: ["a", "b", "a", "c", "d", "e"], statePages: 2 },
];
const shares = { equal: 0.25, rewritten: 0.25 };
const service = serviceOf(libraries, 8, shares);
const world: World = {
  memoryPages: 400,
  launchMs: 20,
  endMs: 60_000,
  patienceMs: 20_000,
  scanPages: 20,
  scanSleepMs: 20,
  sharingMax: 256,
  costs: { checksumNs: 1000, compareNs: 300, mergeNs: 2000 },
};

describe("libraries", () => {
  test("an object has pages by its sections, a program by its segments", () => {
    const { shared, statePages } = read("counters.o");
    expect([shared.length, new Set(shared).size, statePages]).toEqual([2, 2, 2]);
    // One segment that can be stored to.
    expect(read("pass.elf")).toEqual({ name: "pass.elf", shared: [], statePages: 1 });
  });

  test("what is no such file is refused, and a size that lies", () => {
    const bytes = readFileSync("corpora/elf/counters.o");
    const changed = (at: number, value: number) => Buffer.from(bytes).fill(value, at, at + 1);
    expect(() => readLibrary(Buffer.from("none"), "x")).toThrow("x: file header");
    expect(() => readLibrary(changed(4, 1), "x")).toThrow("x: EI_CLASS: expected 2 (64-bit), found 1");
    expect(() => readLibrary(changed(5, 2), "x")).toThrow("x: EI_DATA");
    expect(() => readLibrary(changed(16, 9), "x")).toThrow("x: e_type");
    expect(() => readLibrary(bytes.subarray(0, 100), "x")).toThrow("lie outside the file");
  });
});

describe("simulation", () => {
  const runs = Object.fromEntries(ways.map((way) => [way, simulate(way, service, world)]));

  test("without sharing as many fit as memory holds", () => {
    expect(instanceUnits(service)).toBe(16);
    expect(runs["nothing shared"]).toMatchObject({ instances: 25, scanned: 0, residentBytes: 400 * 4096 });
  });

  test("with objects their code is there once, at once, and nothing is scanned", () => {
    const run = runs["single-copy objects"]!;
    expect(run.instances).toBe(Math.floor((400 - 6) / 10));
    expect(run.residentBytes).toBe((6 + 39 * 10) * 4096);
    expect([run.scanned, run.cpuSeconds]).toEqual([0, 0]);
    expect(run.seconds).toBeCloseTo(39 * 0.02, 5);
  });

  test("with KSM more fit after a while, never more than if all equal pages were there once", () => {
    const run = runs["KSM always on"]!;
    expect(run.instances).toBeGreaterThan(30);
    expect(run.instances).toBeLessThanOrEqual(idealInstances(service, world));
    expect(run.seconds).toBeGreaterThan(runs["single-copy objects"]!.seconds);
    expect(run.cpuSeconds).toBeGreaterThan(0);
    // What is merged is what is not resident.
    expect(run.residentBytes).toBe((run.instances * 16 - run.merged) * 4096);
  });

  test("KSM tuned does nothing for a minute", () => {
    expect(runs["KSM tuned"]).toMatchObject({ instances: 25, scanned: 0 });
    const long = simulate("KSM tuned", service, { ...world, endMs: 400_000, patienceMs: 400_000 });
    expect(long.scanned).toBeGreaterThan(0);
    expect(long.seconds).toBeGreaterThan(60);
    expect(long.instances).toBeGreaterThan(25);
  });

  test("memory is never exceeded, and instances never leave", () => {
    for (const { samples } of Object.values(runs))
      for (const [index, { instances, residentBytes }] of samples.entries()) {
        expect(residentBytes).toBeLessThanOrEqual(400 * 4096);
        expect(instances).toBeGreaterThanOrEqual(samples[index - 1]?.instances ?? 0);
      }
  });

  test("pages that are rewritten all the time are not merged", () => {
    const busy = serviceOf(libraries, 8, { equal: 0, rewritten: 1 });
    const run = simulate("KSM always on", busy, world);
    expect(run.copies).toBe(0);
    expect(run.merged).toBeLessThanOrEqual(run.instances * 6);
  });
});

describe("experiments", () => {
  const experiment = experimentOf([read("counters.o")], {
    kind: "service",
    memoryMib: 1,
    heapKib: 64,
    shares,
  });

  test("give records that the page takes, and plots", () => {
    const { instances, resident } = plotsOf(experiment);
    for (const plot of [instances, resident]) {
      const record = densitySchema.parse(JSON.parse(jsonText(recordOf(plot, experiment))));
      expect(record.series.map(({ name }) => name)).toEqual([...ways]);
      expect(record.series.every(({ points }) => points.length > 10 && points.length <= 201)).toBe(true);
      expect(svgOf(plot).match(/<polyline/g)).toHaveLength(ways.length);
    }
  });

  test("the one of the talk has its figures beside ours, and says what does not follow from them", () => {
    const text = textOf(
      experimentOf([read("counters.o")], { kind: "talk", shares: { equal: 0, rewritten: 0 } }),
    );
    expect(text).toMatch(/nothing shared +148 /);
    expect(text).toMatch(/KSM tuned +165 .* 128-176 +120-290/);
    expect(text).toMatch(/single-copy objects +165 .* 143 +11/);
    expect(text).toContain("What does not follow from what was published");
    expect(textOf(experiment)).not.toContain("talk: workers");
  });

  test("one that would take too much memory itself is refused", () => {
    const wish = { kind: "service", memoryMib: 65_536, heapKib: 4, shares } as const;
    expect(() => experimentOf([read("counters.o")], wish)).toThrow("--memory: ");
  });
});

test("text in a plot is escaped", () => {
  const svg = svgOf({ title: "a < b & c", x: "x", y: "y", series: [{ name: "one", points: [[0, 0]] }] });
  expect(svg).toContain("a &#60; b &#38; c");
});
