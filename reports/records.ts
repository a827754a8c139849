/**
 * What a report is made of, as it lies on disk: for each kind of record the fields that the page shows, checked, and
 * others let through. Numbers beyond 2^53 are hexadecimal strings, as they were written.
 */
import * as z from "zod";
import { objectCampaignSchema } from "./object-records.ts";
import { budget, count, differing, hex, list, text, timeline, verdict, version } from "./record-parts.ts";
import { systemCampaignSchema, systemFindingSchema } from "./system-records.ts";

/** Records from before there were oracles compared the machines and nothing else. */
export const campaignSchema = z.looseObject({
  format: z.literal("capwright-campaign"),
  version,
  seed: text,
  budget,
  workers: count,
  machines: z.looseObject({ expect: text, actual: text }),
  faults: list(text),
  oracles: list(text).default(["D"]),
  canaries: list(
    z.looseObject({ plant: text, expected: list(text), foundBy: text.nullable(), tests: count }),
  ).default([]),
  verdict,
  reason: text,
  interrupted: z.boolean(),
  programs: count,
  steps: count,
  elapsedMs: count,
  timeline,
  reach: list(
    z.looseObject({
      instruction: text,
      outcomes: list(
        z.looseObject({
          outcome: text,
          count,
          classes: z.record(text, z.record(text, count)).default({}),
        }),
      ),
    }),
  ),
  undeclared: list(text),
  accepted: list(z.looseObject({ name: text, until: text, times: count })).default([]),
  clauses: list(
    z.looseObject({ oracle: text, clause: text, held: count, broken: count, vacuous: count }),
  ).default([]),
  findings: list(z.looseObject({ signature: text, times: count, words: count, file: text.nullable() })),
});

const capability = z.looseObject({
  tag: z.boolean(),
  address: hex,
  base: hex,
  top: hex,
  perms: hex,
  otype: hex,
  flags: hex,
});

const access = z.looseObject({ address: hex, size: count, data: hex, tag: z.boolean() }).nullable();

const event = z.looseObject({
  word: z.number(),
  mode: z.number(),
  pcBefore: hex,
  pcAfter: hex,
  trap: z.looseObject({ cause: hex, value: hex }).nullable(),
  register: z
    .discriminatedUnion("kind", [
      z.looseObject({ kind: z.literal("integer"), index: count, value: hex }),
      z.looseObject({ kind: z.literal("capability"), index: count, value: capability }),
    ])
    .nullable(),
  cleared: z.number(),
  specials: list(z.looseObject({ scr: count, value: capability })),
  csr: z.looseObject({ number: count, value: hex }).nullable(),
  read: access,
  write: access,
  authority: count.nullable(),
  source: count.nullable(),
});

const word = z.union([z.number(), hex], "expected a word");
const program = z.looseObject({
  start: z.looseObject({ preset: z.enum(["dii", "bare"]) }),
  fetch: z.enum(["injected", "memory"]),
  words: list(word),
});

export const findingSchema = z.looseObject({
  format: z.literal("capwright-finding"),
  version,
  signature: text,
  origin: z.looseObject({ seed: text, shard: count, run: count }).nullable(),
  machines: z.looseObject({ expect: text, actual: text }),
  faults: list(text),
  program,
  shrunk: z.boolean(),
  found: program,
  oracle: text.default("D"),
  difference: z.looseObject({ at: count.nullable(), instruction: text, fields: differing }).nullable(),
  violation: z
    .looseObject({ oracle: text, rule: text, at: count.nullable(), instruction: text, text: list(text) })
    .nullable()
    .default(null),
  objections: list(
    z.looseObject({ side: z.enum(["expect", "actual"]), oracle: text, rule: text, at: count.nullable() }),
  ).default([]),
  traces: z.looseObject({ expect: list(event), actual: list(event) }),
  story: text,
});

const hunt = z.looseObject({
  seed: text,
  foundBy: text.nullable(),
  programs: count,
  steps: count,
  elapsedMs: count,
  size: count.nullable(),
  isOneMinimal: z.boolean().nullable(),
  alsoSeenBy: list(text),
});

export const zooSchema = z.looseObject({
  format: z.literal("capwright-zoo"),
  version: z.literal(2, "this release reads version 2"),
  level: z.enum(["machine", "system"]),
  seed: text,
  seeds: count,
  seconds: count,
  oracles: list(text),
  interrupted: z.boolean(),
  elapsedMs: count,
  specimens: list(
    z.looseObject({
      id: text,
      kind: text,
      difficulty: count,
      over: z.boolean(),
      where: z.enum(["impl", "model", "both"]),
      expected: list(text),
      hunts: list(hunt),
      laws: list(z.looseObject({ seed: text, law: text.nullable(), tests: count })),
      mismatch: text.nullable(),
    }),
  ),
});

export const cvmRunSchema = z.looseObject({
  format: z.literal("capwright-cvm-run"),
  version,
  seed: text,
  verdict: text,
  steps: count,
  time: hex,
  slices: count,
  cvms: list(
    z.looseObject({ name: text, end: z.looseObject({ kind: text }), steps: count, hostCalls: count }),
  ),
  hostCalls: list(z.looseObject({ name: text, count, failed: count })),
  broken: list(text),
});

/** What laws made of the capability libraries. */
export const lawsSchema = z.looseObject({
  format: z.literal("capwright-laws"),
  version,
  faults: list(text),
  seed: text,
  verdict,
  reason: text,
  counts: list(z.looseObject({ library: text, law: text, holds: count, vacuous: count, broken: count })),
  breaches: list(z.looseObject({ library: text, format: text, law: text, text: list(text) })),
  samples: count,
  elapsedMs: count,
});

/** How many instances of something fit, each way of sharing a line: written by whoever measures. */
export const densitySchema = z.looseObject({
  format: z.literal("capwright-density"),
  version,
  title: text,
  x: text,
  y: text,
  series: list(z.looseObject({ name: text, points: list(z.tuple([z.number(), z.number()])) })).max(20),
});

/** The schema of mutation testing reports; of each mutant only what became of it. */
export const mutationSchema = z.looseObject({
  schemaVersion: text,
  files: z.record(
    text,
    z.looseObject({
      mutants: list(z.looseObject({ status: text, mutatorName: text, testsCompleted: count.optional() })),
    }),
  ),
});

const share = z.looseObject({ total: count, covered: count });

/** `coverage-summary.json` of istanbul. */
export const coverageSchema = z.record(
  text,
  z.looseObject({ lines: share, branches: share, functions: share, statements: share }),
);

/** Every kind of record that names itself. */
export const schemas = {
  "capwright-campaign": campaignSchema,
  "capwright-system-campaign": systemCampaignSchema,
  "capwright-object-campaign": objectCampaignSchema,
  "capwright-finding": findingSchema,
  "capwright-system-finding": systemFindingSchema,
  "capwright-laws": lawsSchema,
  "capwright-zoo": zooSchema,
  "capwright-cvm-run": cvmRunSchema,
  "capwright-density": densitySchema,
} as const;

export type Campaign = z.output<typeof campaignSchema>;
export type SystemCampaign = z.output<typeof systemCampaignSchema>;
export type ObjectCampaign = z.output<typeof objectCampaignSchema>;
export type MachineFinding = z.output<typeof findingSchema>;
export type SystemFinding = z.output<typeof systemFindingSchema>;
export type Laws = z.output<typeof lawsSchema>;
export type Zoo = z.output<typeof zooSchema>;
export type CvmRun = z.output<typeof cvmRunSchema>;
export type Density = z.output<typeof densitySchema>;
export type StepEvent = z.output<typeof event>;
export type Capability = z.output<typeof capability>;
export type Mutation = z.output<typeof mutationSchema>;
export type Coverage = z.output<typeof coverageSchema>;
