import type { LawReport } from "../fuzz/oracle/law/judge.ts";
import { columns } from "./columns.ts";

/** The end of a judgement by laws as it is printed: what was tried, every law with its counts, what broke, verdict. */
export function lawsSummary(report: LawReport): string {
  const { seed, samples, elapsedMs, verdict, reason } = report;
  return [
    columns([
      ["seed", seed],
      ...Object.entries(report.toy).map(([library, { patterns, pairs, partners }]) => [
        `${library}, toy format`,
        `${number(patterns)} patterns, ${number(pairs)} with an operand, ${partners} partners each`,
      ]),
      ["samples", number(samples)],
      ["time", `${(elapsedMs / 1000).toFixed(1)} s`],
    ]),
    lawsTable(report),
    ...report.breaches.map(({ text }) => text.join("\n")),
    `verdict: ${verdict} (${reason})`,
  ].join("\n\n");
}

/** Every law with how often it was found true, and had nothing to say; `broken` where it failed. */
function lawsTable({ counts }: LawReport): string {
  const rows = counts.map(({ library, law, holds, vacuous, broken }) => [
    library,
    law,
    holds === 0 ? "never" : number(holds),
    number(vacuous),
    broken > 0 ? "broken" : "",
  ]);
  return columns([["library", "law", "true", "vacuous", ""], ...rows]);
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
