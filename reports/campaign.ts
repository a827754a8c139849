import type { CampaignRecord } from "../fuzz/campaign/record.ts";
import { columns } from "./columns.ts";
import { neverReachedText, reachSummary } from "./reach.ts";
import { rulesSummary } from "./rules.ts";

/** Instructions that the list of what was never reached names; the table beside the record has all of them. */
const NEVER_REACHED_ROWS_MAX = 20;

/** The end of a campaign as it is printed: what was done, what was found, what was never reached, the verdict. */
export function campaignSummary(record: CampaignRecord): string {
  return [
    workText(record),
    findingsText(record),
    acceptedText(record),
    reachSummary(record.reach),
    neverReachedText(record.reach, NEVER_REACHED_ROWS_MAX),
    rulesSummary(record.clauses),
    record.undeclared.length === 0
      ? ""
      : `Outcomes the reach table does not declare: ${record.undeclared.join(", ")}`,
    `verdict: ${record.verdict} (${record.reason})`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function workText(record: CampaignRecord): string {
  const { seed, machines, faults, oracles, canaries, workers, programs, steps, elapsedMs, interrupted } =
    record;
  const seconds = elapsedMs / 1000;
  const rate = elapsedMs === 0 ? 0 : steps / seconds;
  return columns([
    ["seed", seed],
    ["machines", `${machines.expect} (expected), ${machines.actual}`],
    ...(faults.length === 0 ? [] : [["planted faults", faults.join(", ")]]),
    ["oracles", oracles.join(", ")],
    ...(canaries.length === 0 ? [] : [["canaries", canaries.map(canaryText).join(", ")]]),
    ["programs", number(programs)],
    ["steps compared", `${number(steps)}, ${number(rate)} a second`],
    ["time", `${seconds.toFixed(1)} s with ${number(workers)} ${workers === 1 ? "worker" : "workers"}`],
    ...(interrupted ? [["ended", "early, by request"]] : []),
  ]);
}

function canaryText({ plant, foundBy, tests }: CampaignRecord["canaries"][number]): string {
  return foundBy === null ? `${plant} MISSED in ${tests}` : `${plant} found by ${foundBy} in ${tests}`;
}

function findingsText({ findings, machines }: CampaignRecord): string {
  if (findings.length === 0) return "";
  const against = machines.actual.startsWith("rvfi://") ? ` --against ${machines.actual}` : "";
  const lines = findings.map(({ signature, words, times, file }, index) => [
    `${index + 1}`,
    signature,
    `${words} ${words === 1 ? "word" : "words"}`,
    `${number(times)} times`,
    file === null ? "" : `capwright replay ${file}${against}`,
  ]);
  return `Findings\n${columns(lines)}`;
}

/** What was let pass, and what is in the ledger for nothing. */
function acceptedText({ accepted = [] }: CampaignRecord): string {
  if (accepted.length === 0) return "";
  const rows = accepted.map(({ name, until, times }) => [
    name,
    times === 0 ? "never met" : `${number(times)} times`,
    `until ${until}`,
  ]);
  return `Accepted differences\n${columns(rows)}`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
