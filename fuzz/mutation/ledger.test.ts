import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { judge } from "./judgement.ts";
import { type LedgerEntry, loadLedger, parseLedger } from "./ledger.ts";
import { type FileResult, honest, type Mutant, type MutationReport, NOT_DRAWN } from "./record.ts";
import { intervalOf, percent, scoresByArea, scoresByFolder } from "./score.ts";

const FILE = "model/capability/seal.ts";
const SOURCE = "const a = 1;\nconst b = a < 2;\n";

function mutant(replacement: string, status: Mutant["status"], more: Partial<Mutant> = {}): Mutant {
  const location = { start: { line: 2, column: 11 }, end: { line: 2, column: 16 } };
  return { id: replacement, mutatorName: "EqualityOperator", replacement, location, status, ...more };
}

function result(...mutants: Mutant[]): FileResult {
  return { language: "typescript", source: SOURCE, mutants };
}

const entry: LedgerEntry = {
  file: FILE,
  text: "a < 2",
  replacement: "a <= 2",
  line: "const b = a < 2;",
  equivalent: "a is one, so that both are true.",
};

const survivor = mutant("a <= 2", "Survived", { testsCompleted: 3 });
const killed = mutant("a >= 2", "Killed", { testsCompleted: 1, killedBy: ["x.test.ts: a"] });

function times(one: Mutant, count: number): Mutant[] {
  return Array.from({ length: count }, () => one);
}

function judged(mutants: readonly Mutant[], entries: readonly LedgerEntry[], left = 0) {
  return judge(new Map([[FILE, result(...mutants)]]), entries, left, true);
}

describe("the ledger", () => {
  test("explains the survivor of the same text and replacement, wherever its line is now", () => {
    const { verdict, reasons, report } = judged([killed, survivor], [entry]);
    expect({ verdict, reasons }).toEqual({ verdict: "holds", reasons: [] });
    expect(report.files[FILE]!.mutants[1]).toMatchObject({
      status: "Ignored",
      statusReason: entry.equivalent,
    });
    expect(scoresByFolder(report)).toMatchObject([{ killed: 1, survivors: 0, equivalent: 1 }]);
  });

  test("a survivor without an entry breaks the run", () => {
    const { verdict, reasons, text } = judged([killed, survivor], []);
    expect(verdict).toBe("broken");
    expect(reasons).toEqual([
      "model/capability: 1 survivors without an entry in the ledger",
      "model/capability: 50.0 % killed, expected at least 95 %",
    ]);
    expect(text).toContain('model/capability/seal.ts:2 Survived: "a < 2" -> "a <= 2"');
  });

  test("an entry for a mutant that a test kills, or that is not there, breaks the run", () => {
    expect(judged([{ ...killed, replacement: "a <= 2" }], [entry])).toMatchObject({
      verdict: "broken",
      reasons: [`${FILE}: said to be equivalent, and killed by x.test.ts: a: "a < 2" -> "a <= 2"`],
    });
    expect(judged([killed], [entry]).reasons).toEqual([
      `${FILE}: in the ledger, but no such mutant: "a < 2" -> "a <= 2"`,
    ]);
  });

  test("an entry that names a property holds as long as the mutant is killed", () => {
    const { equivalent: _, ...named } = entry;
    const written = { ...named, property: "properties/x.test.ts: a is small" };
    expect(judged([killed, { ...killed, replacement: "a <= 2" }], [written]).verdict).toBe("holds");
    expect(judged([killed, survivor], [written]).reasons).toContain(
      `${FILE}: not killed by properties/x.test.ts: a is small: "a < 2" -> "a <= 2"`,
    );
  });

  test.each([
    ["no JSON", "{", /^ledger\.json: line 1/],
    ["another file", '{ "format": "x" }', /^ledger\.json: format: /],
    [
      "an entry without an argument",
      spelt({ ...entry, equivalent: "" }),
      /^ledger\.json: entries\[0\]\.equivalent: expected an arg/,
    ],
    ["an entry twice", spelt(entry, entry), /^ledger\.json: entries\[1\]: expected no mutant twice/],
  ])("refuses %s", (_, content, message) => {
    expect(() => parseLedger(content, "ledger.json")).toThrow(message);
  });

  test("of the project can be read, and is about texts that are there", () => {
    for (const { file, line } of loadLedger("corpora/mutation/ledger.json"))
      expect(readFileSync(file, "utf8")).toContain(line);
    expect(() => loadLedger("corpora/mutation/none.json")).toThrow("cannot be read");
  });

  function spelt(...entries: LedgerEntry[]): string {
    return JSON.stringify({ format: "capwright-mutation-ledger", version: 1, entries });
  }
});

describe("verdicts", () => {
  const raw = (...mutants: Mutant[]): MutationReport => ({
    schemaVersion: "1.0",
    thresholds: { high: 80, low: 60 },
    files: { [FILE]: result(...mutants) },
    testFiles: { "x.test.ts": { tests: [{ id: "7", name: "seals" }] } },
  });

  test("a survivor on which no test ran is not measured, and never survived", () => {
    const { files } = honest(raw(mutant("a <= 2", "Survived", { testsCompleted: 0 })));
    expect(files[FILE]!.mutants).toMatchObject([
      { status: "Pending", statusReason: "not measured: no test ran" },
    ]);
    expect(judged([killed, ...files[FILE]!.mutants], [])).toMatchObject({
      verdict: "unknown",
      reasons: ["model/capability: 1 mutants not measured"],
    });
  });

  test("what was not drawn is neither killed nor survived, and leaves room for doubt", () => {
    const text = mutant("a <= 3", "Ignored", { statusReason: "excluded" });
    const left = mutant("a <= 2", "Ignored", { statusReason: NOT_DRAWN });
    const { files } = honest(raw(text, left));
    expect(files[FILE]!.mutants).toEqual([{ ...left, status: "Pending" }]);

    const few = judged([...times(killed, 73), ...files[FILE]!.mutants], []);
    expect(scoresByFolder(few.report)).toMatchObject([
      { killed: 73, survivors: 0, unmeasured: 0, undrawn: 1 },
    ]);
    expect(few.verdict).toBe("holds");
    expect(judged([...times(killed, 72), ...files[FILE]!.mutants], [])).toMatchObject({
      verdict: "unknown",
      reasons: ["model/capability: at least 94.9 % by what was drawn, too little for 95 %"],
    });
    expect(judged([...times(killed, 500), survivor, ...files[FILE]!.mutants], []).verdict).toBe("broken");
  });

  test("a sample has Wilson's interval, the whole its score", () => {
    const score = {
      name: "",
      killed: 8,
      timeouts: 0,
      survivors: 2,
      equivalent: 0,
      unmeasured: 0,
      undrawn: 1,
    };
    const [least, most] = intervalOf(score)!;
    expect(least).toBeCloseTo(49.02, 2);
    expect(most).toBeCloseTo(94.33, 2);
    expect(intervalOf({ ...score, undrawn: 0 })).toEqual([80, 80]);
    expect(intervalOf({ ...score, killed: 0, survivors: 0 })).toBeNull();
  });

  test("tests are called by their names", () => {
    const { files } = honest(raw({ ...killed, killedBy: ["7"], coveredBy: ["7", "8"] }));
    expect(files[FILE]!.mutants).toMatchObject([
      { killedBy: ["x.test.ts: seals"], coveredBy: ["x.test.ts: seals", "8"] },
    ]);
  });

  test("what was left, or nothing at all, is unknown", () => {
    expect(judged([killed], [], 2)).toMatchObject({
      verdict: "unknown",
      reasons: ["2 files not measured: run again to go on"],
    });
    expect(judged([], []).reasons).toEqual(["nothing was measured"]);
  });

  test("a mutant that no test comes to is a survivor, one that was too slow is killed", () => {
    const { report } = judged([mutant("x", "NoCoverage"), mutant("y", "Timeout")], []);
    const [score] = scoresByFolder(report);
    expect(score).toMatchObject({ killed: 1, timeouts: 1, survivors: 1 });
    expect(percent(score!)).toBe(50);
    expect(scoresByArea(report)).toMatchObject([{ name: "a seal is respected (A, L, O)" }]);
  });
});
