import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv from "ajv-draft-04";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { annotations } from "./annotations.ts";
import { campaignCases, lawCases, missedCase, replayCases, signedCases, zooCases } from "./cases.ts";
import { junitXml } from "./junit.ts";
import type { Case, RunOutcome } from "./outcome.ts";
import { sarifJson } from "./sarif.ts";

const require = createRequire(import.meta.url);
const schemaFile = require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const isSarif = new Ajv.default({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(
  JSON.parse(readFileSync(schemaFile, "utf8")),
);

const broken: Case = {
  group: "capwright fuzz",
  name: "D:ctoptr:register",
  outcome: "broken",
  seconds: 1.5,
  rule: "D/ctoptr",
  message: "the machines differ at step 2, ctoptr: register expected 0x1, is <0x0>",
  details: 'line "one"\nline two',
  file: "out/fuzz/a b.json",
  line: 3,
};
const holds: Case = { ...broken, name: "other", outcome: "holds", file: null, line: null };
const unknown: Case = { ...holds, name: "third", outcome: "unknown", details: "" };
const run: RunOutcome = { command: "capwright fuzz", cases: [broken, holds, unknown] };

const text = fc.string({ unit: "binary", maxLength: 30 });
const anyCase: fc.Arbitrary<Case> = fc.record({
  group: text,
  name: text,
  outcome: fc.constantFrom("holds", "broken", "unknown", "skipped"),
  seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
  rule: text,
  message: text,
  details: text,
  file: fc.option(text),
  line: fc.option(fc.integer({ min: 1, max: 1e6 })),
});
const anyRun = fc.record({ command: text, cases: fc.array(anyCase, { maxLength: 5 }) });

describe("JUnit XML", () => {
  test("has a suite for each group, with what failed and why", () => {
    const xml = junitXml(run);
    expect(xml).toContain(
      '<testsuite name="capwright fuzz" tests="3" failures="1" errors="1" skipped="0" time="4.500">',
    );
    expect(xml).toContain('name="D:ctoptr:register" time="1.500" file="out/fuzz/a b.json">');
    expect(xml).toContain('is &lt;0x0&gt;">line &quot;one&quot;\nline two</failure>');
    expect(xml).toContain('<testcase classname="capwright fuzz" name="other" time="1.500"/>');
    expect(xml).toContain('<error type="D/ctoptr"');
  });

  test("writes whatever text there is so that it stays text", () => {
    fc.assert(
      fc.property(anyRun, (any) => {
        const xml = junitXml(any);
        // Nothing is left that could open a tag, end a value or is no character of XML 1.0.
        const outside = xml.replaceAll(/<(\/?[a-z]+|\?xml)( [a-z]+="[^"<]*")*\s*[/?]?>/g, "");
        expect(outside).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#13);)/);
        expect(xml).not.toMatch(/[^\P{Cc}\t\n\r]|[\p{Cs}\ufffe\uffff]/u);
      }),
    );
  });
});

describe("SARIF", () => {
  test("has a result for each failure, at the file that shows it", () => {
    const log = JSON.parse(sarifJson(run));
    expect(isSarif(log), JSON.stringify(isSarif.errors)).toBe(true);
    const [result, other, ...more] = log.runs[0].results;
    expect(result).toMatchObject({ ruleId: "D/ctoptr", level: "error", message: { text: /^the machines/ } });
    const place = { artifactLocation: { uri: "out/fuzz/a%20b.json" }, region: { startLine: 3 } };
    expect(result.locations).toEqual([{ physicalLocation: place }]);
    expect(other).toMatchObject({ level: "warning" });
    expect(other.locations).toBeUndefined();
    expect(more).toEqual([]);
  });

  test("is valid by its schema whatever is told, and the schema can refuse", () => {
    fc.assert(
      fc.property(anyRun, (any) => {
        expect(isSarif(JSON.parse(sarifJson(any))), JSON.stringify(isSarif.errors)).toBe(true);
      }),
    );
    expect(isSarif({ version: "2.1.0", runs: [{ results: [] }] })).toBe(false);
  });
});

describe("annotations", () => {
  test("are a line for each failure, with nothing in it that ends the line or a property", () => {
    expect(annotations(run).split("\n")).toEqual([
      "::error file=out/fuzz/a b.json,line=3,title=capwright fuzz%3A D%3Actoptr%3Aregister::" +
        'the machines differ at step 2, ctoptr: register expected 0x1, is <0x0>%0Aline "one"%0Aline two',
      expect.stringMatching(/^::warning title=/),
      "",
    ]);
  });

  test("stay in their lines whatever is told", () => {
    fc.assert(
      fc.property(anyRun, (any) => {
        const failures = any.cases.filter(({ outcome }) => outcome === "broken" || outcome === "unknown");
        expect(annotations(any).split(/[\r\n]/).length).toBe(failures.length + 1);
      }),
    );
  });
});

describe("cases", () => {
  const sample = (name: string) =>
    JSON.parse(readFileSync(new URL(`../samples/${name}`, import.meta.url), "utf8"));
  const names = (cases: readonly Case[]) => cases.map(({ name, outcome }) => `${name} ${outcome}`);

  test("of a campaign are its findings and its verdict", () => {
    const record = sample("planted/campaign.json");
    const cases = campaignCases(record);
    expect(cases).toHaveLength(record.findings.length + 1);
    expect(cases.at(-1)).toMatchObject({ name: "verdict", rule: "verdict" });
  });

  test("of systems are findings with where they lie", () => {
    const record = { ...sample("systems/campaign.json"), signatures: [{ signature: "s", times: 2 }] };
    expect(signedCases(record, "system", new Map([["s", "f.json"]]))[0]).toMatchObject({
      outcome: "broken",
      file: "f.json",
      message: "s (capwright replay f.json)",
    });
  });

  test("of the zoo are the planted faults: one that nobody found is a failure", () => {
    const record = sample("zoo/zoo.json");
    const cases = zooCases({ ...record, interrupted: true });
    expect(cases).toHaveLength(record.specimens.length + 1);
    const lost = {
      ...record.specimens[0],
      hunts: [{ ...record.specimens[0].hunts[0], foundBy: null }],
      laws: [],
    };
    expect(zooCases({ ...record, specimens: [lost] })[0]).toMatchObject({ outcome: "broken" });
    expect(cases.at(-1)).toMatchObject({ name: "hunt", outcome: "unknown" });
  });

  test("of laws, of replays, of canaries", () => {
    const counts = [
      { library: "model", law: "round trip", holds: 3, vacuous: 0, broken: 1 as const },
      { library: "impl", law: "round trip", holds: 3, vacuous: 0, broken: 0 as const },
      { library: "impl", law: "monotonic", holds: 3, vacuous: 0, broken: 0 as const },
    ];
    const breaches = [{ library: "model", format: "toy", law: "round trip", text: [] }];
    const report = {
      verdict: "broken" as const,
      reason: "r",
      seed: "s",
      counts,
      breaches,
      toy: {},
      samples: 1,
      elapsedMs: 5,
    };
    expect(names(lawCases(report))).toEqual(["round trip broken", "monotonic holds", "verdict holds"]);
    expect(names(lawCases({ ...report, verdict: "unknown", breaches: [] })).at(-1)).toBe("verdict unknown");
    expect(replayCases([{ file: "a.json", verdict: "broken", text: "story\nbroken: x" }])[0]).toMatchObject({
      message: "broken: x",
      file: "a.json",
    });
    expect(missedCase("m")).toMatchObject({ outcome: "unknown", message: "m" });
  });
});
