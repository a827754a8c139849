import type { Program } from "../../model/contract.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import { type Finding, injectedProgram, loadProgramOrFinding, readText } from "../program/index.ts";
import { parseTestrig } from "../testrig/reader.ts";

/** A program from a file, and the finding that it was stored in, if it was. */
export interface ProgramFile {
  readonly file: string;
  readonly program: Program;
  readonly finding: Finding | null;
}

/**
 * Reads a program by the ending of its file's name: `.json`, `.S` (TestRIG) or `.s` (assembly).
 *
 * @param expected the endings that the caller takes, for its message.
 * @throws BadInput naming the file and the line or path that cannot be used.
 */
export function readProgramFile(file: string, expected: string): ProgramFile {
  if (file.endsWith(".json")) return { file, ...loadProgramOrFinding(file) };
  if (file.endsWith(".S"))
    return { file, program: parseTestrig(readText(file), file).program, finding: null };
  if (file.endsWith(".s")) return { file, program: assembled(file), finding: null };
  throw new BadInput(`${file}: expected a name that ends in ${expected}`);
}

/** @throws BadInput unless RVFI-DII can carry the program. */
export function requireInjectable({ file, program }: ProgramFile): void {
  if (program.fetch === "injected" && program.start.preset === "dii") return;
  throw new BadInput(`${file}: RVFI-DII carries only injected programs from the DII reset state`);
}

function assembled(file: string): Program {
  try {
    return injectedProgram(assembleProgram(readText(file)).words);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadInput(`${file}: ${error.message}`);
    throw error;
  }
}
