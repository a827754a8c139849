/** The files of the project that are mutated, the tests they face, and the lines of them that have changed. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { BadInput } from "../bad-input.ts";
import type { Slice } from "./slices.ts";

const FOLDERS = ["model", "impl", "fuzz", "properties"];

/** Every TypeScript file of the project, by its path from the root, in order. */
export function projectFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => join(entry.parentPath, entry.name)),
  ).toSorted();
}

/** Model, implementations and oracles, but for contracts, which are types and lie beside the folders of the model. */
export function isMutated(file: string): boolean {
  return /^(model\/[^/]+|impl|fuzz\/(system\/)?oracle)\//.test(file) && !file.endsWith(".test.ts");
}

/**
 * In the order in which they are tried.
 *
 * @throws Error if a pattern fits no test: a mutant that faces none would always survive.
 */
export function testsOf(slice: Slice, files: readonly string[]): string[] {
  const tests = slice.tests.flatMap((pattern) => {
    const fitting = files.filter(
      (file) => file.endsWith(".test.ts") && pattern.test(file.slice(0, -".test.ts".length)),
    );
    if (fitting.length === 0) throw new Error(`${slice.folder}: no test fits ${pattern.source}`);
    return fitting;
  });
  return [...new Set(tests)];
}

/** First and last line, counted from one. */
export type Lines = readonly [first: number, last: number];

/**
 * The lines that are new or different since the last commit that a commit shares with this one, by file; what is not
 * committed counts as well, but for files that git does not know.
 *
 * @throws BadInput if git knows no such commit.
 */
export function changedLines(since: string): ReadonlyMap<string, readonly Lines[]> {
  try {
    return linesOfDiff(
      execFileSync(
        "git",
        ["diff", "--merge-base", "--unified=0", "--no-color", "--no-ext-diff", since, "--"],
        {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
          maxBuffer: 1 << 28,
        },
      ),
    );
  } catch {
    throw new BadInput(`--changed ${since}: expected a commit of this repository`);
  }
}

/** Reads what `git diff --unified=0` prints. */
export function linesOfDiff(diff: string): ReadonlyMap<string, readonly Lines[]> {
  const changed = new Map<string, Lines[]>();
  let ranges: Lines[] = [];
  for (const line of diff.split("\n")) {
    const file = /^\+\+\+ b\/(.*)$/.exec(line)?.[1];
    if (file !== undefined) {
      ranges = [];
      changed.set(file, ranges);
    }
    const [, first, count = "1"] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (first === undefined || count === "0") continue;
    ranges.push([Number(first), Number(first) + Number(count) - 1]);
  }
  return changed;
}
