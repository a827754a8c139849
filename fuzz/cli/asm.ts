import type { Command } from "commander";
import { assembleProgram } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import { buildElf } from "../elf/source.ts";
import { writeWhole } from "../program/index.ts";
import { readInput } from "./input.ts";

interface Options {
  readonly capabilityMode?: true;
  readonly elf?: string;
}

export function register(program: Command): void {
  program
    .command("asm")
    .description("turn assembly text into instruction words, one a line")
    .argument("[file]", "the text; standard input if left out")
    .option("--capability-mode", "accept what exists in capability encoding mode only")
    .option("--elf <out>", "write a bare-metal ELF file instead; see corpora/elf for sources")
    .action((file: string | undefined, options: Options, command: Command) => {
      const { name, text } = readInput(file);
      if (options.elf !== undefined) writeWhole(options.elf, buildElf(text, name));
      else command.configureOutput().writeOut!(wordsText(text, name, options.capabilityMode === true));
    });
}

function wordsText(text: string, name: string, capabilityMode: boolean): string {
  try {
    const { words } = assembleProgram(text, capabilityMode ? { capabilityMode } : {});
    return words.map((word) => `${hex(word)}\n`).join("");
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadInput(`${name}: ${error.message}`);
    throw error;
  }
}

function hex(word: number): string {
  return `0x${(word >>> 0).toString(16).padStart((word & 3) === 3 ? 8 : 4, "0")}`;
}
