/**
 * Which mutants are tried first. There are too many for one night, so each has a lot, a number in [0, 1) that nothing but
 * the mutant itself decides, and nights go through them by lots: what has been measured at any time is a sample that
 * favours nobody.
 */
import { createHash } from "node:crypto";
import type { Mutant } from "./record.ts";

/** Lots, without the end. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const EVERY: Span = { from: 0, to: 1 };

/** Where the rounds of a night end. Each round goes through all slices and as a rule doubles what is known. */
export const ROUND_ENDS = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1] as const;

export function isDrawn(file: string, mutant: MutantName, { from, to }: Span): boolean {
  if (from === 0 && to === 1) return true;
  const lot = lotOf(file, mutant);
  return from <= lot && lot < to;
}

/** What a mutant is known by within its file. */
export type MutantName = Pick<Mutant, "mutatorName" | "replacement" | "location">;

function lotOf(file: string, { mutatorName, replacement, location: { start, end } }: MutantName): number {
  const name = [file, start.line, start.column, end.line, end.column, mutatorName, replacement];
  return createHash("sha256").update(JSON.stringify(name)).digest().readUInt32BE() / 2 ** 32;
}
