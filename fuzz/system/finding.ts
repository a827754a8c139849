/** Findings of this level: the smallest script known on which the systems part, as a file that can be replayed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { SystemScript } from "../../model/system-contract.ts";
import { BadInput } from "../bad-input.ts";
import { parseJson, readText, writeWhole } from "../program/file.ts";
import type { FieldDifference } from "../program/finding.ts";
import { jsonText } from "../program/hex.ts";
import { errorOf } from "./listing.ts";
import { type SystemDivergence, stepsOf } from "./lockstep.ts";
import { signatureOfLeak } from "./oracle/pair/story.ts";
import { type Failure, stepOfFailure } from "./replay.ts";
import { scriptDiskForm, scriptSchema } from "./script.ts";
import type { WalkStep } from "./walk.ts";

export interface SystemFinding {
  readonly format: "capwright-system-finding";
  readonly version: 1;
  /** Findings with the same signature are the same finding. */
  readonly signature: string;
  /** The campaign and the number of the script in it; null if it came from a file. */
  readonly origin: { readonly seed: string; readonly run: number } | null;
  readonly script: SystemScript;
  /** Whether leaving out any one step makes the systems agree. */
  readonly shrunk: boolean;
  /** The step, counted from the first creation, and what differs after it. */
  readonly at: number;
  readonly fields: readonly FieldDifference[];
  /** The rule that was broken, where nobody compared, or the systems agree. */
  readonly violation?: {
    readonly oracle: string;
    readonly rule: string;
    readonly invariants: readonly number[];
  };
  /** What each side did in each step; of findings from before that was recorded there is none. */
  readonly walk?: readonly WalkStep[];
  /** What happened and how to see it again, line by line. */
  readonly story: readonly string[];
}

const text = z.string().max(10_000);
const change = z.strictObject({ what: text, before: text, after: text });
const reach = z.strictObject({ who: text, base: text, top: text, rights: text });
const walkSide = z.strictObject({
  said: text,
  changes: z.array(change).max(1000),
  reach: z.array(reach).max(10_000).optional(),
});
const walkStep = z.strictObject({
  at: z.int().min(0),
  by: text.nullable(),
  text,
  sides: z.array(walkSide).min(1).max(2),
});
const findingSchema = z.strictObject({
  format: z.literal("capwright-system-finding"),
  version: z.literal(1, "this release reads version 1"),
  signature: text,
  origin: z.strictObject({ seed: text, run: z.int().min(0) }).nullable(),
  script: scriptSchema,
  shrunk: z.boolean(),
  at: z.int().min(0),
  fields: z.array(z.strictObject({ field: text, expect: text, actual: text })).max(100_000),
  violation: z
    .strictObject({ oracle: text, rule: text, invariants: z.array(z.int().min(1)).max(200) })
    .optional(),
  walk: z.array(walkStep).max(1000).optional(),
  story: z.array(text).max(10_000),
}) as unknown as z.ZodType<SystemFinding>;

const FORMATS = ["capwright-script", "capwright-system-finding"] as const;
const kind = z.looseObject({ format: z.enum(FORMATS) });

/** Whether a file holds a script or a finding of this level, whatever else may be wrong with it. */
export function isScriptText(content: string): boolean {
  try {
    return kind.safeParse(JSON.parse(content)).success;
  } catch {
    return false;
  }
}

/** Reads the script of a script file or a finding. @throws BadInput naming file and path. */
export function loadScriptOrFinding(path: string): { script: SystemScript; finding: SystemFinding | null } {
  const content = readText(path);
  const { format } = parseJson(content, kind, path);
  if (format === "capwright-script") return { script: parseJson(content, scriptSchema, path), finding: null };
  const finding = parseJson(content, findingSchema, path);
  return { script: finding.script, finding };
}

/**
 * What makes two failures the same: what the step does, the first field that differs, and, of results, the kind of
 * value on both sides. Values themselves vary with every script.
 */
export function signatureOf(script: SystemScript, failure: Failure): string {
  if (failure.kind === "leak") return signatureOfLeak(script, failure.leak);
  const step = stepsOf(script)[stepOfFailure(failure)];
  if (failure.kind === "violation") {
    return `${failure.violation.oracle} ${failure.violation.rule} at ${doingOf(step)}`;
  }
  if (failure.kind === "expectation") return `expectation at ${doingOf(step)}`;
  return `${doingOf(step)}: ${fieldSignature(failure.difference)}`;
}

function doingOf(step: ReturnType<typeof stepsOf>[number] | undefined): string {
  if (step === undefined) return "end";
  if (step.by === null) return step.event.do;
  return step.action.do === "call" ? step.action.call : step.action.do;
}

function fieldSignature({ fields }: SystemDivergence): string {
  const { field, expect, actual } = fields[0]!;
  const place = field.replace(/\[\d+\]/g, "[]");
  return field.startsWith("report.") ? `${place} (${kindOf(expect)} / ${kindOf(actual)})` : place;
}

function kindOf(spelt: string): string {
  if (!/^0x[0-9a-f]+$/.test(spelt)) return spelt;
  return errorOf(BigInt(spelt)) ?? "a value";
}

/** Stores a finding in a folder under a name that follows from its signature; of two the shorter one stays. */
export function storeSystemFinding(folder: string, tell: (path: string) => SystemFinding): string {
  const draft = tell("");
  const path = join(folder, fileNameOf(draft.signature));
  const known = stored(path);
  const isShorter = known === null || stepsOf(draft.script).length < stepsOf(known.script).length;
  if (isShorter) saveSystemFinding(path, tell(path));
  return path;
}

export function saveSystemFinding(path: string, finding: SystemFinding): void {
  writeWhole(path, jsonText({ ...finding, script: scriptDiskForm(finding.script) }));
}

/** The finding that lies there, or null: whatever cannot be read as one may be replaced. */
function stored(path: string): SystemFinding | null {
  try {
    return existsSync(path) ? loadScriptOrFinding(path).finding : null;
  } catch (error) {
    if (error instanceof BadInput) return null;
    throw error;
  }
}

function fileNameOf(signature: string): string {
  const words = signature
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `system-${words.slice(0, 100)}.json`;
}
