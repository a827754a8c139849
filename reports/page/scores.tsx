import { useMemo } from "preact/hooks";
import type { Linked, ScoreRow } from "../page-data.ts";
import { Bar } from "./rules.tsx";
import { type Column, Table } from "./table.tsx";

/** Figures of reports that other tools made, by folder, with a link into the whole of each. */
export function Scores({
  reports,
  good,
  total,
}: {
  readonly reports: readonly Linked[];
  readonly good: string;
  readonly total: string;
}) {
  const columns = useMemo(
    (): Column<ScoreRow>[] => [
      { name: "folder", value: ({ name }) => name },
      { name: good, value: (row) => row.good },
      { name: total, value: (row) => row.total },
      { name: "share", value: shareOf, show: (row) => <Bar share={shareOf(row)} /> },
      { name: "note", value: ({ note }) => note },
    ],
    [good, total],
  );
  return (
    <>
      {reports.map(({ file, link, rows }) => (
        <div key={file}>
          <p>
            {link === null ? <span class="name">{file}</span> : <a href={link}>The whole report: {link}</a>}
          </p>
          <Table caption={file} rows={rows} columns={columns} />
        </div>
      ))}
    </>
  );
}

function shareOf({ good, total }: ScoreRow): number {
  return total === 0 ? 0 : good / total;
}
