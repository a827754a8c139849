/** The scripts of a campaign: each is made on the reference, and others follow as it is made. */
import type { Step, StepReport, SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import type { ScriptSource } from "./generate.ts";
import type { Follower } from "./lockstep.ts";
import { JudgedSystem } from "./oracle/judged.ts";
import type { SystemReach } from "./reach.ts";
import { asSliced, runSlices } from "./slices.ts";

/** Steps of a script, at least; of one that runs in slices. */
const SCRIPT_STEPS = 200;
const SLICED_STEPS = 60;

/** A script, how many of its steps were taken, and whether nothing was wrong with them. */
interface Followed {
  readonly script: SystemScript;
  readonly taken: number;
  readonly isFine: boolean;
}

/** Makes a script on the reference alone. */
export function make(source: ScriptSource, reach: SystemReach): Followed {
  reach.begin();
  let taken = 0;
  const script = source.script(SCRIPT_STEPS, (step, report, _reports, before, after) => {
    taken++;
    reach.observe(step, report, before, after);
  });
  return { taken, script, isFine: true };
}

/** Takes steps on a system for its oracles alone. */
export class Watched {
  readonly #judged: JudgedSystem;

  constructor(judged: JudgedSystem) {
    this.#judged = judged;
  }

  begin(): void {
    this.#judged.reset();
  }

  agrees(step: Step, _report: StepReport, reports: readonly StepReport[]): boolean {
    this.#judged.step(step, reports);
    return true;
  }

  agreesInAll(): boolean {
    return true;
  }
}

/** Makes a script on the reference while the other follows, until they part or a rule is broken. */
export function follow(
  source: ScriptSource,
  follower: Pick<Follower, "begin" | "agrees" | "agreesInAll">,
  judged: JudgedSystem | null,
  reach: SystemReach,
): Followed {
  follower.begin();
  reach.begin();
  const run = { taken: 0, isFine: true };
  const script = source.script(SCRIPT_STEPS, (step, report, reports, before, after) => {
    if (!run.isFine) return;
    run.taken++;
    run.isFine = follower.agrees(step, report, reports, after) && (judged?.violation ?? null) === null;
    reach.observe(step, report, before, after);
  });
  const isFine = run.isFine && follower.agreesInAll() && (judged?.finish() ?? null) === null;
  return { ...run, script, isFine };
}

/** Makes a script that is run in slices, and runs it. */
export function inSlices(
  source: ScriptSource,
  model: SystemUnderTest,
  system: SystemUnderTest,
  reach: SystemReach,
): Followed {
  const script = source.sliced(SLICED_STEPS);
  const both = asSliced(model, system);
  if (both === null) return { taken: 0, script, isFine: true };
  reach.begin();
  let taken = 0;
  const { difference } = runSlices(script, both.expect, both.actual, (moment) => {
    taken++;
    reach.observeSlice(moment);
  });
  const isFine = difference === null && (system instanceof JudgedSystem ? system.finish() === null : true);
  return { taken, script, isFine };
}
