import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadMeasured, renewed, saveMeasured, type Texts, textsOf } from "./measured.ts";
import { partsAround } from "./plan.ts";
import { type FileResult, type Mutant, NOT_DRAWN } from "./record.ts";

const FILE = "model/capability/seal.ts";
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-measured-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function mutant(line: number, status: Mutant["status"], killer?: string): Mutant {
  const location = { start: { line, column: 3 }, end: { line, column: 8 } };
  const killedBy = killer === undefined ? [] : [`${killer}: a name`];
  return { id: `${line}`, mutatorName: "Literal", replacement: "1n", location, status, killedBy };
}

const result: FileResult = {
  language: "typescript",
  source: "",
  mutants: [
    mutant(1, "Killed", "a.test.ts"),
    mutant(2, "Killed", "b.test.ts"),
    mutant(3, "Survived"),
    mutant(4, "CompileError"),
  ],
};

const texts: Texts = { source: "s", tests: { "a.test.ts": "1", "b.test.ts": "1" } };

/** The lines of the mutants to be tried again, once the texts are these. */
function oldLines(now: Texts): number[] | undefined {
  saveMeasured(folder, FILE, texts, { result, share: 1 });
  return loadMeasured(folder, FILE, now)?.old.map(({ location }) => location.start.line);
}

describe("what is kept", () => {
  test("nothing is tried again while file and tests are the same", () => {
    expect(loadMeasured(folder, FILE, texts)).toBeNull();
    expect(oldLines(texts)).toEqual([]);
    expect(loadMeasured(folder, FILE, texts)?.result).toEqual(result);
  });

  test("with another text of the file, or other mutators, nothing is known", () => {
    expect(oldLines({ ...texts, source: "t" })).toBeUndefined();
    expect(textsOf(FILE, []).source).not.toBe(textsOf("model/capability/bounds.ts", []).source);
  });

  test("a test that is new is tried on survivors, one that has changed also on what it killed", () => {
    expect(oldLines({ ...texts, tests: { ...texts.tests, "c.test.ts": "1" } })).toEqual([3]);
    expect(oldLines({ ...texts, tests: { ...texts.tests, "b.test.ts": "2" } })).toEqual([2, 3]);
  });

  test("what a test killed that is gone is tried again", () => {
    expect(oldLines({ ...texts, tests: { "a.test.ts": "1" } })).toEqual([2]);
  });

  test("what was not measured is tried again", () => {
    const unmeasured = { ...result, mutants: [...result.mutants, mutant(5, "Pending")] };
    saveMeasured(folder, FILE, texts, { result: unmeasured, share: 1 });
    expect(loadMeasured(folder, FILE, texts)?.old).toEqual([mutant(5, "Pending")]);
  });

  test("what was not drawn is no reason to try anything again, and takes no place of what was tried", () => {
    const undrawn: Mutant = { ...mutant(5, "Pending"), statusReason: NOT_DRAWN };
    const sample = { ...result, mutants: [mutant(3, "Killed", "a.test.ts"), undrawn] };
    saveMeasured(folder, FILE, texts, { result: sample, share: 1 / 4 });
    expect(loadMeasured(folder, FILE, texts)).toEqual({ result: sample, share: 1 / 4, old: [] });

    const next = { ...result, mutants: [{ ...undrawn, ...mutant(3, "Pending") }, mutant(5, "Survived")] };
    expect(renewed(sample, next).mutants).toEqual([mutant(3, "Killed", "a.test.ts"), mutant(5, "Survived")]);
  });

  test("what is found anew takes the place of what was known of the same mutant, and of no other", () => {
    const found = { ...result, mutants: [mutant(3, "Killed", "c.test.ts"), mutant(9, "Survived")] };
    expect(renewed(result, found).mutants.map(({ status }) => status)).toEqual([
      "Killed",
      "Killed",
      "Killed",
      "CompileError",
    ]);
    expect(partsAround([mutant(3, "Survived"), mutant(3, "NoCoverage"), mutant(5, "Survived")])).toEqual([
      "3:2-3:7",
      "5:2-5:7",
    ]);
  });
});
