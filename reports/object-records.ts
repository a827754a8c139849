/** Records of campaigns on the verifiers of single-copy objects. */
import * as z from "zod";
import { count, list, text, verdict, version } from "./record-parts.ts";

/** Accepted (0), the number of the check that failed, or what was thrown. */
const answer = z.union([count, text], "expected a number or a text");

export const objectFindingSchema = z.looseObject({
  signature: text,
  origin: z.looseObject({ seed: text, run: count }),
  expect: answer,
  actual: answer,
  isMinimal: z.boolean(),
  /** Where the file lies that shows it. */
  file: text,
});

/** Records from before there were canaries have none. */
export const objectCampaignSchema = z.looseObject({
  format: z.literal("capwright-object-campaign"),
  version,
  seed: text,
  verdict,
  reason: text,
  files: count,
  elapsedMs: count,
  isInterrupted: z.boolean(),
  reasons: z.record(text, count),
  mutations: z.record(text, count),
  never: list(count),
  canaries: list(
    z.looseObject({ plant: text, expected: list(text), foundBy: text.nullable(), tests: count }),
  ).default([]),
  findings: list(objectFindingSchema),
});
