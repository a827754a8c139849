/** Scripts in two worlds, from their beginning to their end. */
import type { SecretPair, SystemScript } from "../../../../model/system-contract.ts";
import { stepsOf } from "../../lockstep.ts";
import type { Failure } from "../../replay.ts";
import { type Leak, type PairCounts, PairRun } from "./pair.ts";
import type { Worlds } from "./sighting.ts";
import { variedSteps } from "./variation.ts";

/** What is wrong with a script that has a pair, on each of some systems in turn; null if nothing is. */
export function judgePair(
  { pair, ...script }: SystemScript,
  systems: readonly Worlds[],
  counts: PairCounts,
): LeakFailure | null {
  if (pair === undefined) return null;
  for (const worlds of systems) {
    const leak = leakIn(script, pair, worlds, counts);
    if (leak !== null) return { kind: "leak", system: worlds[0].name, pair, leak };
  }
  return null;
}

type LeakFailure = Extract<Failure, { kind: "leak" }>;

/** Runs a script in two worlds: where somebody can tell them apart, or null. */
export function leakIn(
  script: SystemScript,
  pair: SecretPair,
  worlds: Worlds,
  counts: PairCounts,
): Leak | null {
  const steps = stepsOf(script);
  const others = pair.form === "run" ? variedSteps(script, pair, worlds[0]) : steps;
  const run = new PairRun(worlds, pair, counts);
  for (const [at, step] of steps.entries()) {
    const leak = run.take(step, others[at]!);
    if (leak !== null) return leak;
    if (run.isOver) return null;
  }
  return run.finish();
}
