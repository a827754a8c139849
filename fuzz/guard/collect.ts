/** Finds few and short programs that decide every guard in every way that generation meets. */
import type { Program } from "../../model/contract.ts";
import { fetchedProgram } from "../generate/fetched-program.ts";
import { WordSource } from "../generate/word-source.ts";
import { prepare, stepCount, take } from "../lockstep/stepwise.ts";
import { injectedProgram } from "../program/index.ts";
import { directed } from "./directed.ts";
import type { InstrumentedModel } from "./instrumented-model.ts";

const WORDS_MAX = 128;
const FETCHED_STEPS = 200;
/** One generated program in so many lies in memory. */
const FETCHED_ONE_IN = 16;

type Model = ReturnType<InstrumentedModel["createModel"]>;

/** The cells that a program counts on a machine of this model. */
export function cellsOf(program: Program, model: Model, { tally }: InstrumentedModel): ReadonlySet<number> {
  tally.clear();
  prepare(model, program);
  const steps = stepCount(program);
  for (let at = 0; at < steps; at++) take(model, program, at);
  return new Set(tally.cells());
}

/** Programs that together count all that so many generated ones, the directed ones and those `known` do. */
export function collect(
  instrumented: InstrumentedModel,
  seed: string,
  runs: number,
  known: readonly Program[],
): Program[] {
  const model = instrumented.createModel();
  const candidates = [...generated(instrumented, model, seed, runs), ...directed, ...known];
  return trimmed(covering(candidates, model, instrumented), model, instrumented);
}

/** Those of the generated programs that count a cell for the first time; later ones descend from them. */
function generated(instrumented: InstrumentedModel, model: Model, seed: string, runs: number): Program[] {
  const source = new WordSource(seed, WORDS_MAX);
  const kept: Program[] = [];
  const known = new Set<number>();
  for (let run = 0; run < runs; run++) {
    const isFetched = run % FETCHED_ONE_IN === 0;
    const program = isFetched ? fetchedProgram(source, model, FETCHED_STEPS) : injected(source, model, kept);
    const cells = isFetched ? cellsOf(program, model, instrumented) : instrumented.tally.cells();
    if (addNew(known, cells)) kept.push(program);
    instrumented.tally.clear();
  }
  return kept;
}

function injected(source: WordSource, model: Model, ancestors: readonly Program[]): Program {
  const words: number[] = [];
  model.reset({ preset: "dii" });
  source.begin(ancestors);
  for (let word = source.next(model); word >= 0; word = source.next(model)) {
    words.push(word);
    model.inject(word);
  }
  return injectedProgram(words);
}

/** Adds cells; whether any was new. */
function addNew(known: Set<number>, cells: Iterable<number>): boolean {
  const before = known.size;
  for (const cell of cells) known.add(cell);
  return known.size > before;
}

/** Without those that add nothing to the ones behind them, which are the rarer. */
function covering(programs: readonly Program[], model: Model, instrumented: InstrumentedModel): Program[] {
  const known = new Set<number>();
  return programs.toReversed().filter((program) => addNew(known, cellsOf(program, model, instrumented)));
}

/**
 * The same cells with fewer words: what a program adds to those before it is kept, what it repeats is not.
 */
function trimmed(programs: readonly Program[], model: Model, instrumented: InstrumentedModel): Program[] {
  const known = new Set<number>();
  return programs.flatMap((program) => {
    const own = new Set([...cellsOf(program, model, instrumented)].filter((cell) => !known.has(cell)));
    // A shortened program does other things too, so that nothing may be left to add.
    if (own.size === 0) return [];
    const short = program.fetch === "memory" ? program : shortened(program, own, model, instrumented);
    addNew(known, cellsOf(short, model, instrumented));
    return [short];
  });
}

function shortened(
  program: Program,
  cells: ReadonlySet<number>,
  model: Model,
  instrumented: InstrumentedModel,
): Program {
  let words = program.words;
  for (let size = words.length >> 1; size >= 1; size >>= 1) {
    for (let at = words.length - size; at >= 0; at -= size) {
      const shorter = injectedProgram(words.toSpliced(at, size));
      const left = cellsOf(shorter, model, instrumented);
      if ([...cells].every((cell) => left.has(cell))) words = shorter.words;
    }
  }
  return injectedProgram(words);
}
