import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEngine } from "../../impl/engine/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { accepting, benchOf } from "../campaign/bench.ts";
import { machinesWith } from "../faults/plant.ts";
import { firstSuspect } from "../zoo/canary.ts";
import { type AcceptedDifference, acceptedBy, loadAccepted } from "./accepted.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-accepted-"));
  path = join(folder, "accepted.yaml");
});
afterEach(() => rmSync(folder, { recursive: true }));

const head = "format: capwright-accepted\nversion: 1\ndifferences:\n";
const one = `- name: cause of traps
  reason: "the core has 0 there: see its errata"
  until: 2027-03-31
  instruction: c?lw|c?sw
  fields:
  - {field: trap\\.value, actual: "0x0"}
`;
const load = (text: string, today = "2026-11-21") => {
  writeFileSync(path, text);
  return loadAccepted(path, today);
};

describe("the ledger of accepted differences", () => {
  test("accepts what its values say, and nothing else", () => {
    const ledger = load(head + one);
    const difference = (instruction: string, actual: string, ...fields: string[]) => ({
      at: 3,
      instruction,
      fields: fields.map((field) => ({ field, expect: "0x1c", actual })),
    });
    expect(acceptedBy(ledger, difference("clw", "0x0", "trap.value"))).toBe(0);
    expect(acceptedBy(ledger, difference("sw", "0x0", "trap.value"))).toBe(0);
    expect(acceptedBy(ledger, difference("ld", "0x0", "trap.value"))).toBe(-1);
    expect(acceptedBy(ledger, difference("clw", "0x01", "trap.value"))).toBe(-1);
    expect(acceptedBy(ledger, difference("clw", "0x0", "trap.value", "pcAfter"))).toBe(-1);
    expect(acceptedBy(ledger, difference("clw", "0x0", "trapXvalue"))).toBe(-1);
  });

  test("breaks the run on the day after its last", () => {
    expect(load(head + one, "2027-03-31")).toHaveLength(1);
    expect(() => load(head + one, "2027-04-01")).toThrow(
      `${path}: line 6: "cause of traps" was accepted until 2027-03-31: mend it, or look at it again`,
    );
  });

  test.each([
    ["no reason", one.replace(/ {2}reason.*\n/, ""), /line 4: differences\.0\.reason/],
    ["no last day", one.replace("2027-03-31", "soon"), /line 6: differences\.0\.until: expected a day/],
    [
      "a broken pattern",
      one.replace("c?lw|c?sw", '"("'),
      /line 7: differences\.0\.instruction: expected a regular/,
    ],
    ["one that closes its brackets", one.replace("c?lw|c?sw", '"x)|(?:.*"'), /line 7: .*regular/],
    ["no field", one.replace(/ {2}fields:[\s\S]*/, "  fields: []\n"), /line 8: differences\.0\.fields/],
    ["an unknown key", one.replace("reason", "raison"), /differences\.0/],
  ])("refuses %s", (_, text, message) => {
    expect(() => load(head + text)).toThrow(message);
  });
});

describe("a comparison that accepts", () => {
  test("lets pass what the ledger has, counts it, and still finds the rest", async () => {
    const { createEngine: planted } = await machinesWith(["P26"]);
    const bench = (entries: readonly AcceptedDifference[], engine = planted) =>
      accepting(benchOf(createModel(), engine(), ["D"]), entries);
    const found = firstSuspect(bench([]), []);
    expect(found.suspect).not.toBeNull();
    const entry = {
      name: "n",
      reason: "r",
      until: "2027-01-01",
      instruction: "ctoptr",
      fields: [{ field: ".*", expect: ".*", actual: ".*" }],
    };
    const all = bench([entry]);
    expect(firstSuspect(all, []).suspect).toBeNull();
    expect(all.accepted[0]).toBeGreaterThan(0);
    expect(firstSuspect(bench([{ ...entry, instruction: "csub" }]), []).suspect).not.toBeNull();
    const sound = bench([entry], createEngine);
    expect(firstSuspect(sound, []).suspect).toBeNull();
    expect(sound.accepted).toEqual([0]);
  });
});
