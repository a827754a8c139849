import { type Command, Option } from "commander";
import type { Program } from "../../model/contract.ts";
import { type Replayed, replayCases } from "../../reports/ci/cases.ts";
import { openPeerBench } from "../campaign/peer.ts";
import { isPlantedIn, machinesWith, plantOf } from "../faults/plant.ts";
import { type AcceptedDifference, acceptedBy } from "../finding/accepted.ts";
import { nameOf } from "../lockstep/name.ts";
import { compareStepwise } from "../lockstep/stepwise.ts";
import { type Finding, OBJECTORS } from "../program/index.ts";
import { machineObserver, type Replay, replayProgram, type Stage } from "../replay/program.ts";
import { replayRecordings } from "../replay/recordings.ts";
import type { Conclusion } from "../replay/verdict.ts";
import { replayObject } from "../sco/fuzz-command.ts";
import { type CiOptions, leaveOutcome, withCiOptions } from "./ci.ts";
import { readBinary } from "./input.ts";
import { createMachine, PROGRAM_RAM_SIZE } from "./machines.ts";
import {
  acceptedIn,
  acceptedOption,
  againstOption,
  faultOption,
  type MachineName,
  peerOptions,
  strictOption,
  timeoutOption,
} from "./option.ts";
import { readProgramFile, requireInjectable } from "./program-file.ts";
import { isScriptFile, replayScript } from "./script.ts";

interface Options extends CiOptions {
  readonly machine: MachineName | "both";
  readonly fault: readonly string[];
  readonly scope?: true;
  readonly against?: string;
  readonly timeout: number;
  readonly strict?: true;
  readonly accepted?: string;
}

/** With what the ledger lets pass. */
interface Asked extends Options {
  readonly ledger: readonly AcceptedDifference[];
}

export function register(program: Command): void {
  const command = program
    .command("replay")
    .description("run programs, findings, TestRIG traces or golden recordings and print the first difference")
    .argument(
      "<files...>",
      "program, script or finding (.json), trace (.S), assembly (.s), recordings (.jsonl.gz) or object (.obj)",
    )
    .addOption(
      new Option("--machine <name>", "one machine alone, or both side by side")
        .choices(["both", "model", "impl"])
        .default("both"),
    )
    .option("--scope", "leave out recordings that need what this release leaves out, and list why")
    .addOption(faultOption())
    .addOption(againstOption())
    .addOption(timeoutOption())
    .addOption(strictOption())
    .addOption(acceptedOption())
    .action(replayFiles);
  withCiOptions(command);
}

async function replayFiles(files: readonly string[], given: Options, command: Command): Promise<void> {
  const options = { ...given, ledger: acceptedIn(given.accepted) };
  const { writeOut } = command.configureOutput();
  const replayed: Replayed[] = [];
  for (const file of files) {
    const { verdict, text } = await replayFile(file, options);
    const lines = text.split("\n");
    writeOut!(lines.length === 1 ? `${file}: ${text}\n` : `${file}:\n${text}\n`);
    replayed.push({ file, verdict, text });
  }
  leaveOutcome(options, { command: "capwright replay", cases: replayCases(replayed) });
  const verdicts = replayed.map(({ verdict }) => verdict);
  process.exitCode = verdicts.includes("broken") ? 1 : verdicts.includes("unknown") ? 2 : 0;
}

async function replayFile(file: string, options: Asked): Promise<Conclusion> {
  if (file.endsWith(".jsonl.gz")) return replayRecordingFile(file, options);
  if (file.endsWith(".obj")) return replayObject(readBinary(file), file);
  if (isScriptFile(file)) return replayScript(file);
  const replay = readProgramFile(file, ".json, .S, .s or .jsonl.gz");
  if (options.against !== undefined) return replayAgainst(options.against, replay, options);
  const peer = replay.finding?.machines.actual;
  const conclusion = replayUnder(options.ledger, replay, await stageOf(options, replay.finding));
  if (peer?.startsWith("rvfi://") !== true || conclusion.verdict !== "holds") return conclusion;
  return { verdict: "unknown", text: `${conclusion.text}, but it was found with --against ${peer}` };
}

/** Replays a program; a difference that the ledger accepts is let pass, and said. */
function replayUnder(ledger: Asked["ledger"], replay: Replay, stage: Stage): Conclusion {
  const { duel } = stage;
  if (duel === null || ledger.length === 0) return replayProgram(replay, stage);
  let passed: AcceptedDifference | null = null;
  const compare = (program: Program) => {
    const divergence = duel.compare(program);
    passed = divergence === null ? null : (ledger[acceptedBy(ledger, divergence.difference)] ?? null);
    return passed === null ? divergence : null;
  };
  const { verdict, text } = replayProgram(replay, { ...stage, duel: { ...duel, compare } });
  // A closure has set it, which the compiler does not see.
  const accepted = passed as AcceptedDifference | null;
  if (verdict !== "holds" || accepted === null) return { verdict, text };
  return {
    verdict,
    text: `${text}\nbut for an accepted difference: ${accepted.name}, until ${accepted.until}`,
  };
}

/** The machines to run on; the faults of a finding are planted again unless others are asked for. */
async function stageOf({ machine, fault }: Options, finding: Finding | null): Promise<Stage> {
  const planted = fault.length > 0 ? fault : (finding?.faults ?? []);
  if (machine !== "both") {
    const faults = fault.length > 0 ? fault : planted.filter((name) => isPlantedIn(machine, plantOf(name)));
    const judged = await createMachine(machine, PROGRAM_RAM_SIZE, faults);
    return { observers: [machineObserver(judged)], duel: null, judged, faults };
  }
  const { createModel, createEngine } = await machinesWith(planted);
  const [expect, actual] = [
    createModel({ ramSize: PROGRAM_RAM_SIZE }),
    createEngine({ ramSize: PROGRAM_RAM_SIZE }),
  ];
  const machines = { expect: expect.name, actual: actual.name };
  const compare = (program: Program) => compareStepwise(program, expect, actual, nameOf);
  const observers = [machineObserver(expect), machineObserver(actual)];
  return { observers, duel: { machines, compare }, judged: expect, faults: planted };
}

async function replayAgainst(url: string, replay: Replay, options: Asked): Promise<Conclusion> {
  requireInjectable(replay);
  const { bench, peer } = await openPeerBench(
    url,
    peerOptions(options.timeout),
    options.strict ? "strict" : "relaxed",
    OBJECTORS,
  );
  try {
    const machines = { expect: bench.model.name, actual: peer.name };
    const compare = (one: Program) => bench.lockstep.program(one, () => {}).divergence;
    const observer = { name: peer.name, observe: (one: Program) => peer.run(one.words) };
    return replayUnder(options.ledger, replay, {
      observers: [machineObserver(bench.model), observer],
      duel: { machines, compare },
      judged: bench.model,
      faults: [],
    });
  } finally {
    await peer.close();
  }
}

async function replayRecordingFile(file: string, { machine, fault, scope }: Options): Promise<Conclusion> {
  if (machine !== "both") {
    const only = await createMachine(machine, PROGRAM_RAM_SIZE, fault);
    return replayRecordings(file, [only], scope === true);
  }
  const { createModel, createEngine } = await machinesWith(fault);
  const machines = [createModel({ ramSize: PROGRAM_RAM_SIZE }), createEngine({ ramSize: PROGRAM_RAM_SIZE })];
  return replayRecordings(file, machines, scope === true);
}
