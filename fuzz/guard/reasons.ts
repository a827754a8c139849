/**
 * Why a guard is never decided one way while an instruction executes: facts of the definition (what its
 * operands can be, how long it is, how much memory it reaches), and what earlier checks of the same step have
 * settled.
 *
 * The table of guards holds these against what is reached: a reason that claims a reached cell is refuted,
 * and a cell that is neither reached nor claimed is missing. The arithmetic ones are proved at a small format
 * by properties/guards-arithmetic.test.ts.
 */
import { forms } from "../generate/form.ts";
import type { Guard } from "./place.ts";
import type { Reason } from "./reason.ts";
import { byDefinition } from "./reasons-definition.ts";
import { byState } from "./reasons-state.ts";
import { STEP } from "./tally.ts";

export const reasons: readonly Reason[] = [...byDefinition, ...byState];

/** The first of some reasons that claims a cell, or undefined. */
export function reasonOf(
  given: readonly Reason[],
  guard: Guard,
  polarity: boolean,
  row: string,
): Reason | undefined {
  const form = formByName.get(row);
  const name = `${guard.owner}: ${guard.text}`;
  return given.find(
    ({ guards, never, of, alsoStep }) =>
      never !== !polarity &&
      guards.test(name) &&
      (form === undefined ? row === STEP && alsoStep === true : of(form, guard)),
  );
}

const formByName = new Map(forms.map((form) => [form.instruction.name, form]));
