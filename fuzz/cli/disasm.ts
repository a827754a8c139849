import type { Command } from "commander";
import { disassemble } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import { readInput } from "./input.ts";

interface Options {
  readonly capabilityMode?: true;
}

export function register(program: Command): void {
  program
    .command("disasm")
    .description("turn instruction words into assembly text, one line each")
    .argument("[file]", "hexadecimal words, `#` begins a comment; standard input if left out")
    .option("--capability-mode", "read the words as capability encoding mode does")
    .action((file: string | undefined, options: Options, command: Command) => {
      const { name, text } = readInput(file);
      const lines = readWords(text, name).map((word) => disassemble(word, options.capabilityMode === true));
      command.configureOutput().writeOut!(lines.map((line) => `${line}\n`).join(""));
    });
}

function readWords(text: string, name: string): number[] {
  return text.split("\n").flatMap((line, index) => {
    const tokens = line
      .replace(/#.*/, "")
      .split(/\s+/)
      .filter((token) => token !== "");
    return tokens.map((token) => {
      if (/^(0x)?[0-9a-f]{1,8}$/i.test(token)) return Number.parseInt(token, 16);
      throw new BadInput(
        `${name}: line ${index + 1}: expected a hexadecimal word of at most 32 bits, found "${token}"`,
      );
    });
  });
}
