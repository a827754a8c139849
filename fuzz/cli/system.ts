/** A campaign at level system: generated scripts of cVMs on the reference and on the machine code. */
import { join } from "node:path";
import { missedCase, signedCases } from "../../reports/ci/cases.ts";
import type { Case } from "../../reports/ci/outcome.ts";
import { columns } from "../../reports/columns.ts";
import { makeFolder } from "../campaign/output.ts";
import { isMissed, missedText } from "../campaign/verdict.ts";
import { writeWhole } from "../program/file.ts";
import { jsonText } from "../program/hex.ts";
import { runSystemCampaign, type SystemCampaign, type SystemProgress } from "../system/campaign.ts";
import { type SystemFinding, storeSystemFinding } from "../system/finding.ts";
import { JudgedSystem } from "../system/oracle/judged.ts";
import type { SystemOracleName } from "../system/oracle/oracle.ts";
import type { Failure } from "../system/replay.ts";
import { type Sides, storyOf } from "../system/story.ts";
import { findSystemCanaries } from "../zoo/system-canary.ts";
import { createSystem, createSystems } from "./both-systems.ts";

interface FuzzOptions {
  readonly seed: string;
  readonly budget: { readonly runs: number } | { readonly seconds: number };
  readonly findings: number;
  readonly out: string;
  /** How many scripts are run in two worlds too, or in nothing else. */
  readonly pairs: "none" | "some" | "all";
  /** Whether the two systems are compared, and who judges the machine code beside that. */
  readonly compares: boolean;
  readonly oracles: readonly SystemOracleName[];
}

const exitCodes = { holds: 0, broken: 1, unknown: 2 } as const;
const PROGRESS_MS = 5000;

/**
 * `fuzz --level system`: prints findings as they come, then the table of what was reached and the verdict. Answers what
 * there is to tell of it.
 */
export async function fuzzSystem({
  seed,
  budget,
  findings,
  out,
  pairs,
  compares,
  oracles,
}: FuzzOptions): Promise<readonly Case[]> {
  makeFolder(out);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  process.stdout.write(`seed ${seed}\n`);
  const { model, system } = createSystems();
  const files = new Map<string, string>();
  let toldMs = 0;
  try {
    const missed = (await findSystemCanaries()).filter(isMissed);
    if (missed.length > 0) {
      process.stdout.write(`\nverdict: unknown (${missedText(missed)})\n`);
      process.exitCode = exitCodes.unknown;
      return [missedCase(missedText(missed))];
    }
    const result = await runSystemCampaign({
      seed,
      budget,
      findingsMax: findings,
      model,
      system,
      judged: oracles.length === 0 ? null : new JudgedSystem(system, oracles),
      compares,
      pairs: pairs === "none" ? null : { twin: createSystem(), share: pairs },
      clock: () => performance.now(),
      isInterrupted: () => interrupt.signal.aborted,
      onScript: async (progress) => {
        // Signals are delivered between turns of the event loop.
        await new Promise((resolve) => setImmediate(resolve));
        if (progress.elapsedMs - toldMs < PROGRESS_MS) return;
        toldMs = progress.elapsedMs;
        process.stderr.write(`${progressText(progress)}\n`);
      },
      onFinding: (finding, failure) =>
        files.set(finding.signature, tell(finding, failure, out, { model, system })),
    });
    writeWhole(join(out, "campaign.json"), jsonText(result));
    process.stdout.write(`\n${summaryOf(result, files)}\n`);
    process.exitCode = exitCodes[result.verdict];
    return signedCases(result, "system", files);
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

/** Stores a finding and prints its story. Returns where it lies. */
function tell(finding: Omit<SystemFinding, "story">, failure: Failure, folder: string, sides: Sides): string {
  const told = (path: string) => ({ ...finding, story: storyOf(finding.script, failure, sides, path) });
  const path = storeSystemFinding(folder, told);
  process.stdout.write(`\n${finding.signature}\n${told(path).story.join("\n")}\n`);
  return path;
}

function progressText({ elapsedMs, scripts, steps, findings }: SystemProgress): string {
  const rate = elapsedMs === 0 ? 0 : (steps / elapsedMs) * 1000;
  const parts = [`${Math.floor(elapsedMs / 1000)} s`, `${number(scripts)} scripts`, `${number(steps)} steps`];
  return [...parts, `${number(rate)} steps/s`, `findings ${findings}`].join("   ");
}

function summaryOf(result: SystemCampaign, files: ReadonlyMap<string, string>): string {
  const { elapsedMs, steps, scripts, signatures, reach, never, verdict, reason, isInterrupted } = result;
  const rows = reach.map(({ name, outcomes }) => [
    name,
    outcomes.map(({ outcome, count }) => `${outcome} ${count === 0 ? "never" : number(count)}`).join(", "),
  ]);
  const work = columns([
    ["seed", result.seed],
    ["scripts", number(scripts)],
    ["steps compared", `${number(steps)}, ${number((steps / Math.max(1, elapsedMs)) * 1000)} a second`],
    ...pairRows(result),
    ["time", `${(elapsedMs / 1000).toFixed(1)} s`],
    ...(isInterrupted ? [["ended", "early, by request"]] : []),
  ]);
  const rules = result.rules.map(({ oracle, rule, held, broken, vacuous }) => [
    `${oracle} ${rule}`,
    ...[held, broken, vacuous].map(number),
  ]);
  const findings = signatures.map(({ signature, times }, index) => {
    const path = files.get(signature);
    const again = path === undefined ? "" : `capwright replay ${path}`;
    return [`${index + 1}`, signature, `${number(times)} times`, again];
  });
  return [
    columns([["call", "outcomes"], ...rows]),
    rules.length === 0 ? "" : columns([["rule", "held", "broken", "vacuous"], ...rules]),
    work,
    findings.length === 0 ? "" : `Findings\n${columns(findings)}`,
    never.length === 0 ? "" : `Never reached\n  ${never.join("\n  ")}`,
    `verdict: ${verdict} (${reason})`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** What was compared of two worlds, and what was made known and therefore not. */
function pairRows({ pairs }: SystemCampaign): string[][] {
  if (pairs === null) return [];
  const { held, vacuous, frozen, told } = pairs;
  const list = told.map(({ call, times }) => `${call} ${number(times)}`).join(", ");
  return [
    ["in two worlds", `${number(held)} steps looked the same, ${number(vacuous)} vacuous`],
    ["made known", `${list === "" ? "nothing" : list}; results frozen ${number(frozen)}`],
  ];
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
