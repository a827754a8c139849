/** From what became of the mutants to a report, a verdict, and what a reader has to know. */
import { called, type LedgerEntry, triaged } from "./ledger.ts";
import type { FileResult, MutationReport } from "./record.ts";
import { type Score, scoresByArea, scoresByFolder, scoreTable, type Verdict, verdictOf } from "./score.ts";

export interface Judgement extends Verdict {
  readonly report: MutationReport;
  readonly text: string;
}

/** Survivors that are spelt out at most: the page has them all. */
const SPELT_MAX = 40;

/**
 * @param left targets that were not measured.
 * @param whole whether files were measured whole: then the ledger may hold nothing about them that is not there.
 */
export function judge(
  results: ReadonlyMap<string, FileResult>,
  ledger: readonly LedgerEntry[],
  left: number,
  whole: boolean,
): Judgement {
  const files: Record<string, FileResult> = {};
  const objections: string[] = [];
  for (const [file, result] of [...results].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const judged = triaged(file, result, ledger, whole);
    files[file] = judged.result;
    objections.push(...judged.objections);
  }

  const report: MutationReport = { schemaVersion: "2", thresholds: { high: 95, low: 85 }, files };
  const folders = scoresByFolder(report);
  const verdict = verdictOf(folders, objections, left);
  return { ...verdict, report, text: textOf(report, folders, verdict) };
}

function textOf(report: MutationReport, folders: readonly Score[], { verdict, reasons }: Verdict): string {
  const survivors = survivorsOf(report);
  const more = survivors.length > SPELT_MAX ? [`  and ${survivors.length - SPELT_MAX} more`] : [];
  return [
    ...survivors.slice(0, SPELT_MAX),
    ...more,
    "",
    scoreTable(folders),
    "",
    scoreTable(scoresByArea(report)),
    "",
    ...reasons.map((reason) => `  ${reason}`),
    verdict,
  ].join("\n");
}

/** Each survivor as an entry of the ledger would call it. */
function survivorsOf({ files }: MutationReport): string[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === "Survived" || status === "NoCoverage")
      .map((mutant) => {
        const { line } = mutant.location.start;
        const { text, replacement } = called(file, source, mutant);
        return `${file}:${line} ${mutant.status}: ${JSON.stringify(text)} -> ${JSON.stringify(replacement)}`;
      }),
  );
}
