import { describe, expect, test } from "vitest";
import { implModule } from "../fuzz/oracle/law/impl-library.ts";
import { judgeLaws } from "../fuzz/oracle/law/judge.ts";
import { modelModules } from "../fuzz/oracle/law/model-library.ts";

// properties/law-faults.ts has a fault for every law.
describe("every law holds for every pattern, address and operand of the toy format", () => {
  test.each([
    ["model", { model: modelModules }],
    ["impl", { impl: implModule }],
  ] as const)("in the library of %s", (name, library) => {
    const report = judgeLaws({
      ...library,
      seed: "nothing is drawn",
      budget: { samples: 0 },
      exhaustive: true,
      until: "budget",
      clock: () => 0,
    });
    expect(report.breaches.map(({ text }) => text.join("\n"))).toEqual([]);
    expect(report.verdict).toBe("holds");
    // 128 bounds fields at 32 addresses, each with 32 operands.
    expect(report.toy[name]).toEqual({ patterns: 4_096, pairs: 131_072, partners: 3 });
  });
});
