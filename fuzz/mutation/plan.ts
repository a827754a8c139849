/** What is to be measured, in which order, and how much at a time. */
import { readFileSync } from "node:fs";
import { type Slice, slices } from "./slices.ts";
import { isMutated, type Lines } from "./sources.ts";

/** A file to mutate; without lines, the whole of it. */
export interface Target {
  readonly file: string;
  readonly lines: readonly Lines[] | null;
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
    .map((file) => ({ file, lines: changed === null ? null : (changed.get(file) ?? []) }))
    .filter(({ lines }) => lines === null || lines.length > 0);
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

function linesOf({ file, lines }: Target): number {
  if (lines === null) return readFileSync(file, "utf8").split("\n").length;
  return lines.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** As StrykerJS wants them. */
export function patternsOf({ file, lines }: Target): string[] {
  return lines === null ? [file] : lines.map(([first, last]) => `${file}:${first}-${last}`);
}
