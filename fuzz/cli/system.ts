/** What the commands do at level system: whole scripts of cVMs on the reference and on the machine code. */
import { join } from "node:path";
import { createIntravisor, type ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import { missedCase, signedCases } from "../../reports/ci/cases.ts";
import type { Case } from "../../reports/ci/outcome.ts";
import { columns } from "../../reports/columns.ts";
import { makeFolder } from "../campaign/output.ts";
import { isMissed, missedText } from "../campaign/verdict.ts";
import { writeWhole } from "../program/file.ts";
import { jsonText } from "../program/hex.ts";
import { readText } from "../program/index.ts";
import type { Conclusion } from "../replay/verdict.ts";
import { runSystemCampaign, type SystemCampaign, type SystemProgress } from "../system/campaign.ts";
import {
  isScriptText,
  loadScriptOrFinding,
  type SystemFinding,
  saveSystemFinding,
  signatureOf,
  storeSystemFinding,
} from "../system/finding.ts";
import { foundIn, SHRINK_TESTS_MAX, shrinkFailure, storyOf } from "../system/investigation.ts";
import { stepsOf } from "../system/lockstep.ts";
import { JudgedSystem } from "../system/oracle/judged.ts";
import type { SystemOracleName } from "../system/oracle/oracle.ts";
import { SYSTEM_ORACLES } from "../system/oracle/oracles.ts";
import { noCounts, type PairCounts } from "../system/oracle/pair/pair.ts";
import { shrinkLeak } from "../system/oracle/pair/shrink.ts";
import { judgePair } from "../system/oracle/pair/worlds.ts";
import {
  type Failure,
  failureText,
  judgeScript,
  listingOf,
  stepOfFailure,
  violationIn,
} from "../system/replay.ts";
import { saveScript } from "../system/script.ts";
import { findSystemCanaries } from "../zoo/system-canary.ts";

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

function createSystems(): { model: SystemUnderTest; system: ProbedSystem } {
  return { model: createSystemModel(), system: createSystem() };
}

function createSystem(): ProbedSystem {
  const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
  return createIntravisor({ assemble });
}

/**
 * What is wrong with a script: a difference, an expectation, a rule that the machine code breaks; with one that has a pair
 * also what is wrong between two worlds, on either side.
 */
function judge(
  script: SystemScript,
  model: SystemUnderTest,
  system: ProbedSystem,
  counts: PairCounts,
): Failure | null {
  const failure = judgeScript(script, model, system);
  if (failure !== null) return failure;
  const violation = violationIn(script, model, new JudgedSystem(system, SYSTEM_ORACLES));
  if (violation !== null) return { kind: "violation", violation };
  if (script.pair === undefined) return null;
  const worlds = [
    [model, createSystemModel()],
    [system, createSystem()],
  ] as const;
  return judgePair(script, worlds, counts);
}

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
      onFinding: (finding, failure) => files.set(finding.signature, tell(finding, failure, out, model)),
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
function tell(
  finding: Omit<SystemFinding, "story">,
  failure: Failure,
  folder: string,
  model: SystemUnderTest,
): string {
  const told = (path: string) => ({ ...finding, story: storyOf(finding.script, failure, model, path) });
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

/** Whether a file is a matter of this level. */
export function isScriptFile(file: string): boolean {
  return file.endsWith(".json") && isScriptText(readText(file));
}

/**
 * `replay` of a script: both sides, difference and expectations.
 *
 * @throws BadInput naming file and path.
 */
export function replayScript(file: string): Conclusion {
  const { script } = loadRunnable(file);
  const { model, system } = createSystems();
  const steps = stepsOf(script);
  if (steps.length === 0) return { verdict: "unknown", text: "unknown: no step to take" };
  const counts = noCounts();
  const failure = judge(script, model, system, counts);
  if (failure === null) {
    if (script.pair !== undefined && counts.held === 0) {
      return { verdict: "unknown", text: "unknown: nothing differed between the two worlds" };
    }
    const expected = steps.filter(({ expect }) => expect?.result !== undefined).length;
    const lines = listingOf(script, model, steps.length - 1);
    const met = expected === 0 ? "" : `, ${expected} expectations met`;
    const told = script.pair === undefined ? "" : ", two worlds look the same";
    return {
      verdict: "holds",
      text: [...lines, `holds: ${steps.length} steps agree${met}${told}`].join("\n"),
    };
  }
  return {
    verdict: "broken",
    text: [...listingOf(script, model, stepOfFailure(failure)), ...failureText(failure)].join("\n"),
  };
}

/**
 * `minimize` of a script: writes the small one, a finding if the systems differ. Returns exit code and text.
 *
 * @throws BadInput naming file and path.
 */
export function minimizeScript(file: string, out: string | undefined): { exitCode: number; text: string } {
  const { script, finding } = loadRunnable(file);
  const { model, system } = createSystems();
  const steps = stepsOf(script).length;
  if (steps === 0) return { exitCode: 2, text: `${file}: unknown: no step to take\n` };
  const failure = judge(script, model, system, noCounts());
  if (failure === null) {
    return { exitCode: 0, text: `${file}: holds: ${steps} steps agree and do as expected\n` };
  }
  const small =
    failure.kind === "leak"
      ? smallLeak(script, failure, model, system)
      : shrinkFailure(
          script,
          failure,
          model,
          failure.kind === "violation" ? new JudgedSystem(system, SYSTEM_ORACLES) : system,
        );
  const path = out ?? `${file.replace(/\.json$/, "")}.min.json`;
  const story = storyOf(small.script, small.failure, model, path);
  if (small.failure.kind === "expectation") saveScript(path, small.script);
  else {
    saveSystemFinding(path, {
      format: "capwright-system-finding",
      version: 1,
      signature: signatureOf(small.script, small.failure),
      origin: finding?.origin ?? null,
      script: small.script,
      shrunk: small.isMinimal,
      ...foundIn(small.failure)!,
      story,
    });
  }
  const { tests, isMinimal } = small;
  const ending = isMinimal ? "" : `; stopped after ${number(tests)} scripts, could be smaller`;
  const counts = `broken: ${stepsOf(small.script).length} of ${steps} steps, written to ${path}${ending}`;
  return { exitCode: 1, text: `${story.join("\n")}\n${counts}\n` };
}

function smallLeak(
  script: SystemScript,
  failure: Extract<Failure, { kind: "leak" }>,
  model: SystemUnderTest,
  system: SystemUnderTest,
): ReturnType<typeof shrinkFailure> {
  const worlds =
    failure.system === model.name
      ? ([model, createSystemModel()] as const)
      : ([system, createSystem()] as const);
  const { pair: _, ...alone } = script;
  const small = shrinkLeak({ script: alone, pair: failure.pair }, failure.leak, worlds, SHRINK_TESTS_MAX);
  const { pair, leak, isMinimal, tests } = small;
  return { script: { ...small.script, pair }, failure: { ...failure, pair, leak }, isMinimal, tests };
}

function loadRunnable(file: string): ReturnType<typeof loadScriptOrFinding> {
  return loadScriptOrFinding(file);
}
