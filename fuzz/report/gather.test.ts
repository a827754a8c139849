import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BadInput } from "../bad-input.ts";
import { gather } from "./gather.ts";

const samples = join(import.meta.dirname, "../../reports/samples");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-report-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The sample with some of its fields replaced, in the folder of the test. */
function changed(sample: string, change: (record: Record<string, unknown>) => void): string {
  const record = JSON.parse(readFileSync(join(samples, sample), "utf8")) as Record<string, unknown>;
  change(record);
  const path = join(folder, "changed.json");
  writeFileSync(path, JSON.stringify(record));
  return path;
}

describe("gathering", () => {
  test("finds every kind of record, in folders within folders", () => {
    const { campaigns, systems, findings, systemFindings, zoos, cvmRuns } = gather([samples], "page.html");
    expect(campaigns.map(({ record: { verdict, faults } }) => [verdict, faults])).toEqual([
      ["holds", []],
      ["broken", ["E21"]],
    ]);
    expect(systems.map(({ record }) => record.scripts)).toEqual([35]);
    expect(findings.map(({ record }) => record.oracle)).toEqual(["D", "A"]);
    expect(systemFindings.map(({ record }) => record.script.pair?.cvm ?? null)).toEqual([null, "b", null]);
    expect(zoos.map(({ record }) => record.specimens.length)).toEqual([9]);
    expect(cvmRuns.map(({ record }) => record.verdict)).toEqual(["ended"]);
  });

  test("takes a campaign from before there were oracles, canaries and a timeline", () => {
    const path = changed("machine/campaign.json", (record) => {
      for (const field of ["oracles", "clauses", "canaries", "timeline"]) delete record[field];
    });
    const { record } = gather([path], "page.html").campaigns[0]!;
    expect(record).toMatchObject({ oracles: ["D"], clauses: [], canaries: [] });
    expect(record.timeline).toBeUndefined();
  });

  test("says of a finding what it does, and how others can run it", () => {
    const { findings } = gather([join(samples, "planted")], "page.html");
    const { listing, testrig } = findings[0]!;
    expect(listing).toHaveLength(2);
    expect(listing[1]).toMatch(/^0x80000004 {2}0010a0db {2}csetboundsimm c1, c1, 1 +c1 = untagged /);
    expect(testrig).toBe(
      "#>QCVENGINE_TEST_V2.0\n.4byte 0x0000a0db # csetboundsimm c1, c1, 0\n.4byte 0x0010a0db # csetboundsimm c1, c1, 1\n",
    );
  });

  test("spells the steps of a script", () => {
    const { systemFindings } = gather([join(samples, "systems/leak.json")], "page.html");
    expect(systemFindings[0]!.steps[0]).toMatch(/^create a: 0x/);
    expect(systemFindings[0]!.steps).toHaveLength(4);
  });

  test("has what both sides did in each step of a script", () => {
    const { systemFindings } = gather([join(samples, "systems/reclaim.json")], "page.html");
    const { walk, at } = systemFindings[0]!.record;
    expect(walk.map(({ text, sides }) => [text.split(":")[0], sides.map(({ said }) => said)])).toEqual([
      ["create a", ["= 0"]],
      ["create b inside a at 0", ["= 0"]],
      ["kill a", ["= 0"]],
      ["reclaim a", ["= -EBUSY", "= 0"]],
    ]);
    expect(walk[at]!.sides[1]!.changes).toEqual([{ what: "cVM a", before: "present", after: "absent" }]);
    const old = gather([join(samples, "systems/cp-call-async.json")], "page.html");
    expect(old.systemFindings[0]!.record.walk).toEqual([]);
  });

  test("opens the files on which the verifiers of objects do not agree", () => {
    const { objects, objectFindings } = gather([join(samples, "objects")], "page.html");
    expect(objects.map(({ record }) => [record.verdict, record.files])).toEqual([["broken", 8000]]);
    const [{ file, record, listing, bytes }] = objectFindings as [(typeof objectFindings)[number]];
    expect([record.expect, record.actual]).toEqual([5, 0]);
    expect(file).toMatch(/reports\/samples\/objects\/accepted\.obj$/);
    expect(bytes).toHaveLength(2 * 101);
    expect(listing).toContain("Relocations");
    // A file that has gone leaves what the record says of it.
    const alone = join(folder, "objects.json");
    const gone = JSON.parse(readFileSync(join(samples, "objects/objects.json"), "utf8"));
    gone.findings[0].file = "gone.obj";
    writeFileSync(alone, JSON.stringify(gone));
    expect(gather([alone], "page.html").objectFindings).toMatchObject([
      { file: "gone.obj", listing: null, bytes: null },
    ]);
  });

  test("takes a file that is named twice once", () => {
    const file = join(samples, "zoo/zoo.json");
    expect(gather([file, file, join(samples, "zoo")], "page.html").zoos).toHaveLength(1);
  });

  test("links reports of other tools relative to the page", () => {
    mkdirSync(join(folder, "a b"));
    writeFileSync(join(folder, "a b/index.html"), "");
    const share = { total: 10, covered: 5 };
    const file = { lines: share, branches: share, functions: share, statements: share };
    writeFileSync(
      join(folder, "a b/coverage-summary.json"),
      JSON.stringify({ total: file, "model/x.ts": file }),
    );
    const mutants = [{ status: "Killed", mutatorName: "x" }];
    writeFileSync(
      join(folder, "mutation.json"),
      JSON.stringify({ schemaVersion: "1", files: { "model/x.ts": { mutants } } }),
    );
    const { coverages, mutations } = gather([folder], join(folder, "page.html"));
    expect(coverages).toMatchObject([
      { link: "a%20b/index.html", rows: [{ name: "model", good: 5 }, { name: "all" }] },
    ]);
    expect(mutations).toMatchObject([{ link: null, rows: [{ name: "model", good: 1 }, { name: "all" }] }]);
  });
});

describe("gathering refuses", () => {
  const message = (...places: string[]) => {
    try {
      gather(places, "page.html");
    } catch (error) {
      if (error instanceof BadInput) return error.message;
      throw error;
    }
    return "nothing refused";
  };

  test("a folder that is not there, and one with nothing in it", () => {
    expect(message(join(folder, "none"))).toBe(`${folder}/none: cannot be read (ENOENT)`);
    writeFileSync(join(folder, "program.json"), JSON.stringify({ format: "capwright-program" }));
    writeFileSync(join(folder, "list.json"), "[1]");
    expect(message(folder)).toBe(`${folder}: no record to report on: expected campaign.json or the like`);
  });

  test("a file that breaks off, with the line", () => {
    copyFileSync(join(samples, "zoo/zoo.json"), join(folder, "zoo.json"));
    writeFileSync(join(folder, "campaign.json"), '{\n"format": "capwright-campaign",\n"seed');
    expect(message(folder)).toMatch(/campaign\.json: line 3, column \d+: expected JSON/);
  });

  test.each([
    ["machine/campaign.json", "steps", -1, "steps: "],
    ["machine/campaign.json", "version", 2, "version: this release reads version 1"],
    ["machine/campaign.json", "reach", [{ instruction: 1, outcomes: [] }], "reach[0].instruction: "],
    ["machine/campaign.json", "verdict", "fine", "verdict: "],
    ["machine/campaign.json", "timeline", [{ elapsedMs: "x" }], "timeline[0].elapsedMs: "],
    ["systems/campaign.json", "rules", null, "rules: "],
    ["planted/csetboundsimm.json", "traces", { expect: [{}], actual: [] }, "traces.expect[0].order: "],
    ["planted/csetboundsimm.json", "more", 1, "(whole file): "],
    ["systems/leak.json", "script", {}, "script.format: "],
    ["zoo/zoo.json", "specimens", [{ id: "E01" }], "specimens[0].kind: "],
    ["cvm/attacker.json", "time", "soon", "time: expected a hexadecimal number with 0x"],
  ])("%s with another %s", (sample, field, value, expected) => {
    const path = changed(sample, (record) => {
      record[field] = value;
    });
    expect(message(path)).toContain(`${path}: ${expected}`);
  });
});
