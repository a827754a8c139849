import * as z from "zod";
import type { Program } from "../../model/contract.ts";
import { hexNumber } from "./hex.ts";

/** The most words a program file may hold: a thousand times the longest program a campaign makes. */
export const WORDS_MAX = 1_000_000;

const BUDGET_STEPS_MAX = 1_000_000_000;
const TEXT_MAX = 4096;

const mark = z
  .strictObject({
    at: z.int().min(0),
    kind: z.enum(["keep", "note", "assert"]),
    field: z.string().max(TEXT_MAX).optional(),
    value: z
      .string()
      .max(TEXT_MAX)
      .regex(/^0x[0-9a-fA-F]+$/, "expected a hexadecimal number with 0x")
      .optional(),
    text: z.string().max(TEXT_MAX).optional(),
  })
  .refine((one) => one.kind !== "assert" || (one.field !== undefined && one.value !== undefined), {
    message: "an assert mark needs field and value",
  });

/**
 * A program as it lies on disk. Words are written as hexadecimal strings, and read as those or as numbers.
 * Sizes are bounded here, so that nothing behind this schema has to ask again.
 */
export const programSchema = z
  .strictObject({
    format: z.literal("capwright-program"),
    version: z.literal(1, "this release reads version 1"),
    level: z.literal("machine"),
    start: z.strictObject({ preset: z.enum(["dii", "bare"]) }),
    fetch: z.enum(["injected", "memory"]),
    words: z.array(hexNumber(0xffff_ffff)).max(WORDS_MAX),
    budgetSteps: z.int().min(0).max(BUDGET_STEPS_MAX),
    marks: z.array(mark).max(WORDS_MAX).default([]),
  })
  .refine((program) => program.marks.every((one) => one.at < program.words.length), {
    path: ["marks"],
    message: "a mark stands beyond the last word",
  });

/** The program in the form in which it is written to disk: hexadecimal words, everything else as it is. */
export function diskForm(program: Program): unknown {
  return { ...program, words: program.words.map((word) => `0x${word.toString(16).padStart(8, "0")}`) };
}

/** An `injected` program of these words from the DII reset state: what a campaign makes. */
export function injectedProgram(words: readonly number[]): Program {
  return {
    format: "capwright-program",
    version: 1,
    level: "machine",
    start: { preset: "dii" },
    fetch: "injected",
    words,
    budgetSteps: words.length,
    marks: [],
  };
}
