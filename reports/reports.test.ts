import { describe, expect, test } from "vitest";
import type { CampaignRecord } from "../fuzz/campaign/record.ts";
import type { InstructionReach } from "../fuzz/reach/table.ts";
import { campaignSummary } from "./campaign.ts";
import { columns } from "./columns.ts";
import { neverReachedText, operandTable, reachSummary, reachTable } from "./reach.ts";
import { rulesSummary, rulesTable } from "./rules.ts";

const reach: InstructionReach[] = [
  {
    instruction: "beq",
    outcomes: [
      {
        outcome: "taken",
        count: 12_345,
        classes: { mode: { "integer mode": 12_345 }, first: { zero: 12_000 } },
      },
      { outcome: "not taken", count: 999, classes: { mode: { "integer mode": 999 } } },
      { outcome: "length", count: 0, classes: {} },
    ],
  },
  { instruction: "cinvoke", outcomes: [{ outcome: "type", count: 0, classes: {} }] },
];

const record: CampaignRecord = {
  format: "capwright-campaign",
  version: 1,
  seed: "a seed",
  budget: { runs: 100 },
  workers: 2,
  machines: { expect: "model", actual: "impl" },
  faults: [],
  oracles: ["D", "A"],
  canaries: [{ plant: "impl:P26", expected: ["D"], foundBy: "D", tests: 42 }],
  verdict: "holds",
  reason: "13,344 steps compared, no difference",
  interrupted: false,
  programs: 100,
  steps: 13_344,
  elapsedMs: 2000,
  reach,
  undeclared: [],
  clauses: [
    { oracle: "A", clause: "load_mem", held: 12_000, broken: 0, vacuous: 1344 },
    { oracle: "A", clause: "store_tag", held: 0, broken: 1, vacuous: 13_343 },
  ],
  findings: [],
};

describe("the summary of a campaign", () => {
  test("tells what was done, what was reached and the verdict", () => {
    expect(campaignSummary(record)).toMatchInlineSnapshot(`
      "  seed            a seed
        machines        model (expected), impl
        oracles         D, A
        canaries        impl:P26 found by D in 42
        programs        100
        steps compared  13,344, 6,672 a second
        time            2.0 s with 2 workers

      Reached 1 of 2 instructions, 2 of 4 outcomes of them.

      Never reached
        beq      length
        cinvoke  type

      Rules
        A  1 of 2 rules found true  12,000 times  never: store_tag

      verdict: holds (13,344 steps compared, no difference)"
    `);
  });

  test("lists findings with the command that runs them again", () => {
    const fields = [{ field: "register.value", expect: "0x0", actual: "0x1" }];
    const difference = { at: 0, instruction: "ctoptr", fields };
    const finding = {
      oracle: "D",
      signature: "ctoptr: register.value",
      times: 55,
      words: 1,
      difference,
      rule: null,
    } as const;
    const summary = campaignSummary({
      ...record,
      verdict: "broken",
      reason: "the machines differ: 2 findings",
      faults: ["P26"],
      interrupted: true,
      workers: 1,
      findings: [
        { ...finding, file: "out/ctoptr.json" },
        { ...finding, words: 3, file: null },
      ],
    });
    expect(summary).toContain("  planted faults  P26\n");
    expect(summary).toContain("  ended           early, by request");
    expect(summary).toContain("2.0 s with 1 worker\n");
    expect(summary).toContain(
      "  1  ctoptr: register.value  1 word   55 times  capwright replay out/ctoptr.json\n" +
        "  2  ctoptr: register.value  3 words  55 times\n",
    );
    expect(summary).toContain("verdict: broken (the machines differ: 2 findings)");
  });

  test("of a peer says whom to replay a finding against", () => {
    const url = "rvfi://127.0.0.1:5000";
    const difference = { at: 0, instruction: "addi", fields: [] };
    const summary = campaignSummary({
      ...record,
      machines: { expect: "model", actual: url },
      findings: [
        {
          oracle: "D",
          signature: "addi: rd_wdata",
          times: 1,
          words: 1,
          difference,
          rule: null,
          file: "out/addi.json",
        },
      ],
    });
    expect(summary).toContain(`capwright replay out/addi.json --against ${url}\n`);
  });

  test("names outcomes that should not exist", () => {
    expect(campaignSummary({ ...record, undeclared: ["addi: tag"] })).toContain(
      "does not declare: addi: tag",
    );
  });

  test("of a campaign that did nothing divides by no zero", () => {
    expect(campaignSummary({ ...record, steps: 0, elapsedMs: 0 })).toContain("steps compared  0, 0 a second");
  });
});

describe("the reach table", () => {
  test("has every outcome with its count, and never stands out", () => {
    expect(reachTable(reach)).toBe(
      [
        "  instruction  outcomes",
        "  beq          taken 12k, not taken 999, length never",
        "  cinvoke      type never",
      ].join("\n"),
    );
  });

  test("has the operands of each outcome in a table of its own", () => {
    expect(operandTable(reach).split("\n")).toEqual([
      "  instruction  outcome    operand  classes",
      "  beq          taken      mode     integer mode 12k",
      "  beq          taken      first    zero 12k",
      "  beq          not taken  mode     integer mode 999",
    ]);
  });

  test("counts what was reached", () => {
    expect(reachSummary(reach)).toBe("Reached 1 of 2 instructions, 2 of 4 outcomes of them.");
  });

  test("lists what was never reached, as far as there is room", () => {
    expect(neverReachedText(reach, 2)).toBe("Never reached\n  beq      length\n  cinvoke  type");
    expect(neverReachedText(reach, 1)).toBe("Never reached\n  beq  length\n  and 1 more instructions");
    expect(neverReachedText([], 1)).toBe("");
  });

  test("shortens large counts", () => {
    const counted = (count: number) => [
      { instruction: "nop", outcomes: [{ outcome: "retired", count, classes: {} }] },
    ];
    const spelt = [1000, 9999, 45_600_000, 7_200_000_000].map(
      (count) => reachTable(counted(count)).split("retired ")[1],
    );
    expect(spelt).toEqual(["1.0k", "10k", "46M", "7.2G"]);
  });
});

test("the table of rules has every clause with its three counts", () => {
  expect(rulesTable(record.clauses).split("\n")).toEqual([
    "  oracle  rule       true    false  vacuous",
    "  A       load_mem   12,000  0      1,344",
    "  A       store_tag  never   1      13,343",
  ]);
  expect(rulesSummary([])).toBe("");
});

test("a canary that was missed stands out", () => {
  const canary = { plant: "both:E21", expected: ["A", "M"], foundBy: null, tests: 256 };
  expect(campaignSummary({ ...record, canaries: [canary] })).toContain("both:E21 MISSED in 256\n");
});

test("columns are as wide as their widest cell, and lines end without spaces", () => {
  expect(
    columns([
      ["a", "bb", ""],
      ["ccc", "d", "e"],
    ]),
  ).toBe("  a    bb\n  ccc  d   e");
});
