/** What is wrong with a script that fails, and the smallest script with which the same is wrong. */
import type { SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import type { Random } from "../generate/random.ts";
import { type SystemFinding, signatureOf } from "./finding.ts";
import { compareSystems, stepsOf, UNSTEADY } from "./lockstep.ts";
import { JudgedSystem } from "./oracle/judged.ts";
import type { PairHunt } from "./oracle/pair/hunt.ts";
import { fieldsOfLeak } from "./oracle/pair/story.ts";
import { type Failure, judgeScript, runOn, violationIn } from "./replay.ts";
import { shrinkScript } from "./shrink.ts";
import { walkOf } from "./walk.ts";

/** Scripts that are tried to shrink one. */
export const SHRINK_TESTS_MAX = 4000;

/** Who may be wrong, and who is told. */
export interface Suspects {
  /** Of the scripts. */
  readonly seed: string;
  readonly model: SystemUnderTest;
  readonly system: SystemUnderTest;
  /** The same with oracles behind it, which judge every step; null: nobody does. */
  readonly judged: JudgedSystem | null;
  /** Whether the two are compared. */
  readonly compares: boolean;
  readonly onFinding: (finding: Omit<SystemFinding, "story">, failure: Failure) => void;
}

/** Runs a script in two worlds. A leak is made small, unless it is known. */
export function lookForLeaks(
  { seed, system, onFinding }: Suspects,
  hunt: PairHunt | null,
  script: SystemScript,
  random: Random,
  run: number,
  times: Map<string, number>,
): void {
  const seen = hunt?.look(script, random) ?? null;
  if (hunt === null || seen === null) return;
  times.set(seen.signature, (times.get(seen.signature) ?? 0) + 1);
  if (times.get(seen.signature)! > 1) return;
  const { signature, leak, pair, isMinimal, ...small } = hunt.shrink(seen.found, seen.leak, SHRINK_TESTS_MAX);
  const finding = {
    format: "capwright-system-finding",
    version: 1,
    signature,
    origin: { seed, run },
    script: { ...small.script, pair },
    shrunk: isMinimal,
    at: leak.at,
    fields: fieldsOfLeak(leak),
    walk: hunt.walk(small.script, pair),
  } as const;
  onFinding(finding, { kind: "leak", system: system.name, pair, leak });
}

/** Makes a script that failed small, unless what is wrong with it is known. */
export function investigate(
  options: Suspects,
  script: SystemScript,
  run: number,
  times: Map<string, number>,
): void {
  const { model, system, judged, compares, seed, onFinding } = options;
  const failure = failureOf(script, options);
  const signature = signatureOf(script, failure);
  times.set(signature, (times.get(signature) ?? 0) + 1);
  if (times.get(signature)! > 1) return;
  const isCompared = compares && failure.kind === "difference";
  const small = shrinkFailure(script, failure, model, isCompared ? system : (judged ?? system));
  const found = foundIn(small.failure);
  if (found === null) return;
  const finding = {
    format: "capwright-system-finding",
    version: 1,
    signature,
    origin: { seed, run },
    script: small.script,
    shrunk: small.isMinimal,
    ...found,
    walk: walkOf(small.script, model, system),
  } as const;
  onFinding(finding, small.failure);
}

/** What is wrong with a script that is known to fail: a difference, or else the rule that is broken. */
function failureOf(script: SystemScript, { model, system, judged, compares }: Suspects): Failure {
  const difference = compares ? compareSystems(script, model, system) : null;
  const violation = judged === null ? null : violationIn(script, model, judged);
  if (difference === null && violation !== null) return { kind: "violation", violation };
  const last = stepsOf(script).length - 1;
  return { kind: "difference", difference: difference ?? { at: last, fields: [UNSTEADY] } };
}

/** What a finding keeps of a failure; null of one that is none of the systems'. */
export function foundIn(failure: Failure): Pick<SystemFinding, "at" | "fields" | "violation"> | null {
  switch (failure.kind) {
    case "difference":
      return failure.difference;
    case "leak":
      return { at: failure.leak.at, fields: fieldsOfLeak(failure.leak) };
    case "violation": {
      const { oracle, rule, invariants, at } = failure.violation;
      return { at, fields: [], violation: { oracle, rule, invariants } };
    }
    case "expectation":
      return null;
  }
}

/** The smallest script that fails with the same signature, and how it fails. */
export function shrinkFailure(
  script: SystemScript,
  failure: Failure,
  model: SystemUnderTest,
  system: SystemUnderTest,
): { script: SystemScript; failure: Failure; isMinimal: boolean; tests: number } {
  const signature = signatureOf(script, failure);
  const judge =
    failure.kind === "difference" ? differenceOf : failure.kind === "violation" ? brokenIn : judgeScript;
  const shrunk = shrinkScript(script, {
    fails: (one) => {
      const found = judge(one, model, system);
      return found !== null && signatureOf(one, found) === signature;
    },
    reports: (one) => runOn(one, model).reports,
    testsMax: SHRINK_TESTS_MAX,
  });
  return { ...shrunk, failure: judge(shrunk.script, model, system) ?? failure };
}

function differenceOf(script: SystemScript, model: SystemUnderTest, system: SystemUnderTest): Failure | null {
  const difference = compareSystems(script, model, system);
  return difference === null ? null : { kind: "difference", difference };
}

function brokenIn(script: SystemScript, model: SystemUnderTest, system: SystemUnderTest): Failure | null {
  const violation = system instanceof JudgedSystem ? violationIn(script, model, system) : null;
  return violation === null ? null : { kind: "violation", violation };
}
