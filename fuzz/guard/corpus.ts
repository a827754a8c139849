/** Programs kept for the guards that they decide: a small file from which every cell is reached. */
import * as z from "zod";
import type { Program } from "../../model/contract.ts";
import { parseJson } from "../program/file.ts";
import { injectedProgram, readText, writeWhole } from "../program/index.ts";

const PROGRAMS_MAX = 10_000;
const TEXT_MAX = 100_000;
const STEPS_MAX = 10_000;

const words = z
  .string()
  .max(TEXT_MAX)
  .regex(/^[0-9a-f]{8}( [0-9a-f]{8})*$/, "expected words of eight hexadecimal digits, a space between them")
  .transform((text) => text.split(" ").map((word) => Number.parseInt(word, 16)));

const schema = z.strictObject({
  format: z.literal("capwright-guards"),
  version: z.literal(1, "this release reads version 1"),
  /** Words given one by one to a machine in the `dii` state. */
  injected: z.array(words).max(PROGRAMS_MAX),
  /** Words that lie in memory, and how many steps are taken. */
  fetched: z.array(z.strictObject({ steps: z.int().min(1).max(STEPS_MAX), words })).max(PROGRAMS_MAX),
});

/**
 * Reads the programs of a file.
 *
 * @throws BadInput naming the file and what in it cannot be used.
 */
export function loadGuardPrograms(path: string): Program[] {
  const { injected, fetched } = parseJson(readText(path), schema, path);
  return [...injected.map(injectedProgram), ...fetched.map((one) => fetchedFrom(one.words, one.steps))];
}

/** Writes the programs to a file, one a line. All begin in the `dii` state. */
export function saveGuardPrograms(path: string, programs: readonly Program[]): void {
  const lines = (list: readonly string[]) =>
    list.length === 0 ? "[]" : `[\n    ${list.join(",\n    ")}\n  ]`;
  const injected = programs.filter(({ fetch }) => fetch === "injected").map((one) => `"${hex(one)}"`);
  const fetched = programs
    .filter(({ fetch }) => fetch === "memory")
    .map((one) => `{ "steps": ${one.budgetSteps}, "words": "${hex(one)}" }`);
  writeWhole(
    path,
    `{\n  "format": "capwright-guards",\n  "version": 1,\n` +
      `  "injected": ${lines(injected)},\n  "fetched": ${lines(fetched)}\n}\n`,
  );
}

export function fetchedFrom(code: readonly number[], budgetSteps: number): Program {
  return { ...injectedProgram(code), fetch: "memory", budgetSteps };
}

function hex({ words: list }: Program): string {
  return list.map((word) => word.toString(16).padStart(8, "0")).join(" ");
}
