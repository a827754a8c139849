import { type Command, Option } from "commander";
import type { MachineUnderTest, Program } from "../../model/contract.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import { injectedProgram, loadProgramOrFinding, readText } from "../program/index.ts";
import { replayProgram } from "../replay/program.ts";
import { replayRecordings } from "../replay/recordings.ts";
import type { Conclusion } from "../replay/verdict.ts";
import { parseTestrig } from "../testrig/reader.ts";
import { createMachine, PROGRAM_RAM_SIZE } from "./machines.ts";
import { faultOption, type MachineName } from "./option.ts";

interface Options {
  readonly machine: MachineName | "both";
  readonly fault: readonly string[];
  readonly scope?: true;
}

export function register(program: Command): void {
  program
    .command("replay")
    .description("run programs, findings, TestRIG traces or golden recordings and print the first difference")
    .argument("<files...>", "program or finding (.json), trace (.S), assembly (.s) or recordings (.jsonl.gz)")
    .addOption(
      new Option("--machine <name>", "one machine alone, or both side by side")
        .choices(["both", "model", "impl"])
        .default("both"),
    )
    .option("--scope", "leave out recordings that need what this release leaves out, and list why")
    .addOption(faultOption())
    .action(replay);
}

function replay(files: readonly string[], options: Options, command: Command): void {
  const { writeOut } = command.configureOutput();
  const verdicts = files.map((file) => {
    const { verdict, text } = replayFile(file, options);
    const lines = text.split("\n");
    writeOut!(
      lines.length === 1 ? `${file}: ${text}\n` : `${file}:\n${lines.map((line) => `  ${line}\n`).join("")}`,
    );
    return verdict;
  });
  process.exitCode = verdicts.includes("broken") ? 1 : verdicts.includes("unknown") ? 2 : 0;
}

function replayFile(file: string, options: Options): Conclusion {
  if (file.endsWith(".jsonl.gz"))
    return replayRecordings(file, machinesFor(options, []), options.scope === true);
  if (file.endsWith(".S")) {
    return replayProgram(parseTestrig(readText(file), file).program, machinesFor(options, []));
  }
  if (file.endsWith(".s")) return replayProgram(assembled(file), machinesFor(options, []));
  if (!file.endsWith(".json"))
    throw new BadInput(`${file}: expected a name that ends in .json, .S, .s or .jsonl.gz`);
  const { program, finding } = loadProgramOrFinding(file);
  return replayProgram(program, machinesFor(options, finding?.faults ?? []));
}

/** The machines to run on; faults that a finding was made with are planted again unless others are asked for. */
function machinesFor({ machine, fault }: Options, foundWith: readonly string[]): MachineUnderTest[] {
  const faults = fault.length > 0 ? fault : machine === "model" ? [] : foundWith;
  if (machine !== "both") return [createMachine(machine, PROGRAM_RAM_SIZE, faults)];
  return [createMachine("model", PROGRAM_RAM_SIZE, []), createMachine("impl", PROGRAM_RAM_SIZE, faults)];
}

function assembled(file: string): Program {
  try {
    return injectedProgram(assembleProgram(readText(file)).words);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadInput(`${file}: ${error.message}`);
    throw error;
  }
}
