import type { ClauseCount } from "../oracle/judge.ts";
import type { Objector } from "../program/index.ts";
import type { InstructionReach } from "../reach/table.ts";
import type { CampaignRecord, CanaryResult, Verdict } from "./record.ts";

/** From so many compared steps on, a campaign must have reached every instruction. */
export const STEPS_FOR_EVERY_INSTRUCTION = 5_000_000;

/** From so many compared steps on, a campaign must have reached every declared outcome of every instruction. */
export const STEPS_FOR_EVERY_OUTCOME = 50_000_000;

/** From so many judged steps on, every clause of every oracle must have been found true. */
export const STEPS_FOR_EVERY_CLAUSE = 5_000_000;

/** The clause that only a program in memory meets. */
const OF_FETCHES = "exact_fetch";

type Ground = Pick<CampaignRecord, "steps" | "oracles" | "reach" | "undeclared" | "clauses" | "canaries"> & {
  /** Who found each. */
  readonly findings: readonly Objector[];
  /** How many differences were let pass. */
  readonly passed: number;
  /** Whether programs could lie in memory and be fetched. */
  readonly canFetch: boolean;
  /** What kept the campaign from doing its work, or null. */
  readonly obstacle: string | null;
};

/**
 * The verdict of a campaign and why.
 *
 * Where a canary was missed nothing can be said. A finding breaks the campaign. Without one it holds only if it had
 * the chance to find something: steps were compared or judged, and its reach is what its length demands. A short run
 * need not reach everything; a long one that has not met an instruction or a rule, or a very long one that has not met
 * an outcome, says nothing about that.
 */
export function verdictOf(ground: Ground): { verdict: Verdict; reason: string } {
  const missed = ground.canaries.filter(isMissed);
  if (missed.length > 0) return { verdict: "unknown", reason: missedText(missed) };
  if (ground.findings.length > 0) return { verdict: "broken", reason: findingsText(ground.findings) };
  const doubt = doubtOf(ground);
  if (doubt !== null) return { verdict: "unknown", reason: doubt };
  return { verdict: "holds", reason: soundText(ground) };
}

/** Whether none of those who must find a canary did. */
export function isMissed({ expected, foundBy }: CanaryResult): boolean {
  return foundBy === null || !expected.includes(foundBy);
}

/** Says which canaries were missed. */
export function missedText(missed: readonly CanaryResult[]): string {
  return `planted to be found, and not found: ${missed.map(({ plant }) => plant).join(", ")}`;
}

function findingsText(findings: readonly Objector[]): string {
  const differences = findings.filter((oracle) => oracle === "D").length;
  const rules = findings.length - differences;
  return [
    ...(differences > 0 ? [`the machines differ: ${count(differences, "finding")}`] : []),
    ...(rules > 0 ? [`the reference breaks rules: ${count(rules, "finding")}`] : []),
  ].join("; ");
}

function soundText({ steps, oracles, passed }: Ground): string {
  const isCompared = oracles.includes("D");
  const isJudged = oracles.some((oracle) => oracle !== "D");
  return [
    `${count(steps, "step")} ${isCompared ? "compared" : "judged"}`,
    ...(isCompared ? [passed === 0 ? "no difference" : `no difference but ${passed} that are accepted`] : []),
    ...(isJudged ? ["no rule broken"] : []),
  ].join(", ");
}

/** Outcomes that an instruction can have and that were never reached, as `instruction: outcome`. */
export function neverReached(reach: readonly InstructionReach[]): string[] {
  return reach.flatMap(({ instruction, outcomes }) =>
    outcomes.filter((one) => one.count === 0).map(({ outcome }) => `${instruction}: ${outcome}`),
  );
}

/** Rules that were never found true, as `oracle clause`. */
export function neverTrue(clauses: readonly ClauseCount[]): string[] {
  return clauses.filter(({ held }) => held === 0).map(({ oracle, clause }) => `${oracle} ${clause}`);
}

function doubtOf({ steps, reach, undeclared, clauses, canFetch, obstacle }: Ground): string | null {
  if (obstacle !== null) return obstacle;
  if (steps === 0) return "nothing was compared";
  if (undeclared.length > 0) return `outcomes that no instruction should have: ${undeclared.join(", ")}`;

  const untouched = reach.filter(({ outcomes }) => outcomes.every((one) => one.count === 0));
  if (steps >= STEPS_FOR_EVERY_INSTRUCTION && untouched.length > 0) {
    return `never reached: ${untouched.map(({ instruction }) => instruction).join(", ")}`;
  }
  const untrue = neverTrue(canFetch ? clauses : clauses.filter(({ clause }) => clause !== OF_FETCHES));
  if (steps >= STEPS_FOR_EVERY_CLAUSE && untrue.length > 0) return `rules never met: ${untrue.join(", ")}`;
  const never = neverReached(reach);
  if (steps >= STEPS_FOR_EVERY_OUTCOME && never.length > 0) return `never reached: ${never.join(", ")}`;
  return null;
}

function count(number: number, thing: string): string {
  return `${number.toLocaleString("en-US")} ${thing}${number === 1 ? "" : "s"}`;
}
