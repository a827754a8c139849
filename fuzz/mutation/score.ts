/** Figures of a report by folder and by promise, and the verdict on them. */
import { isUndrawn, type Mutant, type MutationReport } from "./record.ts";
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
  /** Tried, and nobody knows. */
  readonly unmeasured: number;
  /** Their turn has not come: the rest is a sample. */
  readonly undrawn: number;
}

/** Percents between which the score of all mutants lies, if those that were tried are a sample of them. */
export type Interval = readonly [least: number, most: number];

/** 95 of 100 intervals hold what they are about. */
const Z = 1.96;

/** Wilson's interval of the score; null if nothing was tried, both ends the score if everything was. */
export function intervalOf(score: Score): Interval | null {
  const reached = percent(score);
  if (reached === null || score.undrawn === 0) return reached === null ? null : [reached, reached];
  const count = score.killed + score.survivors;
  const share = score.killed / count;
  const middle = share + Z ** 2 / (2 * count);
  const reach = Z * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2));
  const percentOf = (end: number) => (100 * end) / (1 + Z ** 2 / count);
  return [percentOf(middle - reach), percentOf(middle + reach)];
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
  const undrawn = mutants.filter(isUndrawn).length;
  return {
    name,
    killed: count("Killed", "Timeout"),
    timeouts: count("Timeout"),
    survivors: count("Survived", "NoCoverage"),
    equivalent: count("Ignored"),
    unmeasured: count("Pending", "RuntimeError") - undrawn,
    undrawn,
  };
}

export interface Verdict {
  readonly verdict: "holds" | "broken" | "unknown";
  readonly reasons: readonly string[];
}

/**
 * Of a folder of which only a sample was tried nothing is known until Wilson's interval lies above the least score.
 *
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
    const interval = intervalOf(score);
    if (interval !== null && interval[0] < least && least <= reached!)
      unknown.push(
        `${score.name}: at least ${interval[0].toFixed(1)} % by what was drawn, too little for ${least} %`,
      );
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
    ["", "mutants", "measured", "killed", "by time", "survivors", "equivalent", "score", "95 %"],
    ...rows.map((row) => {
      const { killed, timeouts, survivors, equivalent, unmeasured, undrawn } = row;
      const measured = killed + survivors + equivalent;
      const counts = [measured + unmeasured + undrawn, measured, killed, timeouts, survivors, equivalent];
      const reached = percent(row);
      const ends = intervalOf(row)?.map((end) => end.toFixed(1));
      return [
        row.name,
        ...counts.map(String),
        reached === null ? "-" : `${reached.toFixed(1)} %`,
        ends?.join(" to ") ?? "-",
      ];
    }),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const padded = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  return cells.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}
