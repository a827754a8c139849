import type { Program } from "../../model/contract.ts";
import type { AcceptedDifference } from "../finding/accepted.ts";
import { earlierOf } from "../finding/charge.ts";
import { fetchedProgram } from "../generate/fetched-program.ts";
import type { Run } from "../lockstep/lockstep.ts";
import { codeBytes } from "../lockstep/stepwise.ts";
import type { ClauseCount } from "../oracle/judge.ts";
import { type Evidence, injectedProgram, type Objector } from "../program/index.ts";
import type { Bench } from "./bench.ts";
import { since } from "./clause.ts";
import { Corpus, type Kept } from "./corpus.ts";
import { Watcher } from "./watcher.ts";

/** Programs of a whole shard: some hundredths of a second of work. */
export const SHARD_PROGRAMS = 128;

/** Words of the longest generated program. */
export const PROGRAM_WORDS_MAX = 128;

/** Programs that a campaign keeps for mutation. */
export const CORPUS_PROGRAMS = 256;

/** One program in so many lies in memory, where it is fetched, loops, and may change itself. */
const MEMORY_EVERY = 8;

/** The end state of one program in so many of either kind is compared, the steps of every one. */
export const END_EVERY = 64;

/** Steps of a program in memory. */
const MEMORY_STEPS = 256;

/** Suspects that a shard reports in full; it only counts the others. */
const SUSPECTS_MAX = 16;

const START = { preset: "dii" } as const;

/** The unit of a campaign's work: everything that decides which programs it runs. Plain data. */
export interface ShardTask {
  readonly seed: string;
  readonly shard: number;
  readonly programs: number;
  readonly faults: readonly string[];
  readonly oracles: readonly Objector[];
  /** Differences that are let pass. */
  readonly accepted: readonly AcceptedDifference[];
  /** Whether the shard ends with its first suspect. */
  readonly untilSuspect: boolean;
  /** One byte for each cell of the reach table: reached before, as far as this shard may know. */
  readonly seen: Uint8Array;
  readonly corpus: readonly Kept[];
  /** Shared between threads: not zero once the campaign ends, so that shards under way give up early. */
  readonly stop: Int32Array;
}

/** A program that something speaks against, not looked at any further yet. */
export interface Suspect {
  readonly run: number;
  readonly program: Program;
  readonly evidence: Evidence;
}

/** What a shard found out. Plain data. */
export interface ShardResult {
  readonly shard: number;
  readonly programs: number;
  readonly steps: number;
  /** Cells of the reach table that were touched, and how often. */
  readonly cells: Uint32Array;
  readonly counts: Uint32Array;
  readonly undeclared: readonly string[];
  /** How often each rule of the oracles was tested. */
  readonly clauses: readonly ClauseCount[];
  /** How often each of the accepted differences was met. */
  readonly accepted: readonly number[];
  readonly kept: readonly Kept[];
  readonly suspects: readonly Suspect[];
}

/** Runs one shard. The same task gives the same result, unless it is stopped. */
export function runShard(bench: Bench, task: ShardTask): ShardResult {
  const { reach, judge } = bench;
  const shard = new Shard(bench, task);
  reach.clear(task.seen);
  const before = judge.counts();
  const passed = [...bench.accepted];
  let programs = 0;
  while (programs < task.programs && Atomics.load(task.stop, 0) === 0 && !shard.isOver()) {
    shard.run(programs++);
  }

  const { kept, suspects, steps } = shard;
  const undeclared = [...reach.undeclared];
  const clauses = since(before, judge.counts());
  const accepted = bench.accepted.map((count, at) => count - passed[at]!);
  const found = { ...reach.touched(), undeclared, clauses, accepted, kept, suspects };
  return { shard: task.shard, programs, steps, ...found };
}

class Shard {
  readonly kept: Kept[] = [];
  readonly suspects: Suspect[] = [];
  steps = 0;
  readonly #bench: Bench;
  readonly #source: ReturnType<Bench["source"]>;
  readonly #corpus = new Corpus(CORPUS_PROGRAMS);
  readonly #watcher: Watcher;
  readonly #untilSuspect: boolean;

  constructor(bench: Bench, { seed, shard, corpus, untilSuspect }: ShardTask) {
    this.#bench = bench;
    this.#watcher = new Watcher(bench.reach, bench.judge);
    this.#untilSuspect = untilSuspect;
    this.#source = bench.source(`${seed} / shard ${shard}`, PROGRAM_WORDS_MAX);
    for (const program of corpus) this.#corpus.add(program);
  }

  isOver(): boolean {
    return this.#untilSuspect && this.suspects.length > 0;
  }

  /** Makes and runs program `number` of the shard. */
  run(number: number): void {
    const { lockstep, model, canFetch } = this.#bench;
    const watcher = this.#watcher;
    if (canFetch && number % MEMORY_EVERY === MEMORY_EVERY - 1) {
      const program = fetchedProgram(this.#source, model, MEMORY_STEPS);
      watcher.begin(START, codeBytes(program.words));
      const withEnd = number % END_EVERY === END_EVERY - 1;
      this.#take(number, program, lockstep.program(program, watcher.step, withEnd), withEnd);
      return;
    }

    const words: number[] = [];
    const next = () => this.#source.next(model);
    this.#source.begin(this.#corpus.programs());
    watcher.begin(START, null);
    const withEnd = number % END_EVERY === 0;
    const run = lockstep.generated(START, next, words, watcher.step, withEnd);
    this.#take(number, injectedProgram(words), run, withEnd);
  }

  #take(number: number, program: Program, { steps, divergence }: Run, withEnd: boolean): void {
    const watcher = this.#watcher;
    if (withEnd && divergence === null) watcher.end(this.#bench.model.state());
    const evidence = earlierOf(divergence?.difference ?? null, watcher.violation);
    this.steps += evidence === null || evidence.at === null ? steps : evidence.at + 1;
    if (evidence !== null) {
      if (this.suspects.length === SUSPECTS_MAX) return;
      this.suspects.push({ run: number, program: upTo(program, evidence), evidence });
    } else if (this.#bench.reach.fresh > 0 && program.fetch === "injected") {
      const found = { words: Uint32Array.from(program.words), fresh: this.#bench.reach.fresh };
      this.#corpus.add(found);
      this.kept.push(found);
    }
  }
}

/** The program without what comes after the step in question. */
function upTo(program: Program, { at }: Evidence): Program {
  if (at === null) return program;
  const steps = at + 1;
  return program.fetch === "injected"
    ? injectedProgram(program.words.slice(0, steps))
    : { ...program, budgetSteps: steps };
}
