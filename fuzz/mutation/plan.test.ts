import { describe, expect, test } from "vitest";
import { EVERY } from "./draw.ts";
import { batchesOf, patternsOf, roundsFor, targetsIn } from "./plan.ts";
import { areaOf, sliceOf, slices } from "./slices.ts";
import { changedLines, isMutated, linesOfDiff, projectFiles, testsOf } from "./sources.ts";

const files = projectFiles();
const mutated = files.filter(isMutated);

describe("what is mutated", () => {
  test("every file of model, engine and oracles has tests to face and serves a promise", () => {
    expect(mutated.length).toBeGreaterThan(150);
    for (const file of mutated) {
      expect(sliceOf(file).scoreMin).toBeGreaterThanOrEqual(85);
      expect(areaOf(file).name).not.toBe("");
    }
    for (const slice of slices) expect(testsOf(slice, files).length).toBeGreaterThan(0);
    expect(() => sliceOf("reports/reach.ts")).toThrow("belongs to no slice");
  });

  test("places are files or folders; without any, everything is taken", () => {
    expect(targetsIn(files, ["model/capability/seal.ts", "impl/wasm"], null).map(({ file }) => file)).toEqual(
      [...mutated.filter((file) => file.startsWith("impl/wasm/")), "model/capability/seal.ts"],
    );
    expect(targetsIn(files, [], null).length).toBe(mutated.length);
    expect(targetsIn(files, ["model/cap"], null)).toEqual([]);
  });

  test("of changed files only the changed lines", () => {
    const changed = linesOfDiff(DIFF);
    expect(changed).toEqual(
      new Map([
        [
          "model/capability/seal.ts",
          [
            [10, 10],
            [20, 22],
          ],
        ],
        ["README.md", [[1, 1]]],
      ]),
    );
    const targets = targetsIn(files, [], changed);
    expect(targets.flatMap(patternsOf)).toEqual([
      "model/capability/seal.ts:10-10",
      "model/capability/seal.ts:20-22",
    ]);
    expect(() => changedLines("no such commit")).toThrow("expected a commit");
  });

  test("runs take each target once, and tests of one slice", () => {
    const targets = targetsIn(files, [], null).map((target) => ({ ...target, span: EVERY }));
    const batches = batchesOf(targets);
    const taken = batches.flatMap(({ targets }) => targets.map(({ file }) => file));
    expect(taken.toSorted()).toEqual(mutated);
    for (const { slice, targets } of batches)
      for (const { file } of targets) expect(sliceOf(file)).toBe(slice);
    expect(batches[0]!.slice.folder).toBe("model/capability");
  });

  test("little is measured at once, and everything begins with a thirty-second", () => {
    expect(roundsFor(targetsIn(files, [], null))).toEqual([1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]);
    expect(roundsFor(targetsIn(files, ["model/capability"], null))).toEqual([1 / 8, 1 / 4, 1 / 2, 1]);
    expect(roundsFor([{ file: "model/isa/decode.ts", parts: ["1-9"] }])).toEqual([1]);
  });

  test("of a small share a run takes a whole slice, but nothing of another share", () => {
    const shareOf = (from: number, to: number) =>
      batchesOf(targetsIn(files, ["model/isa"], null).map((target) => ({ ...target, span: { from, to } })));
    expect(shareOf(0, 1 / 32).length).toBe(1);
    expect(shareOf(0, 1).length).toBeGreaterThan(5);

    const [one, other, third] = targetsIn(files, ["model/isa"], null);
    const [early, late] = [
      { from: 0, to: 1 / 32 },
      { from: 1 / 64, to: 1 / 32 },
    ];
    const due = [
      { ...one!, span: late },
      { ...other!, span: early },
      { ...third!, span: late },
    ];
    expect(batchesOf(due).map(({ span, targets }) => [span, targets.map(({ file }) => file)])).toEqual([
      [early, [other!.file]],
      [late, [one!.file, third!.file]],
    ]);
  });
});

const DIFF = `diff --git a/model/capability/seal.ts b/model/capability/seal.ts
--- a/model/capability/seal.ts
+++ b/model/capability/seal.ts
@@ -10 +10 @@ export function one(): bigint {
-  return 1n;
+  return 2n;
@@ -15,2 +15,0 @@ export function gone(): void {
-
-
@@ -24 +20,3 @@ function three(): void {
+
+
+
diff --git a/README.md b/README.md
--- a/README.md
+++ b/README.md
@@ -1 +1 @@
-a
+b
`;
