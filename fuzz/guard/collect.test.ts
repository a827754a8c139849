import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { injectedProgram } from "../program/index.ts";
import { cellsOf, collect } from "./collect.ts";
import { fetchedFrom, loadGuardPrograms, saveGuardPrograms } from "./corpus.ts";
import { instrumentedModel } from "./instrumented-model.ts";

const instrumented = await instrumentedModel();
const folder = mkdtempSync(join(tmpdir(), "capwright-guards-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The cells that programs count together. */
function together(programs: ReturnType<typeof collect>): ReadonlySet<number> {
  const model = instrumented.createModel();
  return new Set(programs.flatMap((program) => [...cellsOf(program, model, instrumented)]));
}

describe("a collection of programs", () => {
  const programs = collect(instrumented, "a seed", 64, []);

  test("is the same for the same seed", () => {
    expect(collect(instrumented, "a seed", 64, [])).toEqual(programs);
  });

  test("has no program that adds nothing to those before it", () => {
    const sizes = programs.map((_, index) => together(programs.slice(0, index + 1)).size);
    expect(new Set(sizes).size).toBe(programs.length);
  });

  test("keeps the cells of what was known before", () => {
    const rare = injectedProgram([0x0000_0013, 0x3020_0073]);
    const before = together([rare]);
    const after = together(collect(instrumented, "a seed", 0, [rare]));
    expect([...before].filter((cell) => !after.has(cell))).toEqual([]);
  });
});

describe("a file of programs", () => {
  const path = join(folder, "programs.json");

  test("is read as it was written", () => {
    const programs = [injectedProgram([0x13, 0xffff_ffff]), fetchedFrom([0x13, 0x9002], 7)];
    saveGuardPrograms(path, programs);
    expect(loadGuardPrograms(path)).toEqual(programs);
  });

  test.each([
    ["{", "expected JSON"],
    ['{"format":"capwright-guards","version":2,"injected":[],"fetched":[]}', "this release reads version 1"],
    [
      '{"format":"capwright-guards","version":1,"injected":["13"],"fetched":[]}',
      "injected[0]: expected words",
    ],
    [
      '{"format":"capwright-guards","version":1,"injected":[],"fetched":[{"steps":0,"words":"00000013"}]}',
      "fetched[0].steps",
    ],
  ])("that is %s is refused", (text, message) => {
    writeFileSync(path, text);
    expect(() => loadGuardPrograms(path)).toThrow(message);
  });
});
