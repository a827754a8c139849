/** A campaign at this level: scripts one after the other, each step on both systems, until the budget is used up. */
import type { SystemUnderTest } from "../../model/system-contract.ts";
import { Timeline, type TimelinePoint } from "../campaign/timeline.ts";
import { Random } from "../generate/random.ts";
import { follow, inSlices, make, Watched } from "./follow.ts";
import type { Subject } from "./generate/swarm.ts";
import { ScriptSource } from "./generate.ts";
import { investigate, lookForLeaks, type Suspects } from "./investigation.ts";
import { Follower } from "./lockstep.ts";
import type { RuleCount } from "./oracle/docket.ts";
import { PairHunt } from "./oracle/pair/hunt.ts";
import { type ReachRow, SystemReach } from "./reach.ts";

/** From so many scripts on, everything that can be reached must have been. */
const SCRIPTS_FOR_REACH = 2000;
/** From so many scripts on, every rule must have been tested. */
const SCRIPTS_FOR_RULES = 100;
/** One script in so many is run in two worlds, unless all are. */
const SCRIPTS_PER_PAIR = 4;
/** One script in so many is run in slices, with code of guests in it. */
const SCRIPTS_PER_SLICED = 8;
/** One script in so many is judged by each of its machine steps too; every eighth of those runs in slices. */
const SCRIPTS_PER_RECORDED = 17;
export interface SystemCampaignOptions extends Suspects {
  readonly budget: { readonly runs: number } | { readonly seconds: number };
  /** Ends after so many different findings. */
  readonly findingsMax: number;
  /** What most scripts are about; absent: anything. */
  readonly subject?: Subject;
  /** Another one like `system`: some scripts are run in two worlds. `all`: all are, and nothing else is done with them. */
  readonly pairs: { readonly twin: SystemUnderTest; readonly share: "some" | "all" } | null;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
  readonly isInterrupted: () => boolean;
  /** After each script: lets the outside live. */
  readonly onScript: (progress: SystemProgress) => Promise<void>;
}

export interface SystemProgress {
  readonly elapsedMs: number;
  readonly scripts: number;
  readonly steps: number;
  readonly findings: number;
}

export interface SystemCampaign extends SystemProgress {
  readonly format: "capwright-system-campaign";
  readonly version: 1;
  readonly seed: string;
  readonly signatures: readonly { readonly signature: string; readonly times: number }[];
  /** How it went on, in at most 200 points. */
  readonly timeline: readonly TimelinePoint[];
  readonly reach: readonly ReachRow[];
  readonly never: readonly string[];
  readonly undeclared: readonly string[];
  /** Runs in two worlds: what was compared and what was let go. */
  readonly pairs: PairTally | null;
  /** How often each rule of each oracle was tested. */
  readonly rules: readonly RuleCount[];
  /** Calls that the oracles do not follow, and in how many scripts nothing was judged behind one. */
  readonly unfollowed: readonly { readonly call: string; readonly scripts: number }[];
  readonly isInterrupted: boolean;
  readonly verdict: "holds" | "broken" | "unknown";
  readonly reason: string;
}

export interface PairTally {
  /** Steps after which two worlds looked the same. */
  readonly held: number;
  readonly vacuous: number;
  readonly frozen: number;
  readonly told: readonly { readonly call: string; readonly times: number }[];
}

export async function runSystemCampaign(options: SystemCampaignOptions): Promise<SystemCampaign> {
  const { seed, budget, clock, model, system, judged, compares } = options;
  const random = new Random(seed);
  const source = new ScriptSource(random, model, options.subject ?? null);
  const follower = compares
    ? new Follower(model, judged ?? system)
    : judged === null
      ? null
      : new Watched(judged);
  const reach = new SystemReach(model, compares);
  const hunt = options.pairs === null ? null : new PairHunt([system, options.pairs.twin]);
  const isAll = options.pairs?.share === "all";
  const timeline = new Timeline();
  const times = new Map<string, number>();
  const begun = clock();
  let [scripts, steps, isInterrupted] = [0, 0, false];
  const progress = () => ({ elapsedMs: clock() - begun, scripts, steps, findings: times.size });
  const isOver = () =>
    times.size >= options.findingsMax ||
    ("runs" in budget ? scripts >= budget.runs : clock() - begun >= budget.seconds * 1000);

  while (!isOver() && !isInterrupted) {
    random.restart(scripts);
    if (judged !== null) judged.isRecorded = judged.isAlone || scripts % SCRIPTS_PER_RECORDED === 3;
    const isSliced = compares && scripts % SCRIPTS_PER_SLICED === SCRIPTS_PER_SLICED - 1;
    const followed = isSliced
      ? inSlices(source, model, judged ?? system, reach)
      : follower === null
        ? make(source, reach)
        : follow(source, follower, judged, reach);
    const { script, taken, isFine } = followed;
    if (!isFine) investigate(options, script, scripts, times);
    else if (!isSliced && (isAll || scripts % SCRIPTS_PER_PAIR === 0))
      lookForLeaks(options, hunt, script, random, scripts, times);
    scripts++;
    steps += taken;
    timeline.add({ ...progress(), programs: scripts, reached: reach.reached() });
    await options.onScript(progress());
    isInterrupted = options.isInterrupted();
  }
  const signatures = [...times].map(([signature, count]) => ({ signature, times: count }));
  const ground = { ...progress(), signatures, never: reach.never(), undeclared: reach.undeclared() };
  const pairs = tallyOf(hunt);
  const rules = judged?.counts() ?? [];
  const unfollowed = [...(judged?.unfollowed ?? [])].map(([call, count]) => ({ call, scripts: count }));
  const verdict = verdictOf({ ...ground, pairs, rules, unfollowed });
  return {
    format: "capwright-system-campaign",
    version: 1,
    seed,
    ...ground,
    pairs,
    rules,
    unfollowed,
    timeline: timeline.points(),
    reach: reach.rows(),
    isInterrupted,
    ...verdict,
  };
}

function tallyOf(hunt: PairHunt | null): PairTally | null {
  if (hunt === null) return null;
  const { held, vacuous, frozen, told } = hunt.counts;
  return { held, vacuous, frozen, told: [...told].map(([call, times]) => ({ call, times })) };
}

function verdictOf({
  scripts,
  steps,
  signatures,
  never,
  undeclared,
  pairs,
  rules,
  unfollowed,
}: Pick<
  SystemCampaign,
  "scripts" | "steps" | "signatures" | "never" | "undeclared" | "pairs" | "rules" | "unfollowed"
>): Pick<SystemCampaign, "verdict" | "reason"> {
  const unknown = (reason: string) => ({ verdict: "unknown" as const, reason });
  if (signatures.length > 0) {
    return { verdict: "broken", reason: `${signatures.length} findings` };
  }
  if (steps === 0) return unknown("nothing was compared");
  if (pairs?.held === 0) return unknown("no step was compared in two worlds that differ");
  if (unfollowed.length > 0) {
    const told = unfollowed.map(({ call, scripts: count }) => `${call} (${count} scripts)`);
    return unknown(`nothing was judged behind calls that the oracles do not follow: ${told.join(", ")}`);
  }
  const untested = rules.filter(({ held, broken }) => held + broken === 0);
  if (scripts >= SCRIPTS_FOR_RULES && untested.length > 0) {
    return unknown(
      `rules never tested: ${untested.map(({ oracle, rule }) => `${oracle} ${rule}`).join(", ")}`,
    );
  }
  if (undeclared.length > 0) return unknown(`outcomes that nothing should have: ${undeclared.join(", ")}`);
  if (scripts >= SCRIPTS_FOR_REACH && never.length > 0) return unknown(`never reached: ${never.join(", ")}`);
  return { verdict: "holds", reason: `${steps.toLocaleString("en-US")} steps compared, no difference` };
}
