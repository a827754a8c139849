/** What is to be measured, in which order, and how much at a time. */
import { readFileSync } from "node:fs";
import type { Mutant } from "./record.ts";
import { type Slice, slices } from "./slices.ts";
import { isMutated, type Lines } from "./sources.ts";

/** A file to mutate. */
export interface Target {
  readonly file: string;
  /** Parts of it, as StrykerJS wants them: `3-5` are lines, `3:0-5:10` characters; null for the whole. */
  readonly parts: readonly string[] | null;
}

/** Targets that one run takes together. */
export interface Batch {
  readonly slice: Slice;
  readonly targets: readonly Target[];
}

/**
 * Lines of source in one run: some hundred mutants. An interrupted night loses what the run has done that it is in,
 * and every run begins with all tests once.
 */
const BATCH_LINES = 400;

/** Whole files, or what has changed of them; only those in `places` (files or folders), if there are any. */
export function targetsIn(
  files: readonly string[],
  places: readonly string[],
  changed: ReadonlyMap<string, readonly Lines[]> | null,
): Target[] {
  const isPlaced = (file: string) =>
    places.length === 0 || places.some((place) => file === place || file.startsWith(`${place}/`));
  return files
    .filter((file) => isMutated(file) && isPlaced(file))
    .map((file) => ({ file, parts: changed === null ? null : partsOf(changed.get(file) ?? []) }))
    .filter(({ parts }) => parts === null || parts.length > 0);
}

/** In the order of the slices; each slice in runs of about {@link BATCH_LINES}. */
export function batchesOf(targets: readonly Target[]): Batch[] {
  const batches: { slice: Slice; targets: Target[] }[] = [];
  let size = 0;
  for (const { slice, target } of inOrder(targets)) {
    const lines = linesOf(target);
    if (batches.at(-1)?.slice !== slice || size + lines > BATCH_LINES) {
      batches.push({ slice, targets: [] });
      size = 0;
    }
    batches.at(-1)!.targets.push(target);
    size += lines;
  }
  return batches;
}

function inOrder(targets: readonly Target[]): { slice: Slice; target: Target }[] {
  const left = new Set(targets);
  return slices.flatMap((slice) => {
    const taken = [...left].filter(({ file }) => file.startsWith(`${slice.folder}/`));
    for (const target of taken) left.delete(target);
    return taken.map((target) => ({ slice, target }));
  });
}

/** Characters that hold these mutants. StrykerJS counts columns from 0 here and from 1 in reports. */
export function partsAround(mutants: readonly Mutant[]): string[] {
  const parts = mutants.map(
    ({ location: { start, end } }) => `${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`,
  );
  return [...new Set(parts)];
}

function partsOf(lines: readonly Lines[]): string[] {
  return lines.map(([first, last]) => `${first}-${last}`);
}

/** For a part a few lines, whatever it is. */
function linesOf({ file, parts }: Target): number {
  return parts === null ? readFileSync(file, "utf8").split("\n").length : 5 * parts.length;
}

/** As StrykerJS wants them. */
export function patternsOf({ file, parts }: Target): string[] {
  return parts === null ? [file] : parts.map((part) => `${file}:${part}`);
}
