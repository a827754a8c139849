/** Figures of a report by folder and by promise, and the verdict on them. */
import type { Mutant, MutationReport } from "./record.ts";
import { areaOf, areas, sliceOf } from "./slices.ts";

export interface Score {
  readonly name: string;
  readonly killed: number;
  /** Of those killed, by time: tests that took so long that they were stopped. */
  readonly timeouts: number;
  /** Neither killed nor explained: no test noticed, or none comes there. */
  readonly survivors: number;
  /** Explained by the ledger. */
  readonly equivalent: number;
  /** Nobody knows. */
  readonly unmeasured: number;
}

/** Percent of the mutants that can be killed; null if there are none. */
export function percent({ killed, survivors }: Score): number | null {
  return killed + survivors === 0 ? null : (100 * killed) / (killed + survivors);
}

export function scoresByFolder(report: MutationReport): Score[] {
  return scores(report, (file) => sliceOf(file).folder);
}

/** In the order of the promises. */
export function scoresByArea(report: MutationReport): Score[] {
  const rank = ({ name }: Score) => areas.findIndex((area) => name.startsWith(`${area.name} (`));
  return scores(report, (file) => `${areaOf(file).name} (${areaOf(file).oracles})`).toSorted(
    (one, other) => rank(one) - rank(other),
  );
}

function scores({ files }: MutationReport, nameOf: (file: string) => string): Score[] {
  const byName = new Map<string, Mutant[]>();
  for (const [file, { mutants }] of Object.entries(files)) {
    const name = nameOf(file);
    byName.set(name, [...(byName.get(name) ?? []), ...mutants]);
  }
  return [...byName].map(([name, mutants]) => scoreOf(name, mutants));
}

function scoreOf(name: string, mutants: readonly Mutant[]): Score {
  const count = (...statuses: Mutant["status"][]) =>
    mutants.filter(({ status }) => statuses.includes(status)).length;
  return {
    name,
    killed: count("Killed", "Timeout"),
    timeouts: count("Timeout"),
    survivors: count("Survived", "NoCoverage"),
    equivalent: count("Ignored"),
    unmeasured: count("Pending", "RuntimeError"),
  };
}

export interface Verdict {
  readonly verdict: "holds" | "broken" | "unknown";
  readonly reasons: readonly string[];
}

/**
 * @param objections what the ledger says wrongly.
 * @param left files that nobody came to.
 */
export function verdictOf(folders: readonly Score[], objections: readonly string[], left: number): Verdict {
  const broken = [...objections];
  const unknown: string[] = [];
  for (const score of folders) {
    const least = sliceOf(`${score.name}/`).scoreMin;
    const reached = percent(score);
    if (score.survivors > 0)
      broken.push(`${score.name}: ${score.survivors} survivors without an entry in the ledger`);
    if (reached !== null && reached < least)
      broken.push(`${score.name}: ${reached.toFixed(1)} % killed, expected at least ${least} %`);
    if (score.unmeasured > 0) unknown.push(`${score.name}: ${score.unmeasured} mutants not measured`);
  }
  if (left > 0) unknown.push(`${left} files not measured: run again to go on`);
  if (folders.every((score) => percent(score) === null)) unknown.push("nothing was measured");
  const verdict = broken.length > 0 ? "broken" : unknown.length > 0 ? "unknown" : "holds";
  return { verdict, reasons: [...broken, ...unknown] };
}

/** A line a row, in columns. */
export function scoreTable(rows: readonly Score[]): string {
  const cells = [
    ["", "killed", "by time", "survivors", "equivalent", "not measured", "score"],
    ...rows.map((row) => [
      row.name,
      ...[row.killed, row.timeouts, row.survivors, row.equivalent, row.unmeasured].map(String),
      percent(row) === null ? "-" : `${percent(row)!.toFixed(1)} %`,
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const padded = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  return cells.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}
