import * as z from "zod";
import type { Program, StepEvent } from "../../model/contract.ts";
import type { OracleName, Violation } from "../oracle/oracle.ts";
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

/** Who objects to a program: D where two machines differ, else the oracle that says so of one machine alone. */
export type Objector = "D" | OracleName;

/** Every oracle that judges one machine alone. */
export const ORACLES = ["A", "M", "O", "S", "V"] as const satisfies readonly OracleName[];

/** Everybody who can object. */
export const OBJECTORS = ["D", ...ORACLES] as const satisfies readonly Objector[];

/** What speaks against a program: that two machines differ, or that the reference broke a rule. */
export type Evidence = Difference | Violation;

/** An oracle that objects to what one of the two machines did, whatever the other one says. */
export interface Objection {
  /** `expect` is the reference. */
  readonly side: "expect" | "actual";
  readonly oracle: OracleName;
  readonly rule: string;
  /** The step, from 0; null when only the end of the run shows it. */
  readonly at: number | null;
}

/** Where in a campaign a program came from: enough to make it again with the same version. */
export interface Origin {
  readonly seed: string;
  readonly shard: number;
  /** Index of the program within its shard. */
  readonly run: number;
}

/**
 * What was found, with everything needed to believe it: the smallest program known, both traces, and its story.
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
  /** Who objected first. D has a difference, all others have a violation. */
  readonly oracle: Objector;
  readonly difference: Difference | null;
  readonly violation: Violation | null;
  /** What the oracles say of the two traces, each by itself. */
  readonly objections: readonly Objection[];
  readonly traces: { readonly expect: readonly StepEvent[]; readonly actual: readonly StepEvent[] };
  /** What is printed: assembly, the first differing step, both sides field by field. */
  readonly story: string;
}

const TEXT_MAX = 1 << 20;
const text = z.string().max(TEXT_MAX);
const at = z.int().min(0).nullable();
const oracle = z.enum(ORACLES);

const difference = z.strictObject({
  at,
  instruction: text,
  fields: z
    .array(z.strictObject({ field: text, expect: text, actual: text }))
    .min(1)
    .max(10_000),
});

const violation = z.strictObject({
  oracle,
  rule: text,
  at,
  instruction: text,
  text: z.array(text).max(10_000),
});

const objection = z.strictObject({ side: z.enum(["expect", "actual"]), oracle, rule: text, at });

/** Findings from before there were oracles have none of their fields: the machines differed. */
const schema = z.strictObject({
  format: z.literal("capwright-finding"),
  version: z.literal(1, "this release reads version 1"),
  signature: text,
  origin: z.strictObject({ seed: text, shard: z.int().min(0), run: z.int().min(0) }).nullable(),
  machines: z.strictObject({ expect: text, actual: text }),
  faults: z.array(text).max(1000),
  program: programSchema,
  shrunk: z.boolean(),
  found: programSchema,
  oracle: z.enum(OBJECTORS).default("D"),
  difference: difference.nullable(),
  violation: violation.nullable().default(null),
  objections: z.array(objection).max(1000).default([]),
  traces: z.strictObject({
    expect: z.array(stepEventSchema).max(WORDS_MAX),
    actual: z.array(stepEventSchema).max(WORDS_MAX),
  }),
  story: text,
});

export const findingSchema = schema
  .refine((one) => (one.oracle === "D") === (one.difference !== null), {
    path: ["difference"],
    message: "expected one if and only if oracle is D",
  })
  .refine((one) => one.oracle === "D" || one.violation?.oracle === one.oracle, {
    path: ["violation"],
    message: "expected one of the oracle that is named",
  }) as unknown as z.ZodType<Finding>;

/** What speaks against the program of a finding. */
export function evidenceOf({ difference, violation }: Pick<Finding, "difference" | "violation">): Evidence {
  return violation ?? difference!;
}

/** The finding in the form in which it is written to disk, but for its bigints. */
export function findingDiskForm(finding: Finding): unknown {
  return { ...finding, program: diskForm(finding.program), found: diskForm(finding.found) };
}
