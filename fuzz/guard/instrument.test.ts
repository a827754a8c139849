import { describe, expect, test } from "vitest";
import { callGraph } from "./call-graph.ts";
import { instrumented } from "./instrument.ts";
import { placesIn } from "./place.ts";

/** The guards of a function body, by kind and text. */
function guardsOf(body: string): string[] {
  return placesIn("a.ts", `function f(a, b, c) {\n${body}\n}`).map(
    ({ guard }) => `${guard.kind} ${guard.text}`,
  );
}

describe("the guards of a source are", () => {
  test.each<[string, string, string[]]>([
    ["a condition as a whole", "if (a.tag) return 1;", ["truth a.tag"]],
    [
      "operands in the place of a condition",
      "if ((a && b < c) || !c) return;",
      ["truth a", "truth b < c", "truth !c"],
    ],
    ["the operands of a value", "return a && b;", ["truth a", "truth b"]],
    ["a comparison that goes on as a value", "return f(a === b);", ["truth a === b"]],
    ["what stands left of ??", "return a(1) ?? b(2) ?? c(3);", ["presence b(2)", "presence a(1)"]],
    ["conditions of loops", "for (let i = 0; i < a; i++) b(); while (c) a();", ["truth i < a", "truth c"]],
    [
      "the cases of a switch",
      "switch (a) { case 1: return b; default: return c; }",
      ["case case 1", "case default"],
    ],
    ["nothing where nothing is decided", "for (const one of a) b(one);", []],
  ])("%s", (_name, body, expected) => {
    expect(guardsOf(body)).toEqual(expected);
  });

  test("named by their place: twice the same text are two guards", () => {
    const keys = placesIn("a.ts", "const f = (a) => (a ? 1 : 2) + (a ? 3 : 4);").map(
      ({ guard }) => guard.key,
    );
    expect(keys).toEqual(["a.ts f: a", "a.ts f: a #2"]);
  });

  test.each(["a ||= b;", "return a?.b;", "try { a(); } catch { b(); }", "return a == b;"])(
    "not known in %s",
    (body) => {
      expect(() => guardsOf(body)).toThrow(/^a\.ts:2: a decision that is not counted/);
    },
  );
});

describe("instrumented source", () => {
  test("wraps guards, outer ones around inner ones, and keeps the rest and its lines", () => {
    const source = "// One.\nconst f = (a, b) =>\n  !(a && b) && a < (b ? 1 : 2);\n";
    const { source: result, guards } = instrumented("a.ts", source, "./tally.ts", 7);
    expect(guards.map(({ line }) => line)).toEqual([3, 3, 3, 3, 3]);
    expect(result).toBe(
      'import * as guardTally from "./tally.ts"; // One.\nconst f = (a, b) =>\n' +
        "  guardTally.noteTruth(7, (!(guardTally.noteTruth(9, (a)) && guardTally.noteTruth(10, (b))))) && " +
        "guardTally.noteTruth(8, (a < (guardTally.noteTruth(11, (b)) ? 1 : 2)));\n",
    );
  });

  test("gives a switch all its labels at once", () => {
    const { source } = instrumented("a.ts", "function f(a) { switch (a) { case 1: default: } }", "t", 3);
    expect(source).toContain("switch (guardTally.noteCase(3, (a), [1, guardTally.OTHERWISE]))");
  });

  test("without guards is the source", () => {
    expect(instrumented("a.ts", "const a = 1;", "t", 0)).toEqual({ source: "const a = 1;", guards: [] });
  });
});

describe("the call graph", () => {
  const graph = callGraph(
    new Map([
      [
        "model/isa/a.ts",
        'import { b } from "./b.ts";\nexport const one = define({ name: "one", execute: () => b() });',
      ],
      ["model/isa/b.ts", 'export { d as b } from "./c.ts";'],
      ["model/isa/c.ts", "export function d() { return e; }\nconst e = 1;\nconst f = 2;"],
    ]),
  );

  test("follows names through imports and re-exports, and leaves alone what nobody names", () => {
    const root = graph.roots.get("one")!;
    expect([...graph.from(root)]).toEqual(["model/isa/a.ts one", "model/isa/c.ts d", "model/isa/c.ts e"]);
  });
});
