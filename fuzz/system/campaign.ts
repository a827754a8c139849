/** A campaign at this level: scripts one after the other, each step on both systems, until the budget is used up. */
import type { SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import { Random } from "../generate/random.ts";
import { type SystemFinding, signatureOf } from "./finding.ts";
import { ScriptSource } from "./generate.ts";
import { compareSystems, Follower, stepsOf, UNSTEADY } from "./lockstep.ts";
import { PairHunt } from "./oracle/pair/hunt.ts";
import { fieldsOfLeak } from "./oracle/pair/story.ts";
import { type ReachRow, SystemReach } from "./reach.ts";
import { type Failure, failureText, judgeScript, listingOf, runOn, stepOfFailure } from "./replay.ts";
import { shrinkScript } from "./shrink.ts";

/** Steps of a script. */
const SCRIPT_STEPS = 200;
/** From so many scripts on, everything that can be reached must have been. */
const SCRIPTS_FOR_REACH = 2000;
/** One script in so many is run in two worlds, unless all are. */
const SCRIPTS_PER_PAIR = 4;
/** Scripts that are tried to shrink one. */
export const SHRINK_TESTS_MAX = 4000;

export interface SystemCampaignOptions {
  readonly seed: string;
  readonly budget: { readonly runs: number } | { readonly seconds: number };
  /** Ends after so many different findings. */
  readonly findingsMax: number;
  readonly model: SystemUnderTest;
  readonly system: SystemUnderTest;
  /** Another one like `system`: some scripts are run in two worlds. `all`: all are, and nothing else is done with them. */
  readonly pairs: { readonly twin: SystemUnderTest; readonly share: "some" | "all" } | null;
  /** Milliseconds from any fixed moment. */
  readonly clock: () => number;
  readonly isInterrupted: () => boolean;
  /** After each script: lets the outside live. */
  readonly onScript: (progress: SystemProgress) => Promise<void>;
  readonly onFinding: (finding: Omit<SystemFinding, "story">, failure: Failure) => void;
}

export interface SystemProgress {
  readonly elapsedMs: number;
  readonly scripts: number;
  readonly steps: number;
  readonly findings: number;
}

export interface SystemCampaign extends SystemProgress {
  readonly seed: string;
  readonly signatures: readonly { readonly signature: string; readonly times: number }[];
  readonly reach: readonly ReachRow[];
  readonly never: readonly string[];
  readonly undeclared: readonly string[];
  /** Runs in two worlds: what was compared and what was let go. */
  readonly pairs: PairTally | null;
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
  const { seed, budget, clock, model, system } = options;
  const random = new Random(seed);
  const source = new ScriptSource(random, model);
  const follower = new Follower(model, system);
  const reach = new SystemReach();
  const hunt = options.pairs === null ? null : new PairHunt([system, options.pairs.twin]);
  const isAll = options.pairs?.share === "all";
  const times = new Map<string, number>();
  const begun = clock();
  let [scripts, steps, isInterrupted] = [0, 0, false];
  const progress = () => ({ elapsedMs: clock() - begun, scripts, steps, findings: times.size });
  const isOver = () =>
    times.size >= options.findingsMax ||
    ("runs" in budget ? scripts >= budget.runs : clock() - begun >= budget.seconds * 1000);

  while (!isOver() && !isInterrupted) {
    random.restart(scripts);
    const { script, taken, agrees } = isAll ? make(source, reach) : follow(source, follower, reach);
    if (!agrees) investigate(options, script, scripts, times);
    else if (isAll || scripts % SCRIPTS_PER_PAIR === 0)
      lookForLeaks(options, hunt, script, random, scripts, times);
    scripts++;
    steps += taken;
    await options.onScript(progress());
    isInterrupted = options.isInterrupted();
  }
  const signatures = [...times].map(([signature, count]) => ({ signature, times: count }));
  const ground = { ...progress(), signatures, never: reach.never(), undeclared: reach.undeclared() };
  const pairs = tallyOf(hunt);
  return { seed, ...ground, pairs, reach: reach.rows(), isInterrupted, ...verdictOf({ ...ground, pairs }) };
}

/** Makes a script on the reference alone. */
function make(source: ScriptSource, reach: SystemReach) {
  reach.begin();
  let taken = 0;
  const script = source.script(SCRIPT_STEPS, (step, report, _reports, before, after) => {
    taken++;
    reach.observe(step, report, before, after);
  });
  return { taken, script, agrees: true };
}

function tallyOf(hunt: PairHunt | null): PairTally | null {
  if (hunt === null) return null;
  const { held, vacuous, frozen, told } = hunt.counts;
  return { held, vacuous, frozen, told: [...told].map(([call, times]) => ({ call, times })) };
}

/** Runs a script in two worlds. A leak is made small, unless it is known. */
function lookForLeaks(
  { seed, system, onFinding }: SystemCampaignOptions,
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
  } as const;
  onFinding(finding, { kind: "leak", system: system.name, pair, leak });
}

/** Makes a script on the reference while the other follows, until they part. */
function follow(source: ScriptSource, follower: Follower, reach: SystemReach) {
  follower.begin();
  reach.begin();
  const run = { taken: 0, agrees: true };
  const script = source.script(SCRIPT_STEPS, (step, report, reports, before, after) => {
    if (!run.agrees) return;
    run.taken++;
    run.agrees = follower.agrees(step, report, reports, after);
    reach.observe(step, report, before, after);
  });
  return { ...run, script, agrees: run.agrees && follower.agreesInAll() };
}

/** Makes a script that failed small, unless what is wrong with it is known. */
function investigate(
  { model, system, seed, onFinding }: SystemCampaignOptions,
  script: SystemScript,
  run: number,
  times: Map<string, number>,
): void {
  const last = stepsOf(script).length - 1;
  const difference = compareSystems(script, model, system) ?? { at: last, fields: [UNSTEADY] };
  const signature = signatureOf(script, { kind: "difference", difference });
  times.set(signature, (times.get(signature) ?? 0) + 1);
  if (times.get(signature)! > 1) return;
  const small = shrinkFailure(script, { kind: "difference", difference }, model, system);
  const { failure } = small;
  if (failure.kind !== "difference") return;
  const { at, fields } = failure.difference;
  const finding = {
    format: "capwright-system-finding",
    version: 1,
    signature,
    origin: { seed, run },
    script: small.script,
    shrunk: small.isMinimal,
    at,
    fields,
  } as const;
  onFinding(finding, failure);
}

/** The smallest script that fails with the same signature, and how it fails. */
export function shrinkFailure(
  script: SystemScript,
  failure: Failure,
  model: SystemUnderTest,
  system: SystemUnderTest,
): { script: SystemScript; failure: Failure; isMinimal: boolean; tests: number } {
  const signature = signatureOf(script, failure);
  const judge = failure.kind === "difference" ? differenceOf : judgeScript;
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

/** What happened in a script that fails, and how to see it again, line by line. */
export function storyOf(
  script: SystemScript,
  failure: Failure,
  reference: SystemUnderTest,
  path: string,
): string[] {
  return [
    ...listingOf(script, reference, stepOfFailure(failure)),
    ...failureText(failure),
    `again: capwright replay ${path}`,
  ];
}

function verdictOf({
  scripts,
  steps,
  signatures,
  never,
  undeclared,
  pairs,
}: Pick<SystemCampaign, "scripts" | "steps" | "signatures" | "never" | "undeclared" | "pairs">): Pick<
  SystemCampaign,
  "verdict" | "reason"
> {
  const unknown = (reason: string) => ({ verdict: "unknown" as const, reason });
  if (signatures.length > 0) {
    return { verdict: "broken", reason: `${signatures.length} findings` };
  }
  if (steps === 0) return unknown("nothing was compared");
  if (pairs?.held === 0) return unknown("no step was compared in two worlds that differ");
  if (undeclared.length > 0) return unknown(`outcomes that nothing should have: ${undeclared.join(", ")}`);
  if (scripts >= SCRIPTS_FOR_REACH && never.length > 0) return unknown(`never reached: ${never.join(", ")}`);
  return { verdict: "holds", reason: `${steps.toLocaleString("en-US")} steps compared, no difference` };
}
