/** Every promise of the system has somebody who checks it, or a reason why not. */
import { describe, expect, test } from "vitest";
import { createBench } from "../../fuzz/campaign/bench.ts";
import { systemRules } from "../../fuzz/system/oracle/oracles.ts";
import { checkersOf, pageOf, readCatalogue } from "./catalogue.ts";
import { citationsIn, citationsOf, invariantsIn } from "./citations.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const invariants = readCatalogue(`${ROOT}/corpora/invariants/invariants.json`);
const citations = citationsIn(ROOT, ["properties", "fuzz", "impl", "model"]);

describe("the catalogue of invariants", () => {
  test("has each number once, in order", () => {
    expect(invariants.map(({ number }) => number)).toEqual(invariants.map((_, at) => at + 1));
  });

  test("names only rules that the machine's oracles have", async () => {
    const { judge } = await createBench([], ["A", "M", "O", "S", "V"]);
    const known = judge.counts().map(({ oracle, clause }) => `${oracle} ${clause}`);
    expect(known).toEqual(expect.arrayContaining(invariants.flatMap(({ rules = [] }) => rules)));
  });

  test("is cited with numbers that it has", () => {
    expect(citations.filter(({ invariant }) => invariants[invariant - 1] === undefined)).toEqual([]);
  });

  test("leaves no promise that nobody checks and nothing explains", () => {
    const open = invariants.filter(
      (one) => one.unchecked === undefined && checkersOf(one, systemRules, citations).length === 0,
    );
    expect(open.map(({ number, name }) => `I-${number} ${name}`)).toEqual([]);
  });

  test("explains nothing that is checked after all", () => {
    const both = invariants.filter(
      (one) => one.unchecked !== undefined && checkersOf(one, systemRules, citations).length > 0,
    );
    expect(both.map(({ number }) => number)).toEqual([]);
  });

  test("is the page that people read", async () => {
    await expect(pageOf(invariants, systemRules, citations)).toMatchFileSnapshot("./INVARIANTS.md");
  });
});

describe("citations", () => {
  test("are read from titles of tests and groups, however they are called", () => {
    const source = `
      describe("a (I-1)", () => { test.each([1])("b %s (I-2, I-30 to I-32)", () => {}); });
      it("plain", () => { other("I-9"); });
    `;
    expect(citationsOf("x.test.ts", source).map(({ invariant }) => invariant)).toEqual([1, 2, 30, 31, 32]);
  });

  test("a text without any has none", () => {
    expect(invariantsIn("AI-7 I- 5 i-3")).toEqual([]);
  });
});
