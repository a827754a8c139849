import { readFileSync, statSync } from "node:fs";
import { BadInput } from "../bad-input.ts";
import { readText } from "../program/index.ts";

/** A text and the name it has in messages. */
export interface Input {
  readonly name: string;
  readonly text: string;
}

/** Reads a file, or standard input where no file is named. */
export function readInput(file: string | undefined): Input {
  if (file === undefined) return { name: "standard input", text: readFileSync(0, "utf8") };
  return { name: file, text: readText(file) };
}

const BINARY_BYTES_MAX = 256 * 2 ** 20;

/**
 * Reads a binary file of at most 256 MiB.
 *
 * @throws BadInput when there is no such file, it cannot be read, or it is larger.
 */
export function readBinary(file: string): Buffer {
  let size: number;
  try {
    size = statSync(file).size;
    if (size <= BINARY_BYTES_MAX) return readFileSync(file);
  } catch (error) {
    throw new BadInput(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
  throw new BadInput(`${file}: expected at most ${BINARY_BYTES_MAX} bytes, found ${size}`);
}
