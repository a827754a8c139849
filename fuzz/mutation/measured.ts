/** What became of the mutants of a file, kept so that an interrupted night goes on where it was. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJson, readText, writeWhole } from "../program/file.ts";
import { type FileResult, type Measured, measuredSchema } from "./record.ts";
import { sliceOf } from "./slices.ts";
import { testsOf } from "./sources.ts";

/** What makes mutants: a change here makes everything old. */
const MUTATORS = ["fuzz/mutation/mutators.ts", "fuzz/mutation/argument-types.ts", "stryker.config.mjs"];

/**
 * Says what the mutants of a file were measured with: its text, the tests they face, and the mutators. That a verdict
 * also rests on whatever these tests import is passed over, or nothing would ever be kept: measure the whole afresh
 * now and then.
 */
export function keyOf(file: string, files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of [file, ...testsOf(sliceOf(file), files), ...MUTATORS])
    hash.update(`${part}\0`).update(readFileSync(part)).update("\0");
  return hash.digest("hex");
}

/** What is known of a file; null if nothing is, or not with these texts, or some mutants were not measured. */
export function loadMeasured(folder: string, file: string, key: string): FileResult | null {
  const path = pathOf(folder, file);
  if (!existsSync(path)) return null;
  const measured = parseJson(readText(path), measuredSchema, path);
  const isWhole = measured.result.mutants.every(({ status }) => status !== "Pending");
  return measured.key === key && isWhole ? measured.result : null;
}

export function saveMeasured(folder: string, measured: Omit<Measured, "format">): void {
  mkdirSync(folder, { recursive: true });
  const record: Measured = { format: "capwright-mutants", ...measured };
  writeWhole(pathOf(folder, measured.file), `${JSON.stringify(record)}\n`);
}

function pathOf(folder: string, file: string): string {
  return join(folder, `${file.replaceAll("/", ".")}.json`);
}
