import type { PageData } from "../page-data.ts";
import type { Campaign, ObjectCampaign } from "../records.ts";
import { duration, whole } from "./figures.ts";

/** What was run, with what, and for how long. */
export function Runs({ data }: { readonly data: PageData }) {
  return (
    <div class="cards">
      {data.campaigns.map(({ file, record }) => (
        <Card
          key={file}
          file={file}
          rows={[
            ["seed", record.seed],
            ["machines", `${record.machines.expect} (expected), ${record.machines.actual}`],
            ["budget", budgetText(record.budget)],
            ["programs", whole(record.programs)],
            ["steps compared", stepsText(record)],
            ["time", `${duration(record.elapsedMs)}, workers: ${record.workers}`],
            ["oracles", record.oracles.join(", ")],
            ["canaries", canariesText(record.canaries)],
            ["planted", record.faults.join(", ")],
            ["accepted", record.accepted.map(acceptedText).join("; ")],
            ["ended", record.interrupted ? "early, by request" : ""],
            ["not declared", record.undeclared.join(", ")],
          ]}
        />
      ))}
      {data.systems.map(({ file, record }) => (
        <Card
          key={file}
          file={file}
          rows={[
            ["seed", record.seed],
            ["scripts of cVMs", whole(record.scripts)],
            ["steps compared", stepsText(record)],
            [
              "in two worlds",
              record.pairs === null
                ? ""
                : `${whole(record.pairs.held)} steps looked the same, ${whole(record.pairs.vacuous)} vacuous`,
            ],
            ["time", duration(record.elapsedMs)],
            ["ended", record.isInterrupted ? "early, by request" : ""],
            ["not declared", record.undeclared.join(", ")],
          ]}
        />
      ))}
      {data.objects.map(({ file, record }) => (
        <Card
          key={file}
          file={file}
          rows={[
            ["seed", record.seed],
            ["object files", rateText(record.files, record.elapsedMs)],
            ["time", duration(record.elapsedMs)],
            ["canaries", canariesText(record.canaries)],
            ["both accept", whole(record.reasons["0"] ?? 0)],
            ["both refuse, by check", checksText(record)],
            ["never answered", record.never.join(", ")],
            ["ended", record.isInterrupted ? "early, by request" : ""],
          ]}
        />
      ))}
      {data.laws.map(({ file, record }) => (
        <Card
          key={file}
          file={file}
          rows={[
            ["seed", record.seed],
            ["laws", whole(new Set(record.counts.map(({ law }) => law)).size)],
            ["samples", whole(record.samples)],
            ["time", duration(record.elapsedMs)],
            ["planted", record.faults.join(", ")],
          ]}
        />
      ))}
      {data.zoos.map(({ file, record }) => (
        <Card
          key={file}
          file={file}
          rows={[
            ["seed", record.seed],
            ["planted faults", `${record.specimens.length}, level ${record.level}`],
            ["hunts for each", `${record.seeds}, at most ${record.seconds} s`],
            ["time", duration(record.elapsedMs)],
            ["oracles", record.oracles.join(", ")],
            ["ended", record.interrupted ? "early, by request" : ""],
          ]}
        />
      ))}
    </div>
  );
}

function acceptedText({ name, until, times }: Campaign["accepted"][number]): string {
  return `${name}: ${times === 0 ? "never met" : `${whole(times)} times`}, until ${until}`;
}

function Card({
  file,
  rows,
}: {
  readonly file: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
}) {
  return (
    <div class="card">
      <h3 class="name">{file}</h3>
      <dl>
        {rows
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </div>
  );
}

function stepsText({ steps, elapsedMs }: { readonly steps: number; readonly elapsedMs: number }): string {
  return rateText(steps, elapsedMs);
}

function rateText(count: number, elapsedMs: number): string {
  return `${whole(count)}, ${whole(elapsedMs === 0 ? 0 : (count / elapsedMs) * 1000)} a second`;
}

/** How many files each check refused. */
function checksText({ reasons }: ObjectCampaign): string {
  const checks = Object.entries(reasons).filter(([check]) => check !== "0");
  return checks.map(([check, count]) => `${check}: ${whole(count)}`).join(", ");
}

function budgetText(budget: PageData["campaigns"][number]["record"]["budget"]): string {
  return "runs" in budget ? `${whole(budget.runs)} programs` : `${budget.seconds} s`;
}

function canariesText(canaries: Campaign["canaries"]): string {
  return canaries
    .map(({ plant, foundBy, tests }) =>
      foundBy === null ? `${plant} MISSED in ${tests}` : `${plant} found by ${foundBy} in ${tests}`,
    )
    .join(", ");
}
