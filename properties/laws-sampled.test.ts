import { describe, expect, test } from "vitest";
import { implModule } from "../fuzz/oracle/law/impl-library.ts";
import { judgeLaws, type LawReport } from "../fuzz/oracle/law/judge.ts";
import { modelModules } from "../fuzz/oracle/law/model-library.ts";

const SAMPLES = 300;

function judged(seed: string, samples: number): LawReport {
  return judgeLaws({
    model: modelModules,
    impl: implModule,
    seed,
    budget: { samples },
    exhaustive: false,
    until: "budget",
    clock: () => 0,
  });
}

// properties/law-faults.ts has a fault for every law.
describe("every law holds, and says something, for samples", () => {
  test("of a small format, of 64 bits and of 128 bits", () => {
    const report = judged(`samples ${process.env["CAPWRIGHT_SEED"] ?? 20260101}`, SAMPLES);
    expect(report.breaches.map(({ text }) => text.join("\n"))).toEqual([]);
    expect(report.verdict).toBe("holds");
    // The engine's code is for permissions and object types of 128 bits: it has no 64-bit format.
    expect(report.samples).toBe(5 * SAMPLES);
  });

  test("that are the same whenever the seed is", () => {
    const report = judged("s", 60);
    expect(judged("s", 60)).toEqual(report);
    expect(judged("t", 60).counts).not.toEqual(report.counts);
  });
});
