import { type Command, Option } from "commander";
import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { SystemUnderTest } from "../../model/system-contract.ts";
import { checkOf } from "../cvm/check.ts";
import { parseDescription } from "../cvm/description.ts";
import { keepDisk } from "../cvm/disk.ts";
import { type Plan, planOf } from "../cvm/plan.ts";
import { type Moment, runPlan } from "../cvm/runner.ts";
import { Consoles, isWell, momentText, summaryOf } from "../cvm/telling.ts";
import { jsonText } from "../program/hex.ts";
import { readText, writeWhole } from "../program/index.ts";
import { wholeNumber } from "./option.ts";

interface Options {
  readonly seed: string;
  readonly steps: number;
  readonly quantum: number;
  readonly check: boolean;
  readonly trace?: true;
  readonly json?: string;
}

const STEPS_DEFAULT = 10_000_000;
const STEPS_MAX = 10_000_000_000;
const QUANTUM_DEFAULT = 200;
const QUANTUM_MAX = 1_000_000;

export function register(program: Command): void {
  program
    .command("cvm")
    .description("run the cVMs of a description file; exit code 0 when each has ended well")
    .argument("<file>", "YAML; see corpora/cvm/README.md")
    .option("--seed <text>", "what the lengths of turns are drawn from", "1")
    .addOption(
      new Option("--steps <n>", "stop after so many machine steps")
        .argParser(wholeNumber(1, STEPS_MAX))
        .default(STEPS_DEFAULT),
    )
    .addOption(
      new Option("--quantum <n>", "machine steps of a turn, on average")
        .argParser(wholeNumber(1, QUANTUM_MAX))
        .default(QUANTUM_DEFAULT),
    )
    .option("--no-check", "let the run go unwatched by the oracles")
    .option("--trace", "print every host call, wake, fault, start and end, with the time")
    .option("--json <file>", "write what happened")
    .action(run);
}

function run(file: string, options: Options, command: Command): void {
  const plan = planOf(parseDescription(readText(file), file));
  const { writeOut, writeErr } = command.configureOutput();
  for (const note of plan.notes) writeErr!(`note: ${note}\n`);

  const consoles = new Consoles((line) => writeOut!(`${line}\n`));
  const onMoment = (moment: Moment): void => {
    if (moment.kind === "console") consoles.take(moment.cvm, moment.bytes);
    const line = options.trace ? momentText(moment) : null;
    if (line !== null) writeOut!(`${line}\n`);
  };
  const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
  const system = createIntravisor({ assemble });
  const { seed, quantum, steps: stepsMax } = options;
  const judge = options.check ? checkOf(system) : null;
  const record = runPlan(plan, system, { seed, quantum, stepsMax, onMoment, judge });
  consoles.finish();
  for (const line of keepDisks(plan, system)) writeOut!(`${line}\n`);
  if (options.json !== undefined)
    writeWhole(options.json, jsonText({ format: "capwright-cvm-run", version: 1, ...record }));
  writeOut!(`\n${summaryOf(record)}\n`);
  process.exitCode = isWell(record) ? 0 : 1;
}

/** Puts disks that are to be kept into their files; a line for each that has changed. */
function keepDisks({ cvms }: Plan, system: SystemUnderTest): string[] {
  const kept = cvms.filter(({ disk }) => disk?.kept);
  const view = kept.length === 0 ? null : system.view();
  return kept.flatMap(({ description: { name }, disk }) => {
    const changed = keepDisk(disk!, view?.cvms.find((one) => one.name === name)?.disk ?? []);
    return changed === 0 ? [] : [`disk of ${name}: sectors changed: ${changed}, written to ${disk!.path}`];
  });
}
