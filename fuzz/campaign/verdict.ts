import type { InstructionReach } from "../reach/table.ts";
import type { CampaignRecord, Verdict } from "./record.ts";

/** From so many compared steps on, a campaign must have reached every instruction. */
export const STEPS_FOR_EVERY_INSTRUCTION = 5_000_000;

/** From so many compared steps on, a campaign must have reached every declared outcome of every instruction. */
export const STEPS_FOR_EVERY_OUTCOME = 500_000_000;

type Ground = Pick<CampaignRecord, "steps" | "reach" | "undeclared"> & {
  readonly findings: number;
  /** What kept the campaign from doing its work, or null. */
  readonly obstacle: string | null;
};

/**
 * The verdict of a campaign and why.
 *
 * A finding breaks it. Without one it holds only if it had the chance to find something: steps were compared,
 * and its reach is what its length demands. A short run need not reach everything; a long one that has not
 * met an instruction, or a very long one that has not met an outcome, says nothing about that.
 */
export function verdictOf(ground: Ground): { verdict: Verdict; reason: string } {
  if (ground.findings > 0) {
    return { verdict: "broken", reason: `the machines differ: ${count(ground.findings, "finding")}` };
  }
  const doubt = doubtOf(ground);
  if (doubt !== null) return { verdict: "unknown", reason: doubt };
  return { verdict: "holds", reason: `${count(ground.steps, "step")} compared, no difference` };
}

/** Outcomes that an instruction can have and that were never reached, as `instruction: outcome`. */
export function neverReached(reach: readonly InstructionReach[]): string[] {
  return reach.flatMap(({ instruction, outcomes }) =>
    outcomes.filter((one) => one.count === 0).map(({ outcome }) => `${instruction}: ${outcome}`),
  );
}

function doubtOf({ steps, reach, undeclared, obstacle }: Ground): string | null {
  if (obstacle !== null) return obstacle;
  if (steps === 0) return "nothing was compared";
  if (undeclared.length > 0) return `outcomes that no instruction should have: ${undeclared.join(", ")}`;

  const untouched = reach.filter(({ outcomes }) => outcomes.every((one) => one.count === 0));
  if (steps >= STEPS_FOR_EVERY_INSTRUCTION && untouched.length > 0) {
    return `never reached: ${untouched.map(({ instruction }) => instruction).join(", ")}`;
  }
  const never = neverReached(reach);
  if (steps >= STEPS_FOR_EVERY_OUTCOME && never.length > 0) return `never reached: ${never.join(", ")}`;
  return null;
}

function count(number: number, thing: string): string {
  return `${number.toLocaleString("en-US")} ${thing}${number === 1 ? "" : "s"}`;
}
