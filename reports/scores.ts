/** Figures by folder of reports that other tools wrote. */
import type { ScoreRow } from "./page-data.ts";
import type { Coverage, Mutation } from "./records.ts";

const KILLED = ["Killed", "Timeout"];
/** Mutants that say nothing: they do not compile, or were left out on purpose. */
const UNCOUNTED = ["CompileError", "RuntimeError", "Ignored", "Pending"];

/** Killed mutants of those that tests could tell. What is pending, or survived without a test, was not measured. */
export function mutationRows({ files }: Mutation): ScoreRow[] {
  const folders = new Map<string, { good: number; total: number; unmeasured: number }>();
  for (const [file, { mutants }] of Object.entries(files)) {
    for (const name of [folderOf(file), "all"]) {
      const row = folders.get(name) ?? { good: 0, total: 0, unmeasured: 0 };
      folders.set(name, row);
      for (const { status, testsCompleted } of mutants) {
        if (status === "Pending") row.unmeasured++;
        if (UNCOUNTED.includes(status)) continue;
        if (status === "Survived" && testsCompleted === 0) row.unmeasured++;
        row.total++;
        if (KILLED.includes(status)) row.good++;
      }
    }
  }
  return sorted(folders).map(([name, { good, total, unmeasured }]) => ({
    name,
    good,
    total,
    note: unmeasured === 0 ? "" : `${unmeasured} not measured`,
  }));
}

/** Covered lines, with branches in the note. `root` is what file names begin with, and is taken off. */
export function coverageRows(coverage: Coverage, root: string): ScoreRow[] {
  const folders = new Map<string, { good: number; total: number; branches: number; taken: number }>();
  for (const [file, { lines, branches }] of Object.entries(coverage)) {
    if (file === "total") continue;
    for (const name of [folderOf(file.startsWith(root) ? file.slice(root.length + 1) : file), "all"]) {
      const row = folders.get(name) ?? { good: 0, total: 0, branches: 0, taken: 0 };
      folders.set(name, row);
      row.good += lines.covered;
      row.total += lines.total;
      row.branches += branches.total;
      row.taken += branches.covered;
    }
  }
  return sorted(folders).map(([name, { good, total, branches, taken }]) => ({
    name,
    good,
    total,
    note: `branches ${taken} of ${branches}`,
  }));
}

/** At most two folders deep. */
function folderOf(file: string): string {
  return file.split("/").slice(0, -1).slice(0, 2).join("/") || ".";
}

/** By name, the sum of all at the end. */
function sorted<Row>(folders: ReadonlyMap<string, Row>): [string, Row][] {
  const rank = (name: string) => (name === "all" ? 1 : 0);
  return [...folders].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}
