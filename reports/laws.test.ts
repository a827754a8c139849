import { expect, test } from "vitest";
import type { LawReport } from "../fuzz/oracle/law/judge.ts";
import { lawsSummary } from "./laws.ts";

const report: LawReport = {
  verdict: "broken",
  reason: "impl: null-is-zero",
  seed: "a seed",
  counts: [
    { library: "model", law: "null-is-zero", holds: 1_234, vacuous: 0, broken: 0 },
    { library: "model", law: "entry-is-sealed", holds: 0, vacuous: 7, broken: 0 },
    { library: "impl", law: "null-is-zero", holds: 2, vacuous: 0, broken: 1 },
  ],
  breaches: [
    { library: "impl", format: "toy", law: "null-is-zero", text: ["law null-is-zero", "tag: got true"] },
  ],
  toy: { model: { patterns: 4_096, pairs: 131_072, partners: 3 } },
  samples: 1_000,
  elapsedMs: 1_500,
};

test("a judgement by laws is told with the counts of every law, what broke it, and the verdict", () => {
  expect(lawsSummary(report)).toMatchInlineSnapshot(`
    "  seed               a seed
      model, toy format  4,096 patterns, 131,072 with an operand, 3 partners each
      samples            1,000
      time               1.5 s

      library  law              true   vacuous
      model    null-is-zero     1,234  0
      model    entry-is-sealed  never  7
      impl     null-is-zero     2      0        broken

    law null-is-zero
    tag: got true

    verdict: broken (impl: null-is-zero)"
  `);
});
