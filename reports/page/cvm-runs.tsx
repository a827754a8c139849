import { useMemo } from "preact/hooks";
import type { PageData } from "../page-data.ts";
import type { CvmRun } from "../records.ts";
import { whole } from "./figures.ts";
import { type Column, Table } from "./table.tsx";

interface Row {
  readonly file: string;
  readonly cvm: CvmRun["cvms"][number];
}

const columns: readonly Column<Row>[] = [
  { name: "run", value: ({ file }) => file },
  { name: "cVM", value: ({ cvm }) => cvm.name },
  { name: "end", value: ({ cvm }) => endText(cvm.end) },
  { name: "steps", value: ({ cvm }) => cvm.steps, show: ({ cvm }) => whole(cvm.steps) },
  { name: "host calls", value: ({ cvm }) => cvm.hostCalls },
];

/** How each cVM of each run came out of it. */
export function CvmRuns({ runs }: { readonly runs: PageData["cvmRuns"] }) {
  const rows = useMemo(
    () => runs.flatMap(({ file, record }) => record.cvms.map((cvm) => ({ file, cvm }))),
    [runs],
  );
  return (
    <>
      <ul>
        {runs.map(({ file, record: { seed, verdict, steps, slices, time, broken } }) => (
          <li key={file}>
            <span class="name">{file}</span>: {verdict} after {whole(steps)} steps in {whole(slices)} slices,{" "}
            {whole(Number(BigInt(time)) / 1000)} µs of virtual time, seed {seed};{" "}
            {broken.length === 0 ? "no rule broken" : `✗ rules broken: ${broken.join(", ")}`}
          </li>
        ))}
      </ul>
      <Table caption="cVMs" rows={rows} columns={columns} />
    </>
  );
}

function endText({ kind, ...more }: Row["cvm"]["end"]): string {
  if (kind === "exit") return `exit ${Number(BigInt.asIntN(64, BigInt(String(more["status"]))))}`;
  if (kind === "fault") return `fault: ${String(more["text"])}`;
  if (kind === "waits" && Array.isArray(more["for"])) return `waits: ${more["for"].join(", ")}`;
  return kind;
}
