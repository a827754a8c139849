import { CLASSES, ROLES } from "./operand.ts";
import type { Outcome } from "./outcome.ts";
import { BLOCK_CELLS, type Layout, type Row } from "./rows.ts";

/** How often one outcome of one instruction was reached, and with which operands. */
export interface OutcomeReach {
  readonly outcome: string;
  readonly count: number;
  /** For each role that the instruction has, counts by class; classes never met are left out. */
  readonly classes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The reach of one instruction: every declared outcome, also those with a count of zero. */
export interface InstructionReach {
  readonly instruction: string;
  readonly outcomes: readonly OutcomeReach[];
}

/** Spells the counts of a whole table out, in the order of the layout. */
export function tableOf(layout: Layout, counts: Float64Array): InstructionReach[] {
  return layout.rows.map((row) => ({
    instruction: row.name,
    outcomes: row.outcomes.map((outcome, block) => outcomeReach(row, outcome, block, counts)),
  }));
}

/** How many declared outcomes there are, and how many of them were reached. */
export function reachedOutcomes(layout: Layout, counts: Float64Array): { reached: number; declared: number } {
  let reached = 0;
  let declared = 0;
  for (const { base, outcomes } of layout.rows) {
    declared += outcomes.length;
    for (let block = 0; block < outcomes.length; block++) {
      if (isReached(counts, base + block * BLOCK_CELLS)) reached++;
    }
  }
  return { reached, declared };
}

/** Every step has exactly one mode, so that the cells of the first role tell whether there was any. */
function isReached(counts: Float64Array, block: number): boolean {
  for (let cell = 0; cell < CLASSES.length; cell++) if (counts[block + cell]! > 0) return true;
  return false;
}

function outcomeReach({ base }: Row, outcome: Outcome, block: number, counts: Float64Array): OutcomeReach {
  const classes: Record<string, Record<string, number>> = {};
  let count = 0;
  ROLES.forEach((role, roleIndex) => {
    CLASSES.forEach((name, classIndex) => {
      const met = counts[base + block * BLOCK_CELLS + roleIndex * CLASSES.length + classIndex]!;
      if (met === 0) return;
      classes[role] ??= {};
      classes[role][name] = met;
      if (roleIndex === 0) count += met;
    });
  });
  return { outcome, count, classes };
}
