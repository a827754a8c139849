/** A campaign at this level: scripts one after the other, each step on both systems, until the budget is used up. */
import type { Step, StepReport, SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import { Timeline, type TimelinePoint } from "../campaign/timeline.ts";
import { Random } from "../generate/random.ts";
import { type SystemFinding, signatureOf } from "./finding.ts";
import { ScriptSource } from "./generate.ts";
import { compareSystems, Follower, stepsOf, UNSTEADY } from "./lockstep.ts";
import type { RuleCount } from "./oracle/docket.ts";
import { JudgedSystem } from "./oracle/judged.ts";
import { PairHunt } from "./oracle/pair/hunt.ts";
import { fieldsOfLeak } from "./oracle/pair/story.ts";
import { type ReachRow, SystemReach } from "./reach.ts";
import {
  type Failure,
  failureText,
  judgeScript,
  listingOf,
  runOn,
  stepOfFailure,
  violationIn,
} from "./replay.ts";
import { shrinkScript } from "./shrink.ts";
import { asSliced, runSlices } from "./slices.ts";

/** Steps of a script. */
const SCRIPT_STEPS = 200;
/** From so many scripts on, everything that can be reached must have been. */
const SCRIPTS_FOR_REACH = 2000;
/** From so many scripts on, every rule must have been tested. */
const SCRIPTS_FOR_RULES = 100;
/** One script in so many is run in two worlds, unless all are. */
const SCRIPTS_PER_PAIR = 4;
/** One script in so many is run in slices, with code of guests in it, and has so many steps. */
const SCRIPTS_PER_SLICED = 8;
const SLICED_STEPS = 60;
/** One script in so many is judged by each of its machine steps too; every eighth of those runs in slices. */
const SCRIPTS_PER_RECORDED = 17;
/** Scripts that are tried to shrink one. */
export const SHRINK_TESTS_MAX = 4000;

export interface SystemCampaignOptions {
  readonly seed: string;
  readonly budget: { readonly runs: number } | { readonly seconds: number };
  /** Ends after so many different findings. */
  readonly findingsMax: number;
  readonly model: SystemUnderTest;
  readonly system: SystemUnderTest;
  /** The same with oracles behind it, which judge every step; null: nobody does. */
  readonly judged: JudgedSystem | null;
  /** Whether the two are compared. */
  readonly compares: boolean;
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
  const source = new ScriptSource(random, model);
  const follower = compares
    ? new Follower(model, judged ?? system)
    : judged === null
      ? null
      : new Watched(judged);
  const reach = new SystemReach();
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

/** Makes a script on the reference alone. */
function make(source: ScriptSource, reach: SystemReach) {
  reach.begin();
  let taken = 0;
  const script = source.script(SCRIPT_STEPS, (step, report, _reports, before, after) => {
    taken++;
    reach.observe(step, report, before, after);
  });
  return { taken, script, isFine: true };
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

/** Takes steps on a system for its oracles alone. */
class Watched {
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
function follow(
  source: ScriptSource,
  follower: Pick<Follower, "begin" | "agrees" | "agreesInAll">,
  judged: JudgedSystem | null,
  reach: SystemReach,
) {
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
function inSlices(source: ScriptSource, model: SystemUnderTest, system: SystemUnderTest, reach: SystemReach) {
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

/** Makes a script that failed small, unless what is wrong with it is known. */
function investigate(
  options: SystemCampaignOptions,
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
  } as const;
  onFinding(finding, small.failure);
}

/** What is wrong with a script that is known to fail: a difference, or else the rule that is broken. */
function failureOf(
  script: SystemScript,
  { model, system, judged, compares }: SystemCampaignOptions,
): Failure {
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
