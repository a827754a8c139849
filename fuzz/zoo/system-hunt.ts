import type { Catcher } from "../faults/planted-fault.ts";
import type { Systems } from "../faults/system/plant.ts";
import { Random } from "../generate/random.ts";
import { sliced } from "../system/generate/schedule.ts";
import { ScriptSource } from "../system/generate.ts";
import { stepsOf } from "../system/lockstep.ts";
import type { Hunter, HuntOptions } from "./hunt.ts";
import type { Hunt } from "./record.ts";
import { type Objection, type Small, Trial } from "./trial.ts";

/** Steps of a script. */
const SCRIPT_STEPS = 200;
/** One script in so many runs in slices, and one in as many in two worlds. */
const SHARE = 4;
/** Scripts that are tried to shrink one. */
const SHRINK_TESTS_MAX = 1500;

/** Hunts what is planted in systems of cVMs by generated scripts. */
export function systemHunter(systems: Systems, asked: readonly Catcher[]): Hunter {
  const trial = new Trial(systems, asked);
  return {
    hunt: (options) =>
      Promise.resolve(huntScripts(trial, asked.length === 0 ? { ...options, seconds: 0 } : options)),
    withoutDifferences: () =>
      systemHunter(
        systems,
        asked.filter((one) => one !== "D"),
      ),
  };
}

/** A budget of scripts in the place of seconds, where there is one. */
export function huntScripts(
  trial: Trial,
  { seed, seconds, clock }: Pick<HuntOptions, "seed" | "seconds" | "clock">,
  scriptsMax = Number.POSITIVE_INFINITY,
): Hunt {
  const random = new Random(seed);
  const source = new ScriptSource(random, trial.model);
  const begun = clock();
  let [scripts, steps] = [0, 0];
  let found: (Objection & Small) | null = null;
  while (found === null && scripts < scriptsMax && clock() - begun < seconds * 1000) {
    random.restart(scripts);
    const whole = source.script(SCRIPT_STEPS);
    const script = scripts % SHARE === 1 ? sliced(whole, random) : whole;
    const objection = trial.judge(script);
    if (objection !== null) found = { ...objection, ...trial.shrink(script, objection, SHRINK_TESTS_MAX) };
    else if (scripts % SHARE === 0) found = trial.leak(script, random, SHRINK_TESTS_MAX);
    scripts++;
    steps += stepsOf(script).length;
  }
  return {
    seed,
    foundBy: found === null || found.by === "L" ? null : found.by,
    programs: scripts,
    steps,
    elapsedMs: Math.round(clock() - begun),
    signature: found?.signature ?? null,
    size: found === null ? null : stepsOf(found.script).length,
    isOneMinimal: found?.isMinimal ?? null,
    alsoSeenBy: found === null ? [] : trial.alsoSeenBy(found.script, found.by),
  };
}
