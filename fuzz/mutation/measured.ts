/**
 * What became of the mutants of a file, kept so that an interrupted night goes on where it was, and so that a test that
 * is written for a survivor need not be tried on everything else.
 *
 * A mutant stays killed as long as the file, the mutators and the test file that killed it are the same. That a
 * test also rests on whatever it imports is passed over, or nothing would ever be kept: measure afresh now and then.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseJson, readText, writeWhole } from "../program/file.ts";
import { type FileResult, isUndrawn, type Measured, type Mutant, measuredSchema } from "./record.ts";

/** What makes mutants: a change here makes everything old. */
const MUTATORS = ["fuzz/mutation/mutators.ts", "fuzz/mutation/argument-types.ts", "stryker.config.mjs"];

/** Hashes of a mutated file (with the mutators) and of the tests its mutants face. */
export type Texts = Pick<Measured, "source" | "tests">;

export function textsOf(file: string, tests: readonly string[]): Texts {
  return {
    source: hashOf([file, ...MUTATORS]),
    tests: Object.fromEntries(tests.map((test) => [test, hashOf([test])])),
  };
}

function hashOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

/** What is known of a file, up to which lots, and which of its mutants have to be tried again. */
export interface Known {
  readonly result: FileResult;
  readonly share: number;
  readonly old: readonly Mutant[];
}

/** Null if nothing is known of the file as it is. */
export function loadMeasured(folder: string, file: string, texts: Texts): Known | null {
  const path = pathOf(folder, file);
  if (!existsSync(path)) return null;
  const { source, tests, share, result } = parseJson(readText(path), measuredSchema, path);
  return source === texts.source ? { result, share, old: oldIn(result, tests, texts.tests) } : null;
}

function oldIn(result: FileResult, before: Texts["tests"], now: Texts["tests"]): Mutant[] {
  const isNew = Object.keys(now).some((test) => before[test] !== now[test]);
  return result.mutants.filter((mutant) => {
    const { status, killedBy } = mutant;
    if (status === "Pending") return !isUndrawn(mutant);
    if (status !== "Killed") return isNew && status !== "CompileError";
    const killer = killedBy?.[0]?.split(": ")[0] ?? "";
    return now[killer] === undefined || before[killer] !== now[killer];
  });
}

export function saveMeasured(
  folder: string,
  file: string,
  texts: Texts,
  { result, share }: Pick<Known, "result" | "share">,
): void {
  mkdirSync(folder, { recursive: true });
  const record: Measured = { format: "capwright-mutants", file, ...texts, share, result };
  writeWhole(pathOf(folder, file), `${JSON.stringify(record)}\n`);
}

/** What was known, with what was found anew in its place. */
export function renewed(known: FileResult, found: FileResult): FileResult {
  const tried = found.mutants.filter((mutant) => !isUndrawn(mutant));
  const fresh = new Map(tried.map((mutant) => [identityOf(mutant), mutant]));
  return { ...known, mutants: known.mutants.map((mutant) => fresh.get(identityOf(mutant)) ?? mutant) };
}

function identityOf({ mutatorName, replacement, location }: Mutant): string {
  return JSON.stringify([mutatorName, replacement, location]);
}

function pathOf(folder: string, file: string): string {
  return join(folder, `${file.replaceAll("/", ".")}.json`);
}
