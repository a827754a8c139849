import { type Command, Option } from "commander";
import type { Program } from "../../model/contract.ts";
import { disassemble } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import { type Bench, createBench } from "../campaign/bench.ts";
import { investigate } from "../campaign/investigate.ts";
import { openPeerBench } from "../campaign/peer.ts";
import { registersAfter } from "../finding/before.ts";
import { accuse } from "../finding/charge.ts";
import { storyOf, type Untold } from "../finding/story.ts";
import { stepCount } from "../lockstep/stepwise.ts";
import { OBJECTORS, saveFinding, saveProgram, writeWhole } from "../program/index.ts";
import { machineObserver } from "../replay/program.ts";
import { shrink } from "../shrink/shrink.ts";
import { type FailedAssertion, judge } from "../testrig/assertion.ts";
import { formatTestrig } from "../testrig/writer.ts";
import { againstOption, faultOption, peerOptions, strictOption, timeoutOption } from "./option.ts";
import { type ProgramFile, readProgramFile, requireInjectable } from "./program-file.ts";
import { isScriptFile, minimizeScript } from "./script.ts";

interface Options {
  readonly out?: string;
  readonly format: Format;
  readonly fault: readonly string[];
  readonly against?: string;
  readonly timeout: number;
  readonly strict?: true;
}

const PCC = 0x20;
/** The most programs that are run to shrink one. */
const TESTS_MAX = 20_000;

type Format = "json" | "testrig";

export function register(program: Command): void {
  program
    .command("minimize")
    .description("shrink a failing program that came from anywhere, and tell its story")
    .argument("<file>", "program, script or finding (.json), TestRIG trace (.S) or assembly (.s)")
    .option(
      "--out <file>",
      "where the small one is written (default: beside the file, as .min.json or .min.S)",
    )
    .addOption(
      new Option("--format <format>", "a finding of ours, or a TestRIG trace (V2)")
        .choices(["json", "testrig"])
        .default("json"),
    )
    .addOption(faultOption())
    .addOption(againstOption())
    .addOption(timeoutOption())
    .addOption(strictOption())
    .action(minimize);
}

/** Exit code 0 if the program does not fail, 1 if it does, 2 if there is nothing to run. */
async function minimize(file: string, options: Options, command: Command): Promise<void> {
  const { writeOut } = command.configureOutput();
  if (isScriptFile(file)) {
    const { exitCode, text } = minimizeScript(file, options.out);
    writeOut!(text);
    process.exitCode = exitCode;
    return;
  }
  const input = readProgramFile(file, ".json, .S or .s");
  if (stepCount(input.program) === 0) {
    writeOut!(`${file}: unknown: no step to take\n`);
    process.exitCode = 2;
    return;
  }
  if (options.against === undefined) {
    const faults = options.fault.length > 0 ? options.fault : (input.finding?.faults ?? []);
    writeOut!(minimizeOn(await createBench(faults, OBJECTORS), input, faults, options));
    return;
  }
  requireInjectable(input);
  const strictness = options.strict ? "strict" : "relaxed";
  const { bench, peer } = await openPeerBench(
    options.against,
    peerOptions(options.timeout),
    strictness,
    OBJECTORS,
  );
  try {
    writeOut!(minimizeOn(bench, input, [], options));
  } finally {
    await peer.close();
  }
}

/** Shrinks, writes the result and sets the exit code. Returns what is printed. */
function minimizeOn(bench: Bench, input: ProgramFile, faults: readonly string[], options: Options): string {
  const { file, program, finding } = input;
  const comparison = { compare: (one: Program) => bench.lockstep.program(one, () => {}).divergence };
  const charge = accuse(program, comparison, bench.model, finding?.violation?.oracle ?? null);
  if (charge === null) return minimizeAssertion(bench, input, options);
  const suspect = { run: 0, program, evidence: charge.evidence };
  const shrunk = investigate(bench, suspect, finding?.origin ?? null, faults);
  const untold = { ...shrunk, found: finding?.found ?? program };
  const path = options.out ?? smallName(file, options.format);
  const story = storyOf(untold, place(path, options.format, faults));
  if (options.format === "json") saveFinding(path, { ...untold, story });
  else writeWhole(path, testrigText(untold));
  process.exitCode = 1;
  return `${story}\n${resultText(untold.program, program, path)}`;
}

/** Where the machines agree an assertion of the program may still fail: on both of them alike. */
function minimizeAssertion(bench: Bench, { file, program }: ProgramFile, options: Options): string {
  const failed = (one: Program) => failedAssertion(bench, one);
  if (failed(program) === null) {
    process.exitCode = 0;
    const names = `${bench.model.name} and ${bench.actual.name}`;
    return `${file}: holds: ${names} agree in ${stepCount(program)} steps and break no rule\n`;
  }
  const fails = (one: Program) => {
    const failure = failed(one);
    return failure === null ? null : { oracle: "assertion", kind: failure.field };
  };
  const events = (one: Program) => {
    bench.model.reset(one.start);
    return one.words.map((word) => bench.model.inject(word));
  };
  const small = shrink(program, fails, { testsMax: TESTS_MAX, events }).program;
  const path = options.out ?? smallName(file, options.format);
  if (options.format === "json") saveProgram(path, small);
  else
    writeWhole(
      path,
      formatTestrig({ program: small, scopes: [] }, (word) => disassemble(word, false)),
    );
  process.exitCode = 1;
  const { at, field, expect, actual, text } = failed(small)!;
  const told = `word ${at}: ${field}: expected ${expect}, found ${actual}: ${text}`;
  return `assertion fails: ${told}\n${resultText(small, program, path)}`;
}

function resultText(small: Program, { words }: Program, path: string): string {
  return `broken: ${small.words.length} of ${words.length} words, written to ${path}\n`;
}

/** The first assertion of an injected program that fails on the model. */
function failedAssertion({ model }: Bench, program: Program): FailedAssertion | null {
  if (program.fetch !== "injected" || program.marks.every(({ kind }) => kind !== "assert")) return null;
  return judge(program, machineObserver(model).observe(program)).failed[0] ?? null;
}

/** Where the result lies, and what replaying it needs besides: only a finding remembers what was planted. */
function place(path: string, format: Format, faults: readonly string[]): string {
  return format === "testrig" && faults.length > 0 ? `${path} --fault ${faults.join(",")}` : path;
}

function smallName(file: string, format: Format): string {
  return `${file.replace(/\.(json|S|s)$/, "")}.min.${format === "json" ? "json" : "S"}`;
}

/** A program that is fetched has no place in this form. */
function testrigText({ program, traces }: Untold): string {
  if (program.fetch !== "injected")
    throw new BadInput("--format testrig: expected a program that is injected");
  return formatTestrig({ program, scopes: [] }, (word, at) => {
    const pcc = registersAfter(program.start, traces.expect.slice(0, at))(PCC);
    return disassemble(word, pcc.flags === 1n);
  });
}
