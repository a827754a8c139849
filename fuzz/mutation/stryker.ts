/** One run of StrykerJS over some files that face the same tests. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { parseJson, readText } from "../program/file.ts";
import type { Span } from "./draw.ts";
import { honest, type MutationReport, reportSchema } from "./record.ts";

export interface Run {
  /** Files, or lines of them: `model/capability/seal.ts:10-12`. */
  readonly mutate: readonly string[];
  /** Those that are tried first come first. */
  readonly tests: readonly string[];
  /** Mutants by their lots; the report has the others as not drawn. */
  readonly span: Span;
  /** Where StrykerJS may write. */
  readonly folder: string;
  /** Processes that run tests. */
  readonly concurrency: number;
}

/**
 * Mutates and tests; what StrykerJS says goes to standard error.
 *
 * The seed and the number of runs of every property are those of `properties/seed.ts`: a mutant that survives today
 * survives tomorrow.
 *
 * @returns null if StrykerJS found nothing to mutate or gave up: tests that fail without any mutant.
 */
export async function mutate({
  mutate,
  tests,
  span,
  folder,
  concurrency,
}: Run): Promise<MutationReport | null> {
  const report = join(folder, "stryker.json");
  mkdirSync(folder, { recursive: true });
  rmSync(report, { force: true });

  const { CAPWRIGHT_SEED: _, ...environment } = process.env;
  const settings = JSON.stringify({ mutate, tests, span, report, concurrency });
  const stryker = spawn(process.execPath, [command(), "run", "stryker.config.mjs"], {
    env: { ...environment, CAPWRIGHT_MUTATION: settings },
    stdio: ["ignore", 2, 2],
  });
  const [code] = (await once(stryker, "exit")) as [number | null];
  return code === 0 ? honest(parseJson(readText(report), reportSchema, report)) : null;
}

function command(): string {
  const core = createRequire(import.meta.url).resolve("@stryker-mutator/core/package.json");
  return join(dirname(core), "bin/stryker.js");
}
