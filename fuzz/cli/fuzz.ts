import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { campaignSummary } from "../../reports/campaign.ts";
import { campaignCases, lawCases, missedCase } from "../../reports/ci/cases.ts";
import { operandTable, reachTable } from "../../reports/reach.ts";
import { rulesTable } from "../../reports/rules.ts";
import { BadInput } from "../bad-input.ts";
import type { Bench } from "../campaign/bench.ts";
import { type CampaignResult, runCampaign } from "../campaign/campaign.ts";
import { LiveLine } from "../campaign/live.ts";
import { makeFolder, writeResult } from "../campaign/output.ts";
import { openPeerBench, type PeerBench } from "../campaign/peer.ts";
import type { Verdict } from "../campaign/record.ts";
import { isMissed, missedText } from "../campaign/verdict.ts";
import { plantOf } from "../faults/plant.ts";
import { storeFinding } from "../finding/store.ts";
import { injectedProgram, OBJECTORS, type Objector, saveProgram } from "../program/index.ts";
import { fuzzObjects } from "../sco/fuzz-command.ts";
import { SYSTEM_ORACLES } from "../system/oracle/oracles.ts";
import { findCanaries } from "../zoo/canary.ts";
import { type CiOptions, leaveOutcome, withCiOptions } from "./ci.ts";
import {
  acceptedIn,
  acceptedOption,
  againstOption,
  faultOption,
  oracleOption,
  peerOptions,
  positiveNumber,
  strictOption,
  timeoutOption,
  wholeNumber,
} from "./option.ts";
import { fuzzSystem } from "./system.ts";
import { fuzzValues } from "./value.ts";

interface Options extends CiOptions {
  readonly level: string;
  readonly seed?: string;
  readonly runs?: number;
  readonly seconds?: number;
  readonly workers: number;
  readonly against?: string;
  readonly timeout: number;
  readonly strict?: true;
  readonly accepted?: string;
  readonly out: string;
  readonly fault: readonly string[];
  readonly oracle: readonly (typeof LETTERS)[number][];
  readonly findings: number;
}

const SECONDS_DEFAULT = 60;
const WORKERS_MAX = 32;
const COMMAND = "capwright fuzz";

/** N compares two worlds of one system, and T asks what is over: level system alone has them. */
const LETTERS = [...OBJECTORS, "N", "T"] as const;

const exitCodes: Readonly<Record<Verdict, number>> = { holds: 0, broken: 1, unknown: 2 };

export function register(program: Command): void {
  const command = program
    .command("fuzz")
    .description("run generated programs on the model and the engine and compare every step")
    .addOption(
      new Option("--level <level>", "what is generated")
        .choices(["value", "machine", "system", "object"])
        .default("machine"),
    )
    .option("--seed <text>", "decides every program; a new one each time if left out")
    .addOption(
      new Option("--runs <n>", "end after so many programs")
        .argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER))
        .conflicts("seconds"),
    )
    .addOption(
      new Option("--seconds <t>", `end after so many seconds (default: ${SECONDS_DEFAULT})`).argParser(
        positiveNumber,
      ),
    )
    .addOption(
      new Option("--workers <n>", "worker threads")
        .argParser(wholeNumber(1, WORKERS_MAX))
        .default(Math.min(availableParallelism(), WORKERS_MAX)),
    )
    .addOption(againstOption())
    .addOption(timeoutOption())
    .addOption(strictOption())
    .addOption(acceptedOption())
    .option("--out <folder>", "where findings and the campaign's record are written", "out/fuzz")
    .addOption(faultOption())
    .addOption(oracleOption(LETTERS))
    .addOption(
      new Option("--findings <n>", "end after so many different findings")
        .argParser(wholeNumber(1, 1000))
        .default(10),
    )
    .action(fuzz);
  withCiOptions(command);
}

async function fuzz(options: Options): Promise<void> {
  if (options.level === "value") return fuzzLaws(options);
  if (options.level === "system") return fuzzScripts(options);
  if (options.level === "object") return fuzzFiles(options);
  for (const name of options.fault) plantOf(name);
  makeFolder(options.out);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  const other = await openOther(options);
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    const result = await campaign(options, other?.bench, interrupt.signal);
    const { reach, clauses } = result.record;
    writeResult(options.out, result, {
      reach: `${reachTable(reach)}\n\n${operandTable(reach)}`,
      rules: rulesTable(clauses),
    });
    process.stdout.write(`\n${campaignSummary(result.record)}\n`);
    leaveOutcome(options, { command: COMMAND, cases: campaignCases(result.record) });
    const unanswered = other?.unanswered() ?? null;
    if (unanswered !== null) tellUnanswered(unanswered, options.out);
    process.exitCode = exitCodes[result.record.verdict];
  } finally {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    await other?.peer.close();
  }
}

async function fuzzLaws(options: Options): Promise<void> {
  const { seed, runs, seconds, fault, against, accepted, out } = options;
  if (accepted !== undefined) throw new BadInput("--accepted: level value compares no machines");
  if (against !== undefined) throw new BadInput("--against: level value compares with no implementation");
  const missed = (await findCanaries()).filter(isMissed);
  if (missed.length > 0) {
    process.stdout.write(`verdict: unknown (${missedText(missed)})\n`);
    leaveOutcome(options, { command: COMMAND, cases: [missedCase(missedText(missed))] });
    process.exitCode = exitCodes.unknown;
    return;
  }
  const report = await fuzzValues({
    seed: seed ?? Date.now().toString(36),
    budget: runs === undefined ? { seconds: seconds ?? SECONDS_DEFAULT } : { samples: runs },
    faults: fault,
    out,
  });
  leaveOutcome(options, { command: COMMAND, cases: lawCases(report) });
  process.exitCode = exitCodes[report.verdict];
}

async function fuzzScripts(options: Options): Promise<void> {
  const { seed, runs, seconds = SECONDS_DEFAULT, fault, against, accepted, out, findings } = options;
  if (accepted !== undefined) throw new BadInput("--accepted: expected level machine");
  if (fault.length > 0) throw new BadInput("--fault: level system has no faults to plant");
  if (against !== undefined) throw new BadInput("--against: level system compares with no implementation");
  const budget = runs === undefined ? { seconds } : { runs };
  const pairs = !options.oracle.includes("N") ? "none" : options.oracle.length === 1 ? "all" : "some";
  const oracles = SYSTEM_ORACLES.filter((letter) => options.oracle.includes(letter));
  const compares = options.oracle.includes("D");
  const cases = await fuzzSystem({
    seed: seed ?? Date.now().toString(36),
    budget,
    findings,
    out,
    pairs,
    compares,
    oracles,
  });
  leaveOutcome(options, { command: COMMAND, cases });
}

async function fuzzFiles(options: Options): Promise<void> {
  const { seed, runs, seconds, workers, fault, against, accepted, out, findings } = options;
  if (accepted !== undefined) throw new BadInput("--accepted: expected level machine");
  if (fault.length > 0) throw new BadInput("--fault: level object has no faults to plant");
  if (against !== undefined) throw new BadInput("--against: level object compares with no implementation");
  const budget = runs === undefined ? { seconds: seconds ?? SECONDS_DEFAULT } : { runs };
  const cases = await fuzzObjects({ seed: seed ?? Date.now().toString(36), budget, workers, findings, out });
  leaveOutcome(options, { command: COMMAND, cases });
}

async function campaign(
  options: Options,
  bench: Bench | undefined,
  signal: AbortSignal,
): Promise<CampaignResult> {
  const {
    seed = Date.now().toString(36),
    runs,
    seconds = SECONDS_DEFAULT,
    workers,
    fault,
    findings,
    out,
  } = options;
  const oracles = objectorsOf(options);
  const accepted = acceptedIn(options.accepted);
  const live = new LiveLine(process.stderr);
  process.stdout.write(`seed ${seed}\n`);
  const result = await runCampaign({
    ...(bench === undefined ? {} : { bench }),
    seed,
    budget: runs === undefined ? { seconds } : { runs },
    workers,
    faults: fault,
    oracles,
    accepted,
    canaries: await findCanaries(),
    findingsMax: findings,
    clock: () => performance.now(),
    signal,
    onProgress: (progress) => live.show(progress),
    store: (untold) => storeFinding(out, untold),
    onFinding: ({ story }) => {
      live.clear();
      process.stdout.write(`\n${story}`);
    },
  });
  live.clear();
  return result;
}

/** The implementation that --against names, or null. */
/** Who judges programs. @throws BadInput if nobody does. */
function objectorsOf({ oracle }: Options): Objector[] {
  const objectors = oracle.filter((letter) => letter !== "N" && letter !== "T");
  if (objectors.length === 0)
    throw new BadInput("--oracle: N and T are of level system; expected others beside them");
  return objectors;
}

async function openOther(options: Options): Promise<PeerBench | null> {
  const { against, timeout, strict } = options;
  if (against === undefined) return null;
  const oracle = objectorsOf(options);
  if (!oracle.includes("D")) throw new BadInput("--oracle: --against compares; expected D among the letters");
  return openPeerBench(against, peerOptions(timeout), strict ? "strict" : "relaxed", oracle);
}

/** Writes the program that a peer died of without coming back, and says where it is. */
function tellUnanswered(words: readonly number[], folder: string): void {
  const path = join(folder, "unanswered.json");
  saveProgram(path, injectedProgram(words));
  process.stdout.write(`the words that were sent last: ${path}\n`);
}
