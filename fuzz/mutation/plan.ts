/** What is to be measured, in which order, and how much at a time. */
import { readFileSync } from "node:fs";
import { ROUND_ENDS, type Span } from "./draw.ts";
import type { Mutant } from "./record.ts";
import { type Slice, sliceOf, slices } from "./slices.ts";
import { isMutated, type Lines } from "./sources.ts";

/** A file to mutate. */
export interface Target {
  readonly file: string;
  /** Parts of it, as StrykerJS wants them: `3-5` are lines, `3:0-5:10` characters; null for the whole. */
  readonly parts: readonly string[] | null;
}

/** A target, and which of its mutants are due. */
export interface Due extends Target {
  readonly span: Span;
}

/** Targets that one run takes together. */
export interface Batch {
  readonly slice: Slice;
  readonly span: Span;
  readonly targets: readonly Due[];
}

/**
 * Lines of source in one run, or more where few mutants of each are due: some hundred mutants. An interrupted night
 * loses what the run has done that it is in, and every run begins with all tests once.
 */
const BATCH_LINES = 400;

/** Lines of source that a round is worth: about as many mutants. */
const ROUND_LINES = 100;

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

/** In the order of the slices; each slice in runs of about {@link BATCH_LINES}, each run of one span. */
export function batchesOf(targets: readonly Due[]): Batch[] {
  const batches: (Batch & { targets: Due[] })[] = [];
  let size = 0;
  for (const target of inOrder(targets)) {
    const { span } = target;
    const slice = sliceOf(target.file);
    const lines = linesOf(target) * (span.to - span.from);
    const last = batches.at(-1);
    const isAlike = last?.slice === slice && last.span.from === span.from && last.span.to === span.to;
    if (last === undefined || !isAlike || size + lines > BATCH_LINES) {
      batches.push({ slice, span, targets: [target] });
      size = lines;
    } else {
      last.targets.push(target);
      size += lines;
    }
  }
  return batches;
}

/**
 * Where the rounds end in which targets are measured: of few lines those in the first rounds are skipped in which there
 * would be hardly anything to do.
 */
export function roundsFor(targets: readonly Target[]): number[] {
  const lines = targets.reduce((sum, target) => sum + linesOf(target), 0);
  return ROUND_ENDS.filter((end) => end === 1 || end * lines >= ROUND_LINES);
}

function inOrder(targets: readonly Due[]): Due[] {
  const rank = ({ file, span }: Due) => slices.indexOf(sliceOf(file)) + span.from;
  return targets.toSorted((one, other) => rank(one) - rank(other));
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
