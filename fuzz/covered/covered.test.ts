import type { CoverageMapData, FileCoverageData } from "istanbul-lib-coverage";
import { describe, expect, test } from "vitest";
import { byFolder, isBelow, linePercent } from "./folders.ts";
import { united } from "./lines.ts";
import { meaningOf, type Records } from "./meaning.ts";
import { coverageMapSchema } from "./schema.ts";

/** A file with a statement on each of these lines, come to so often, and one branch with two ways. */
function file(path: string, hits: Readonly<Record<number, number>>): FileCoverageData {
  const place = (line: number) => ({ start: { line, column: 2 }, end: { line, column: 9 } });
  const lines = Object.keys(hits).map(Number);
  return {
    path,
    statementMap: Object.fromEntries(lines.map((line) => [`s${line}`, place(line)])),
    s: Object.fromEntries(lines.map((line) => [`s${line}`, hits[line]!])),
    fnMap: {},
    f: {},
    branchMap: { 0: { loc: place(1), type: "if", locations: [place(1), place(1)], line: 1 } },
    b: { 0: [1, 0] },
  };
}

function map(...files: FileCoverageData[]): CoverageMapData {
  return Object.fromEntries(files.map((one) => [one.path, one]));
}

describe("coverage of several runs", () => {
  test("adds up by line, and takes what is a line and a branch from the suite", () => {
    const suite = map(file("/r/model/a.ts", { 1: 2, 3: 0, 4: 0 }));
    const commands = map(file("/r/model/a.ts", { 1: 5, 2: 7, 3: 1 }), file("/r/model/unknown.ts", { 1: 1 }));
    const both = united(suite, [commands]);
    expect(Object.keys(both)).toEqual(["/r/model/a.ts"]);
    expect(both["/r/model/a.ts"]).toMatchObject({ s: { 1: 7, 3: 1, 4: 0 }, b: { 0: [1, 0] } });
    expect(united(suite, [])["/r/model/a.ts"]).toMatchObject({ s: { 1: 2, 3: 0, 4: 0 } });
  });

  test("is summed by the longest folder that a file lies in, and held against a floor", () => {
    const lines = united(map(file("/r/model/isa/a.ts", { 1: 1, 2: 0 }), file("/r/model/b.ts", { 1: 1 })), []);
    const folders = byFolder(lines, "/r", { model: 100, "model/isa": 60, impl: 1 });
    expect(folders.map(({ folder, lines, covered, branches }) => [folder, lines, covered, branches])).toEqual(
      [
        ["model", 1, 1, 2],
        ["model/isa", 2, 1, 2],
        ["impl", 0, 0, 0],
      ],
    );
    expect(folders.map(linePercent)).toEqual([100, 50, 0]);
    // A folder of which nothing is known is below every floor.
    expect(folders.filter(isBelow).map(({ folder }) => folder)).toEqual(["model/isa", "impl"]);
  });

  test("is read as tools write it: the end of a line may have no column", () => {
    const open = { ...file("a.ts", { 1: 1 }), extra: true };
    const range = { start: { line: 1, column: 0 }, end: { line: 1, column: null } };
    const read = coverageMapSchema.parse({ "a.ts": { ...open, statementMap: { 0: range } } });
    expect(read["a.ts"]?.statementMap[0]?.end).toEqual({ line: 1, column: 0 });
    expect(coverageMapSchema.safeParse({ "a.ts": {} }).success).toBe(false);
  });
});

describe("what campaigns meet", () => {
  const clause = { oracle: "A", clause: "covered", held: 2, broken: 0, vacuous: 0 };
  const rule = { oracle: "S", rule: "ranges", held: 1, broken: 0, vacuous: 3 };
  const records: Records = {
    machine: {
      reach: [
        {
          instruction: "lb",
          outcomes: [
            { outcome: "retired", count: 4, classes: { mode: { M: 3, U: 1 } } },
            { outcome: "tag", count: 0, classes: {} },
          ],
        },
      ],
      clauses: [clause, { ...clause, clause: "restrict", held: 0 }],
    },
    system: {
      reach: [
        {
          name: "cp_call",
          outcomes: [
            {
              outcome: "entered",
              count: 1,
              classes: { caller: { "at home": 1, serving: 0 }, layer: { alone: 1 }, named: { gone: 0 } },
            },
          ],
        },
      ],
      rules: [rule, { ...rule, rule: "threads", held: 0 }],
    },
    invariants: [
      { number: 1, name: "by the machine", rules: ["A covered"] },
      { number: 2, name: "by the system", rules: [] },
      { number: 3, name: "by nobody yet", rules: ["A restrict"] },
      // A rule of that name exists, but not at this level.
      { number: 4, name: "of another level", rules: ["S ranges"] },
    ],
    systemRules: new Map([
      ["S ranges", [2]],
      ["S threads", [3]],
    ]),
  };

  test("is counted, and what was never met is named", () => {
    expect(meaningOf(records)).toEqual([
      { what: "instruction × outcome", met: 1, all: 2, never: ["lb tag"] },
      { what: "instruction × outcome × class of operand", met: 2, all: null, never: [] },
      { what: "call × outcome", met: 1, all: 1, never: [] },
      {
        what: "call × outcome × where the caller is",
        met: 1,
        all: 2,
        never: ["cp_call entered, caller serving"],
      },
      { what: "call × outcome × layer of its cVM", met: 1, all: 1, never: [] },
      {
        what: "call × outcome × state of the cVM that is named",
        met: 0,
        all: 1,
        never: ["cp_call entered, named gone"],
      },
      { what: "rules found true", met: 2, all: 4, never: ["A restrict", "S threads"] },
      {
        what: "rules that had nothing to say at times",
        met: 2,
        all: 4,
        never: ["A covered", "A restrict"],
      },
      { what: "rules found false", met: 0, all: 4, never: [] },
      {
        what: "invariants that a rule checked",
        met: 2,
        all: 4,
        never: ["I-3 by nobody yet", "I-4 of another level"],
      },
    ]);
  });
});
