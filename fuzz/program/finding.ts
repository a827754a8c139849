import * as z from "zod";
import type { Program, StepEvent } from "../../model/contract.ts";
import { stepEventSchema } from "./event.ts";
import { diskForm, programSchema, WORDS_MAX } from "./program.ts";

/** One field on which two machines disagree, both sides as a reader would write them. */
export interface FieldDifference {
  /** A path into the step event or the machine state: `register.tag`, `trap.cause`, `state.specials[31].address`. */
  readonly field: string;
  readonly expect: string;
  readonly actual: string;
}

/** The first place where two machines part. */
export interface Difference {
  /** Index of the first step that differs; null when every step agrees and only the end state does not. */
  readonly at: number | null;
  /** Name of the instruction at that step; `end state` when `at` is null. */
  readonly instruction: string;
  /** At least one, in the order of the step event. */
  readonly fields: readonly FieldDifference[];
}

/** Where in a campaign a program came from: enough to make it again with the same version. */
export interface Origin {
  readonly seed: string;
  readonly shard: number;
  /** Index of the program within its shard. */
  readonly run: number;
}

/**
 * A divergence with everything needed to believe it: the smallest program known, both traces, and its story.
 * The program is stored itself, not only the seed.
 */
export interface Finding {
  readonly format: "capwright-finding";
  readonly version: 1;
  /** Findings with the same signature are the same finding. */
  readonly signature: string;
  readonly origin: Origin | null;
  /** Names of the two machines: `expect` is the reference. */
  readonly machines: { readonly expect: string; readonly actual: string };
  /** Faults that were planted on purpose in the machine under test; empty for a real campaign. */
  readonly faults: readonly string[];
  readonly program: Program;
  /** Whether `program` came out of the shrinker, so that every single reduction of it agrees. */
  readonly shrunk: boolean;
  /** The program as it was first found. */
  readonly found: Program;
  readonly difference: Difference;
  readonly traces: { readonly expect: readonly StepEvent[]; readonly actual: readonly StepEvent[] };
  /** What is printed: assembly, the first differing step, both sides field by field. */
  readonly story: string;
}

const TEXT_MAX = 1 << 20;
const text = z.string().max(TEXT_MAX);

export const findingSchema: z.ZodType<Finding> = z.strictObject({
  format: z.literal("capwright-finding"),
  version: z.literal(1, "this release reads version 1"),
  signature: text,
  origin: z.strictObject({ seed: text, shard: z.int().min(0), run: z.int().min(0) }).nullable(),
  machines: z.strictObject({ expect: text, actual: text }),
  faults: z.array(text).max(1000),
  program: programSchema,
  shrunk: z.boolean(),
  found: programSchema,
  difference: z.strictObject({
    at: z.int().min(0).nullable(),
    instruction: text,
    fields: z
      .array(z.strictObject({ field: text, expect: text, actual: text }))
      .min(1)
      .max(10_000),
  }),
  traces: z.strictObject({
    expect: z.array(stepEventSchema).max(WORDS_MAX),
    actual: z.array(stepEventSchema).max(WORDS_MAX),
  }),
  story: text,
}) as z.ZodType<Finding>;

/** The finding in the form in which it is written to disk, but for its bigints. */
export function findingDiskForm(finding: Finding): unknown {
  return { ...finding, program: diskForm(finding.program), found: diskForm(finding.found) };
}
