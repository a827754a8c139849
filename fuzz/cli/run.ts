import { type Command, Option } from "commander";
import type { StepEvent } from "../../model/contract.ts";
import { BadInput } from "../bad-input.ts";
import { type ElfProgram, readElf } from "../elf/reader.ts";
import { loadElf, type Outcome, requireRam, runElf, runElfInBatches, signatureText } from "../elf/run.ts";
import { stepSpeller } from "../finding/step-text.ts";
import { writeWhole } from "../program/index.ts";
import { readBinary } from "./input.ts";
import { createMachine, isEngine, PROGRAM_RAM_SIZE } from "./machines.ts";
import { faultOption, type MachineName, machineOption, wholeNumber } from "./option.ts";

interface Options {
  readonly machine: MachineName;
  readonly steps: number;
  readonly signature?: string;
  readonly trace?: true;
  readonly ram: number;
  readonly fault: readonly string[];
}

const STEPS_DEFAULT = 1_000_000;
const RAM_MAX = 2 ** 30;
const TOHOST_BYTES = 8n;

export function register(program: Command): void {
  program
    .command("run")
    .description("run a bare-metal ELF program until it answers in tohost; exit code 0 when it passes")
    .argument("<file>", "an ELF64 RISC-V executable with a symbol tohost")
    .addOption(machineOption())
    .addOption(
      new Option("--steps <n>", "give up after so many steps")
        .argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER))
        .default(STEPS_DEFAULT),
    )
    .option("--signature <file>", "write the memory between begin_signature and end_signature")
    .option("--trace", "print every step")
    .addOption(
      new Option("--ram <bytes>", "size of RAM at 0x80000000, a multiple of 65536")
        .argParser(wholeNumber(2 ** 16, RAM_MAX))
        .default(PROGRAM_RAM_SIZE),
    )
    .addOption(faultOption())
    .action(run);
}

async function run(file: string, options: Options, command: Command): Promise<void> {
  if (options.ram % 2 ** 16 !== 0) throw new BadInput(`--ram ${options.ram}: expected a multiple of 65536`);
  const program = readElf(readBinary(file), ["tohost", "begin_signature", "end_signature"], file);
  const tohost = addressOf(program, "tohost", file);
  const machine = await createMachine(options.machine, options.ram, options.fault);
  loadElf(machine, program, file);
  requireRam(machine, tohost, TOHOST_BYTES, `${file}: tohost`);
  const signature = options.signature === undefined ? null : signatureRange(program, file);

  const { writeOut } = command.configureOutput();
  const outcome =
    isEngine(machine) && !options.trace
      ? runElfInBatches(machine, tohost, options.steps, () => loadElf(machine, program, file))
      : runElf(machine, tohost, options.steps, options.trace ? printer(writeOut!) : () => undefined);
  if (signature !== null && outcome.kind !== "unknown") {
    writeWhole(options.signature!, signatureText(machine, signature.begin, signature.end, file));
  }
  writeOut!(`${outcomeText(outcome)}\n`);
  process.exitCode = exitCodes[outcome.kind];
}

function printer(writeOut: (text: string) => void): (event: StepEvent) => void {
  const spell = stepSpeller();
  return (event) => writeOut(`${spell(event)}\n`);
}

const exitCodes = { pass: 0, fail: 1, unknown: 2 } as const;

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "pass":
      return `passed after ${outcome.steps} steps`;
    case "fail":
      return `failed with code ${outcome.code} after ${outcome.steps} steps`;
    case "unknown":
      return `unknown: ${outcome.reason}`;
  }
}

function signatureRange(program: ElfProgram, file: string): { readonly begin: bigint; readonly end: bigint } {
  return {
    begin: addressOf(program, "begin_signature", file),
    end: addressOf(program, "end_signature", file),
  };
}

function addressOf(program: ElfProgram, symbol: string, file: string): bigint {
  const address = program.symbols.get(symbol);
  if (address === undefined) throw new BadInput(`${file}: symbol table: expected a symbol ${symbol}`);
  return address;
}
