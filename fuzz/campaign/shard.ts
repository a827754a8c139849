import type { Program } from "../../model/contract.ts";
import { fetchedProgram } from "../generate/fetched-program.ts";
import type { Run } from "../lockstep/lockstep.ts";
import { type Difference, injectedProgram } from "../program/index.ts";
import type { Bench } from "./bench.ts";
import { Corpus, type Kept } from "./corpus.ts";

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
  /** One byte for each cell of the reach table: reached before, as far as this shard may know. */
  readonly seen: Uint8Array;
  readonly corpus: readonly Kept[];
  /** Shared between threads: not zero once the campaign ends, so that shards under way give up early. */
  readonly stop: Int32Array;
}

/** A program on which the machines differed, not looked at any further yet. */
export interface Suspect {
  readonly run: number;
  readonly program: Program;
  readonly difference: Difference;
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
  readonly kept: readonly Kept[];
  readonly suspects: readonly Suspect[];
}

/** Runs one shard. The same task gives the same result, unless it is stopped. */
export function runShard(bench: Bench, task: ShardTask): ShardResult {
  const { reach } = bench;
  const shard = new Shard(bench, task);
  reach.clear(task.seen);
  let programs = 0;
  while (programs < task.programs && Atomics.load(task.stop, 0) === 0) shard.run(programs++);

  const { kept, suspects, steps } = shard;
  const undeclared = [...reach.undeclared];
  return { shard: task.shard, programs, steps, ...reach.touched(), undeclared, kept, suspects };
}

class Shard {
  readonly kept: Kept[] = [];
  readonly suspects: Suspect[] = [];
  steps = 0;
  readonly #bench: Bench;
  readonly #source: ReturnType<Bench["source"]>;
  readonly #corpus = new Corpus(CORPUS_PROGRAMS);

  constructor(bench: Bench, { seed, shard, corpus }: ShardTask) {
    this.#bench = bench;
    this.#source = bench.source(`${seed} / shard ${shard}`, PROGRAM_WORDS_MAX);
    for (const program of corpus) this.#corpus.add(program);
  }

  /** Makes and runs program `number` of the shard. */
  run(number: number): void {
    const { lockstep, reach, model, canFetch } = this.#bench;
    const watch = reach.note.bind(reach);
    if (canFetch && number % MEMORY_EVERY === MEMORY_EVERY - 1) {
      const program = fetchedProgram(this.#source, model, MEMORY_STEPS);
      reach.begin(START);
      const withEnd = number % END_EVERY === END_EVERY - 1;
      this.#take(number, program, lockstep.program(program, watch, withEnd));
      return;
    }

    const words: number[] = [];
    const next = () => this.#source.next(model);
    this.#source.begin(this.#corpus.programs());
    reach.begin(START);
    const run = lockstep.generated(START, next, words, watch, number % END_EVERY === 0);
    this.#take(number, injectedProgram(words), run);
  }

  #take(number: number, program: Program, { steps, divergence }: Run): void {
    this.steps += steps;
    if (divergence !== null) {
      if (this.suspects.length === SUSPECTS_MAX) return;
      const { difference } = divergence;
      this.suspects.push({ run: number, program: upTo(program, difference), difference });
    } else if (this.#bench.reach.fresh > 0 && program.fetch === "injected") {
      const found = { words: Uint32Array.from(program.words), fresh: this.#bench.reach.fresh };
      this.#corpus.add(found);
      this.kept.push(found);
    }
  }
}

/** The program without what comes after the step that differs. */
function upTo(program: Program, { at }: Difference): Program {
  if (at === null) return program;
  const steps = at + 1;
  return program.fetch === "injected"
    ? injectedProgram(program.words.slice(0, steps))
    : { ...program, budgetSteps: steps };
}
