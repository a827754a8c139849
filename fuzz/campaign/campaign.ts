import { BadInput } from "../bad-input.ts";
import type { AcceptedDifference } from "../finding/accepted.ts";
import type { Stored } from "../finding/store.ts";
import type { Untold } from "../finding/story.ts";
import type { ClauseCount } from "../oracle/judge.ts";
import type { Finding, Objector } from "../program/index.ts";
import { reachedOutcomes, tableOf } from "../reach/table.ts";
import { accepting, type Bench, createBench } from "./bench.ts";
import { since, together } from "./clause.ts";
import { Corpus, type Kept } from "./corpus.ts";
import { type Crew, loneCrew, threadedCrew } from "./crew.ts";
import type { CampaignRecord, CanaryResult } from "./record.ts";
import { CORPUS_PROGRAMS, SHARD_PROGRAMS, type ShardResult, type ShardTask } from "./shard.ts";
import { Suspects } from "./suspects.ts";
import { Timeline } from "./timeline.ts";
import { isMissed, verdictOf } from "./verdict.ts";

/**
 * Shards under way at once, whatever the number of workers. A shard knows the results of all shards but the
 * last so many before it: that makes its programs the same with any number of workers.
 */
const SHARDS_AHEAD = 32;

export interface CampaignOptions {
  /** Any text: together with the version of capwright it decides every program. */
  readonly seed: string;
  readonly budget: { readonly runs: number } | { readonly seconds: number };
  /** Worker threads, each with a bounded heap; 0 stays in this thread. At most 32. */
  readonly workers: number;
  /** Faults to plant in the engine on purpose. */
  readonly faults: readonly string[];
  /** Who may object. */
  readonly oracles: readonly Objector[];
  /** Differences that are let pass. */
  readonly accepted: readonly AcceptedDifference[];
  /** What became of the canaries: if one was missed nothing is run, and the verdict is unknown. */
  readonly canaries: readonly CanaryResult[];
  /** The campaign ends after so many different findings. */
  readonly findingsMax: number;
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
  /** Ends the campaign early, with a verdict on what was done so far. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Stores a finding and tells its story; without it findings stay in memory. */
  readonly store?: (untold: Untold) => Stored;
  /** Told once for each different finding, with the file it was stored in. */
  readonly onFinding?: (finding: Finding, path: string | null) => void;
  /** Machines other than the model and the engine; then there is one worker. */
  readonly bench?: Bench;
}

/** How far a campaign is. */
export interface Progress {
  readonly elapsedMs: number;
  readonly programs: number;
  readonly steps: number;
  /** Outcomes of instructions that were reached, of those that are declared. */
  readonly reached: number;
  readonly declared: number;
  readonly findings: number;
}

/** A campaign's outcome: its record and the programs worth keeping. */
export interface CampaignResult {
  readonly record: CampaignRecord;
  readonly findings: readonly Finding[];
  readonly corpus: readonly Kept[];
}

/**
 * Runs programs on both machines until the budget is used, enough findings are made, or somebody ends it.
 *
 * With a budget of runs the same seed gives the same programs, findings and verdict for any number of workers.
 */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const plain = options.bench ?? (await createBench(options.faults, options.oracles));
  const bench = accepting(plain, options.accepted);
  const isLone = options.workers === 0 || options.bench !== undefined;
  const crew = isLone ? loneCrew(bench) : threadedCrew(options.workers);
  const campaign = new Campaign(options, bench);
  const halt = () => campaign.halt();
  options.signal?.addEventListener("abort", halt);
  try {
    await campaign.run(crew);
  } finally {
    options.signal?.removeEventListener("abort", halt);
    await crew.close();
  }
  return campaign.result();
}

class Campaign {
  readonly #options: CampaignOptions;
  readonly #bench: Bench;
  readonly #started: number;
  readonly #stop = new Int32Array(new SharedArrayBuffer(4));
  readonly #counts: Float64Array;
  readonly #seen: Uint8Array;
  readonly #corpus = new Corpus(CORPUS_PROGRAMS);
  readonly #undeclared = new Set<string>();
  #clauses: readonly ClauseCount[];
  readonly #accepted: number[];
  readonly #suspects: Suspects;
  readonly #timeline = new Timeline();
  #programs = 0;
  #steps = 0;
  #obstacle: string | null = null;

  constructor(options: CampaignOptions, bench: Bench) {
    this.#options = options;
    this.#bench = bench;
    this.#started = options.clock();
    this.#counts = new Float64Array(bench.layout.cells);
    this.#seen = new Uint8Array(bench.layout.cells);
    this.#clauses = since(bench.judge.counts(), bench.judge.counts());
    this.#accepted = options.accepted.map(() => 0);
    this.#suspects = new Suspects(options, bench);
  }

  /** Makes the shards under way give up. */
  halt(): void {
    Atomics.store(this.#stop, 0, 1);
  }

  /**
   * Hands out shards in order and takes their results in the same order. Whatever ends the campaign before its
   * budget is used stops the shards under way; once there are enough findings, what they did no longer counts.
   */
  async run(crew: Crew): Promise<void> {
    const ahead: Promise<ShardResult>[] = [];
    try {
      let shard = 0;
      while (this.#mayGoOn(shard)) {
        ahead.push(crew.run(this.#task(shard++)));
        if (ahead.length === SHARDS_AHEAD) this.#take(await ahead.shift()!);
      }
      if (programsOf(this.#options.budget, shard) > 0) this.halt();
      while (ahead.length > 0 && !this.#suspects.isFull()) this.#take(await ahead.shift()!);
    } catch (error) {
      this.#obstacle = error instanceof BadInput ? error.message : `a worker died: ${String(error)}`;
    }
    this.halt();
    await Promise.allSettled(ahead);
  }

  result(): CampaignResult {
    const { seed, budget, workers, faults, accepted, canaries, clock } = this.#options;
    const { oracles, canFetch } = this.#bench;
    const findings = this.#suspects.findings();
    const reach = tableOf(this.#bench.layout, this.#counts);
    const undeclared = [...this.#undeclared].sort();
    const ground = {
      steps: this.#steps,
      oracles,
      reach,
      undeclared,
      clauses: this.#clauses,
      passed: this.#accepted.reduce((sum, times) => sum + times, 0),
      canFetch,
      canaries,
      findings: findings.map(({ oracle }) => oracle),
      obstacle: this.#obstacle ?? this.#shortfall(),
    };
    const record: CampaignRecord = {
      format: "capwright-campaign",
      version: 1,
      seed,
      budget,
      workers,
      machines: { expect: this.#bench.model.name, actual: this.#bench.actual.name },
      faults,
      oracles,
      canaries,
      ...verdictOf(ground),
      interrupted: this.#options.signal?.aborted ?? false,
      programs: this.#programs,
      steps: this.#steps,
      elapsedMs: Math.round(clock() - this.#started),
      timeline: this.#timeline.points(),
      reach,
      undeclared,
      clauses: this.#clauses,
      accepted: accepted.map(({ name, until }, at) => ({ name, until, times: this.#accepted[at]! })),
      findings: this.#suspects.entries(),
    };
    return { record, findings, corpus: this.#corpus.programs() };
  }

  /** Fewer programs than were asked for, though nobody ended the campaign: something is wrong with it. */
  #shortfall(): string | null {
    const { budget, signal } = this.#options;
    if (!("runs" in budget) || signal?.aborted === true || this.#suspects.isFull()) return null;
    return this.#programs < budget.runs ? `${this.#programs} of ${budget.runs} programs ran` : null;
  }

  #mayGoOn(shard: number): boolean {
    if (this.#options.signal?.aborted === true || this.#suspects.isFull()) return false;
    if (this.#options.canaries.some(isMissed)) return false;
    return programsOf(this.#options.budget, shard) > 0 && !this.#isLate();
  }

  #isLate(): boolean {
    const { budget, clock } = this.#options;
    return "seconds" in budget && clock() - this.#started >= budget.seconds * 1000;
  }

  #task(shard: number): ShardTask {
    return {
      seed: this.#options.seed,
      shard,
      programs: programsOf(this.#options.budget, shard),
      faults: this.#options.faults,
      oracles: this.#bench.oracles,
      accepted: this.#options.accepted,
      untilSuspect: this.#options.findingsMax === 1,
      seen: this.#seen.slice(),
      corpus: [...this.#corpus.programs()],
      stop: this.#stop,
    };
  }

  #take(result: ShardResult): void {
    this.#programs += result.programs;
    this.#steps += result.steps;
    result.cells.forEach((cell, at) => {
      this.#counts[cell]! += result.counts[at]!;
      this.#seen[cell] = 1;
    });
    this.#clauses = together(this.#clauses, result.clauses);
    result.accepted.forEach((times, at) => {
      this.#accepted[at]! += times;
    });
    for (const kept of result.kept) this.#corpus.add(kept);
    for (const outcome of result.undeclared) this.#undeclared.add(outcome);
    this.#suspects.consider(result);
    const progress = this.#progress();
    this.#timeline.add(progress);
    this.#options.onProgress?.(progress);
  }

  #progress(): Progress {
    return {
      elapsedMs: this.#options.clock() - this.#started,
      programs: this.#programs,
      steps: this.#steps,
      ...reachedOutcomes(this.#bench.layout, this.#counts),
      findings: this.#suspects.findings().length,
    };
  }
}

/** How many programs a shard has: the last shard of a budget of runs has the rest, those beyond it none. */
function programsOf(budget: CampaignOptions["budget"], shard: number): number {
  if ("seconds" in budget) return SHARD_PROGRAMS;
  return Math.max(0, Math.min(SHARD_PROGRAMS, budget.runs - shard * SHARD_PROGRAMS));
}
