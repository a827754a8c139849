/** What happened in a script, line by line, and what is wrong with it. */
import type { SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import { reportText, stepText } from "./listing.ts";
import { type Failure, failureText, runOn, stepOfFailure } from "./replay.ts";
import { slicesListing } from "./slice-listing.ts";
import { asSliced, needsSlices, stepsOf } from "./slices.ts";

/** Lines before the one that matters, at most. */
const LINES_MAX = 60;

/** The two that scripts are run on. */
export interface Sides {
  readonly model: SystemUnderTest;
  readonly system: SystemUnderTest;
}

/**
 * The steps of a script up to the one at which something is wrong, or all: each with what the reference said; of a script
 * in slices what the implementation did in each of them, and what the reference made of it; of two worlds that can be told
 * apart what is said by the system on which they can.
 */
export function listingOf(script: SystemScript, { model, system }: Sides, failure: Failure | null): string[] {
  const last = failure === null ? stepsOf(script).length - 1 : stepOfFailure(failure);
  const both = needsSlices(script) && failure?.kind !== "leak" ? asSliced(model, system) : null;
  if (both !== null) return shortened(slicesListing(script, both.expect, both.actual, last));
  const isOfSystem = failure?.kind === "leak" && failure.system === system.name;
  return shortened(stepsListing(script, isOfSystem ? system : model, last));
}

/** Each step with what a system says of it. */
function stepsListing(script: SystemScript, system: SystemUnderTest, last: number): string[] {
  const steps = stepsOf(script).slice(0, last + 1);
  const { reports } = runOn({ ...script, cvms: [], steps }, system);
  return steps.map((step, at) => `${String(at).padStart(4)}  ${stepText(step)}  ${reportText(reports[at]!)}`);
}

function shortened(lines: readonly string[]): string[] {
  const first = Math.max(0, lines.length - LINES_MAX);
  return first === 0 ? [...lines] : [`      (${first} lines before)`, ...lines.slice(first)];
}

/** What happened in a script that fails, and how to see it again, line by line. */
export function storyOf(script: SystemScript, failure: Failure, sides: Sides, path: string): string[] {
  return [...listingOf(script, sides, failure), ...failureText(failure), `again: capwright replay ${path}`];
}
