import { describe, expect, test } from "vitest";
import { type Gathered, gather } from "../fuzz/report/gather.ts";
import { compareRecords, comparisonText, isRegression } from "./comparison.ts";
import type { Change } from "./page-data.ts";

const samples = gather(["reports/samples"], "report.html");
const machine = samples.campaigns.find(({ record }) => record.faults.length === 0)!;
const system = samples.systems[0]!;
const zoo = samples.zoos[0]!;
const none: Gathered = {
  campaigns: [],
  systems: [],
  objects: [],
  findings: [],
  systemFindings: [],
  objectFindings: [],
  laws: [],
  zoos: [],
  cvmRuns: [],
  densities: [],
  mutations: [],
  coverages: [],
};

type Campaign = (typeof machine)["record"];

function withCampaign(change: Partial<Campaign>): Gathered {
  return { ...none, campaigns: [{ ...machine, record: { ...machine.record, ...change } }] };
}

/** The same with one outcome met so often. */
function withOutcome(
  instruction: string,
  outcome: string,
  count: number,
  steps = machine.record.steps,
): Gathered {
  const reach = machine.record.reach.map((row) =>
    row.instruction !== instruction
      ? row
      : { ...row, outcomes: row.outcomes.map((one) => (one.outcome === outcome ? { ...one, count } : one)) },
  );
  const elapsedMs = (machine.record.elapsedMs * steps) / machine.record.steps;
  return withCampaign({ reach, steps, elapsedMs });
}

const kinds = (changes: readonly Change[]) => changes.map(({ kind }) => kind);

describe("of two sets of records", () => {
  test("nothing changes between a set and itself, or what only one has", () => {
    expect(compareRecords(samples, samples)).toEqual([]);
    expect(compareRecords(none, { ...none, campaigns: [machine] })).toEqual([]);
    expect(compareRecords({ ...none, campaigns: [machine], systems: [system], zoos: [zoo] }, none)).toEqual(
      [],
    );
  });

  test("a verdict that sinks is a regression, one that rises is better", () => {
    const [good, bad] = [withCampaign({}), withCampaign({ verdict: "unknown" })];
    expect(compareRecords(good, bad)).toEqual([
      { kind: "regression", what: "verdict, machine", before: "holds", after: "unknown" },
    ]);
    expect(kinds(compareRecords(bad, good))).toEqual(["better"]);
  });

  test("a new finding is a regression, one that is gone is better", () => {
    const findings = [{ signature: "lw: trap", times: 1, words: 2, file: null }];
    const [without, with_] = [withCampaign({}), withCampaign({ findings })];
    expect(compareRecords(without, with_)).toEqual([
      { kind: "regression", what: "finding lw: trap", before: "unknown", after: "found" },
    ]);
    expect(kinds(compareRecords(with_, without))).toEqual(["better"]);
    expect(compareRecords(with_, with_)).toEqual([]);
  });

  test("what was met often and is never met is a regression, what was rare may be missed", () => {
    const never = withOutcome("addi", "retired", 0);
    expect(compareRecords(withOutcome("addi", "retired", 10), never)).toEqual([
      { kind: "regression", what: "addi: retired", before: "10", after: "never" },
    ]);
    expect(kinds(compareRecords(withOutcome("addi", "retired", 9), never))).toEqual(["worse"]);
    expect(kinds(compareRecords(never, withOutcome("addi", "retired", 1)))).toEqual(["better"]);
  });

  test("a shorter run is expected to meet less", () => {
    const shorter = withOutcome("addi", "retired", 0, machine.record.steps / 10);
    expect(kinds(compareRecords(withOutcome("addi", "retired", 99), shorter))).toEqual(["worse"]);
    expect(kinds(compareRecords(withOutcome("addi", "retired", 100), shorter))).toEqual(["regression"]);
  });

  test("a rule that is not tested any more is a regression", () => {
    const rules = system.record.rules.map((rule, at) => (at === 0 ? { ...rule, held: 0 } : rule));
    const after = { ...none, systems: [{ ...system, record: { ...system.record, rules } }] };
    expect(compareRecords({ ...none, systems: [system] }, after)).toMatchObject([
      { kind: "regression", what: "rule M registers", after: "never" },
    ]);
  });

  test.each([
    [0.69, ["regression"]],
    [0.71, ["worse"]],
    [0.97, []],
    [1.5, ["better"]],
  ])("a rate of %f times what it was", (times, expected) => {
    const elapsedMs = machine.record.elapsedMs / times;
    expect(kinds(compareRecords(withCampaign({}), withCampaign({ elapsedMs })))).toEqual(expected);
  });

  test("verifiers of objects are held to what they found, how fast, and what they were asked", () => {
    const { objects, objectFindings } = samples;
    const [campaign] = objects as [(typeof objects)[number]];
    const { record } = campaign;
    const before = {
      ...none,
      objects: [{ ...campaign, record: { ...record, verdict: "holds" as const, findings: [] } }],
    };
    const slow = { ...record, elapsedMs: 10 * record.elapsedMs, reasons: { ...record.reasons, "6": 0 } };
    const after = { ...none, objects: [{ ...campaign, record: slow }], objectFindings };
    expect(compareRecords(before, after).map(({ kind, what }) => [kind, what])).toEqual([
      ["regression", "verdict, object"],
      ["regression", "finding model refuses for 5, impl accepts"],
      ["regression", "answer 6 to object files"],
      ["regression", "files a second, object"],
    ]);
  });
});

describe("of planted faults", () => {
  type Hunt = (typeof zoo)["record"]["specimens"][number]["hunts"][number];

  function withHunts(change: (at: number) => Partial<Hunt>): Gathered {
    const [first, ...others] = zoo.record.specimens.filter(({ laws }) => laws.length === 0);
    const hunts = first!.hunts.map((hunt, at) => ({ ...hunt, ...change(at) }));
    const specimens = [{ ...first!, hunts }, ...others];
    return { ...none, zoos: [{ ...zoo, record: { ...zoo.record, specimens } }] };
  }
  const same = withHunts(() => ({}));

  test("one that is missed with any seed is a regression", () => {
    const missed = withHunts((at) => (at === 0 ? { foundBy: null } : {}));
    expect(compareRecords(same, missed)).toEqual([
      { kind: "regression", what: "planted machine impl:P26 found", before: "100 %", after: "50 %" },
    ]);
    expect(kinds(compareRecords(missed, same))).toEqual(["better"]);
  });

  test.each([
    [3000, 8001, ["worse"]],
    [3000, 9001, ["regression"]],
    [100, 2000, []],
    [100, 5000, ["worse"]],
    [20_000, 100, ["better"]],
  ])("one that took %i ms and takes %i ms", (before, after, expected) => {
    const [old, now] = [withHunts(() => ({ elapsedMs: before })), withHunts(() => ({ elapsedMs: after }))];
    expect(kinds(compareRecords(old, now))).toEqual(expected);
  });

  test.each([
    [2, 4, ["worse"]],
    [2, 5, ["regression"]],
    [10, 15, ["worse"]],
    [10, 16, ["regression"]],
    [10, 8, ["better"]],
  ])("one that was shrunk to %i words and is to %i", (before, after, expected) => {
    const [old, now] = [withHunts(() => ({ size: before })), withHunts(() => ({ size: after }))];
    expect(kinds(compareRecords(old, now))).toEqual(expected);
  });
});

describe("of scores", () => {
  const scored = (good: number): Gathered => ({
    ...none,
    mutations: [
      { file: "mutation.json", link: null, rows: [{ name: "model", good, total: 1000, note: "" }] },
    ],
  });

  test.each([
    [950, 944, ["regression"]],
    [950, 945, ["worse"]],
    [950, 950, []],
    [950, 960, ["better"]],
  ])("%i and then %i of a thousand", (before, after, expected) => {
    expect(kinds(compareRecords(scored(before), scored(after)))).toEqual(expected);
  });
});

test("the text tells regressions first, and how it ends", () => {
  const changes: Change[] = [
    { kind: "better", what: "addi: retired", before: "never", after: "3" },
    { kind: "regression", what: "finding x", before: "unknown", after: "found" },
  ];
  const text = comparisonText({ before: "old", after: "new", changes });
  expect(text).toMatch(/^old -> new\n\n {2}regression {2}finding x .*\n {2}better /);
  expect(text).toMatch(/verdict: broken \(1 better, 0 worse within limits, 1 beyond\)$/);
  expect(isRegression({ changes })).toBe(true);
  expect(comparisonText({ before: "old", after: "new", changes: [] })).toBe(
    "old -> new\n\nverdict: holds (0 better, 0 worse within limits, 0 beyond)",
  );
});
