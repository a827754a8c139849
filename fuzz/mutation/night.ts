/** Measures as much as there is time for, by rounds, and goes on where the last night ended. */
import { join } from "node:path";
import { EVERY } from "./draw.ts";
import { loadMeasured, renewed, saveMeasured, type Texts, textsOf } from "./measured.ts";
import { batchesOf, type Due, partsAround, patternsOf, roundsFor, type Target } from "./plan.ts";
import type { FileResult, Mutant } from "./record.ts";
import { sliceOf } from "./slices.ts";
import { testsOf } from "./sources.ts";
import { mutate } from "./stryker.ts";

export interface Limits {
  /** Nothing new is begun after this time. */
  readonly minutes: number;
  /** Processes that run tests. */
  readonly concurrency: number;
  /** Measure again what is known. */
  readonly fresh: boolean;
  /** Whether what is found is kept for other nights, and what they kept is used. */
  readonly keeps: boolean;
  /** A folder. */
  readonly out: string;
}

/** How far a target has come. */
interface Progress extends Target {
  /** Lots below this have been tried. */
  share: number;
  result: FileResult | null;
  /** What has to be tried again before anything else. */
  old: readonly Mutant[];
}

/** What is known of the targets in the end; nothing about those that nobody came to. */
export async function measure(
  targets: readonly Target[],
  files: readonly string[],
  limits: Limits,
): Promise<Map<string, FileResult>> {
  const until = performance.now() + limits.minutes * 60_000;
  const progress = new Map(targets.map((target) => [target.file, begun(target, files, limits)]));
  for (const dueIn of [renewals, ...roundsFor(targets).map(roundTo)]) {
    const batches = batchesOf([...progress.values()].flatMap(dueIn));
    for (const [index, { slice, span, targets }] of batches.entries()) {
      if (performance.now() > until) return resultsOf(progress);
      process.stderr.write(
        `mutation: lots ${span.from} to ${span.to}, run ${index + 1} of ${batches.length}: ` +
          `${targets.map(({ file }) => file).join(" ")}\n`,
      );
      const texts = new Map(targets.map(({ file }) => [file, textsIn(file, files)]));
      const report = await mutate({
        mutate: targets.flatMap(patternsOf),
        tests: testsOf(slice, files),
        span,
        folder: limits.out,
        concurrency: limits.concurrency,
      });
      if (report === null) continue;
      for (const { file } of targets) {
        const found = report.files[file] ?? { language: "typescript", source: "", mutants: [] };
        const one = progress.get(file)!;
        one.result = one.result === null ? found : renewed(one.result, found);
        one.share = span.to;
        one.old = [];
        if (limits.keeps)
          saveMeasured(folderOf(limits), file, texts.get(file)!, { share: one.share, result: one.result });
      }
    }
  }
  return resultsOf(progress);
}

function begun(target: Target, files: readonly string[], limits: Limits): Progress {
  const { file } = target;
  const known =
    limits.keeps && !limits.fresh ? loadMeasured(folderOf(limits), file, textsIn(file, files)) : null;
  return { ...target, share: known?.share ?? 0, result: known?.result ?? null, old: known?.old ?? [] };
}

function renewals({ file, share, old }: Progress): Due[] {
  return old.length === 0 ? [] : [{ file, parts: partsAround(old), span: { ...EVERY, to: share } }];
}

function roundTo(end: number): (progress: Progress) => Due[] {
  return ({ file, parts, share, old }) =>
    share < end && old.length === 0 ? [{ file, parts, span: { from: share, to: end } }] : [];
}

function resultsOf(progress: ReadonlyMap<string, Progress>): Map<string, FileResult> {
  return new Map([...progress].flatMap(([file, { result }]) => (result === null ? [] : [[file, result]])));
}

function folderOf({ out }: Limits): string {
  return join(out, "files");
}

function textsIn(file: string, files: readonly string[]): Texts {
  return textsOf(file, testsOf(sliceOf(file), files));
}
