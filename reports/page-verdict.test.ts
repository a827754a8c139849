import { describe, expect, test } from "vitest";
import { gather } from "../fuzz/report/gather.ts";
import { classesIn, machineReach, machineRules, seenBy, systemReach, systemRules } from "./page/merged.ts";
import { verdictOf } from "./page/verdict.ts";
import type { PageData } from "./page-data.ts";
import { unplanted } from "./planted.ts";

const nothing: PageData = {
  title: "",
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
  comparison: null,
};
const samples: PageData = { ...nothing, ...gather(["reports/samples"], "report.html") };
const [machine, planted] = samples.campaigns;

describe("the verdict", () => {
  test("is that of the worst", () => {
    expect(verdictOf(nothing).verdict).toBe("unknown");
    expect(verdictOf({ ...nothing, campaigns: [machine!] }).verdict).toBe("holds");
    expect(verdictOf({ ...nothing, campaigns: [machine!], systems: samples.systems }).verdict).toBe("broken");
  });

  test("takes no notice of what was planted, unless there is nothing else", () => {
    expect(verdictOf({ ...nothing, campaigns: [machine!, planted!] }).verdict).toBe("holds");
    expect(verdictOf({ ...nothing, campaigns: [planted!] }).verdict).toBe("broken");
  });

  test("is broken by a finding that no campaign lists", () => {
    const { judged, verdict } = verdictOf({ ...nothing, systemFindings: samples.systemFindings });
    expect(verdict).toBe("broken");
    expect(judged).toEqual([
      {
        what: "findings of no campaign",
        verdict: "broken",
        reason: "cp_call_async: report.outcome.values[] (EFAULT / a value), and 2 more",
        planted: false,
      },
    ]);
    const listed = verdictOf({
      ...nothing,
      systems: samples.systems,
      systemFindings: samples.systemFindings,
    });
    expect(listed.judged.map(({ reason }) => reason)).toEqual([
      "1 findings",
      "leak at store: data, and 1 more",
    ]);
  });

  test("of a zoo is broken where a seed found nothing, and unknown where it ended early", () => {
    const zoo = samples.zoos[0]!;
    const [first, ...others] = zoo.record.specimens;
    const missed = { ...first!, hunts: first!.hunts.map((hunt) => ({ ...hunt, foundBy: null })), laws: [] };
    const of = (change: Partial<typeof zoo.record>) =>
      verdictOf({ ...nothing, zoos: [{ ...zoo, record: { ...zoo.record, ...change } }] }).verdict;
    expect(of({})).toBe("holds");
    expect(of({ specimens: [missed, ...others] })).toBe("broken");
    expect(of({ interrupted: true })).toBe("unknown");
  });

  test("of cVMs is broken by a broken rule, and unknown where they did not end", () => {
    const run = samples.cvmRuns[0]!;
    const of = (change: Partial<typeof run.record>) =>
      verdictOf({ ...nothing, cvmRuns: [{ ...run, record: { ...run.record, ...change } }] }).verdict;
    expect([of({}), of({ broken: ["M registers"] }), of({ verdict: "deadlock" })]).toEqual([
      "holds",
      "broken",
      "unknown",
    ]);
  });
});

describe("counts of several campaigns", () => {
  test("are added, outcome by outcome and class by class", () => {
    const [once, twice] = [machineReach([machine!]), machineReach([machine!, machine!])];
    const cell = once.find(({ name }) => name === "addi")!.cells.find(({ count }) => count > 0)!;
    const double = twice
      .find(({ name }) => name === "addi")!
      .cells.find(({ outcome }) => outcome === cell.outcome)!;
    expect(double.count).toBe(2 * cell.count);
    const [role, counts] = Object.entries(cell.classes)[0]!;
    const [name, count] = Object.entries(counts)[0]!;
    expect(double.classes[role]![name]).toBe(2 * count);
    expect(machineRules([machine!, machine!])[0]!.held).toBe(2 * machineRules([machine!])[0]!.held);
  });

  test("can be looked at by how callers stood, with what cannot be", () => {
    const rows = systemReach(samples.systems);
    expect(classesIn(rows).map(({ role, one }) => `${role} ${one}`)).toEqual(
      expect.arrayContaining(["caller at home", "layer inside another"]),
    );
    const seen = seenBy(rows, { role: "caller", one: "in a callee" });
    const exit = seen.find(({ name }) => name === "thread_exit")!;
    expect(exit.cells.find(({ outcome }) => outcome === "ok")).toMatchObject({
      count: 0,
      why: expect.stringContaining("I-31"),
    });
    const [whole, part] = [rows, seen].map((all) =>
      all.find(({ name }) => name === "console_write")!.cells.find(({ outcome }) => outcome === "ok"),
    );
    expect(part!.count).toBe(whole!.classes["caller"]!["in a callee"]);
    expect(part!.why).toBeUndefined();
  });

  test("tell oracles of cVMs from those of the machine", () => {
    expect(systemRules(samples.systems)[0]).toMatchObject({ oracle: "cVM M", rule: "registers" });
  });

  test("leave out what was planted, unless there is nothing else", () => {
    expect(unplanted(samples).campaigns).toEqual([machine]);
    expect(unplanted(samples).findings).toEqual([]);
    const only = { ...samples, campaigns: [planted!], laws: [] };
    expect(unplanted(only)).toBe(only);
    expect(unplanted({ ...only, laws: samples.laws }).campaigns).toEqual([]);
  });
});
