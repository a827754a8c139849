/** Records of systems of cVMs. */
import * as z from "zod";
import { count, differing, hex, list, text, timeline, verdict, version } from "./record-parts.ts";

/** Records from before callers were told apart have no classes. */
export const systemCampaignSchema = z.looseObject({
  format: z.literal("capwright-system-campaign"),
  version,
  seed: text,
  elapsedMs: count,
  scripts: count,
  steps: count,
  signatures: list(z.looseObject({ signature: text, times: count })),
  timeline,
  reach: list(
    z.looseObject({
      name: text,
      outcomes: list(
        z.looseObject({
          outcome: text,
          count,
          classes: z.record(text, z.record(text, count)).default({}),
          cannot: z.record(text, text).default({}),
        }),
      ),
    }),
  ),
  never: list(text),
  undeclared: list(text),
  pairs: z.looseObject({ held: count, vacuous: count, frozen: count }).nullable(),
  rules: list(z.looseObject({ oracle: text, rule: text, held: count, broken: count, vacuous: count })),
  isInterrupted: z.boolean(),
  verdict,
  reason: text,
});

const thread = z.looseObject({ cvm: text, thread: count }).nullable();

const side = z.looseObject({
  said: text,
  changes: list(z.looseObject({ what: text, before: text, after: text })),
  reach: list(z.looseObject({ who: text, base: hex, top: hex, rights: text })).optional(),
});

const walkStep = z.looseObject({
  at: count,
  by: text.nullable(),
  text,
  sides: z.union([z.tuple([side]), z.tuple([side, side])], "expected one side or two"),
});

/** Findings from before steps were recorded have none. */
export const systemFindingSchema = z.looseObject({
  format: z.literal("capwright-system-finding"),
  version,
  signature: text,
  origin: z.looseObject({ seed: text, run: count }).nullable(),
  script: z.looseObject({
    cvms: list(z.looseObject({ name: text })),
    steps: list(z.looseObject({ by: thread })),
    pair: z.looseObject({ form: text, cvm: text }).optional(),
  }),
  shrunk: z.boolean(),
  walk: list(walkStep).default([]),
  at: count,
  fields: differing,
  violation: z.looseObject({ oracle: text, rule: text, invariants: list(count) }).optional(),
  story: list(text),
});

export type WalkStep = z.output<typeof walkStep>;
export type WalkSide = z.output<typeof side>;
