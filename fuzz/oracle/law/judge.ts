/** Judges capability libraries by every law: exhaustively at a toy format, and by samples at larger ones. */
import { Random } from "../../generate/random.ts";
import { breachText } from "./breach-text.ts";
import { type Extent, tryEverything } from "./exhaustive.ts";
import { format64, format128, type LawFormat, smallFormat, toyFormat } from "./format.ts";
import { type ImplModule, implLibrary, isEmittable } from "./impl-library.ts";
import { laws } from "./laws.ts";
import type { CapabilityLibrary } from "./library.ts";
import { type ModelModules, modelLibrary } from "./model-library.ts";
import { trySample } from "./sample.ts";
import { shrunk } from "./shrink.ts";
import { subjectOf } from "./subject.ts";
import { type Tally, type Try, tallies, tryingAll } from "./trial.ts";

export interface JudgeOptions {
  /** The modules of the library of either machine, or of a variant of it; one that is left out is not judged. */
  readonly model?: ModelModules;
  readonly impl?: ImplModule;
  /** Decides every sample. */
  readonly seed: string;
  /** How much is sampled at each larger format of each library, or for how long in all. */
  readonly budget: { readonly samples: number } | { readonly seconds: number };
  /** Whether the toy format is gone through, too. */
  readonly exhaustive: boolean;
  /** The end of the judgement: with the first law that is broken, or with the budget. */
  readonly until: "first breach" | "budget";
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
}

/** What was found out about one law on one library, over all formats. */
export interface LawCount {
  readonly library: string;
  readonly law: string;
  readonly holds: number;
  readonly vacuous: number;
  readonly broken: number;
}

export interface LawBreach {
  readonly library: string;
  readonly format: string;
  readonly law: string;
  /** The law, the shrunk operands, what was expected: for a reader. */
  readonly text: readonly string[];
}

export interface LawReport {
  /** Broken: a law is. Unknown: some law was never found true. */
  readonly verdict: "holds" | "broken" | "unknown";
  readonly reason: string;
  readonly seed: string;
  readonly counts: readonly LawCount[];
  /** The first broken law first; each law once for each library. */
  readonly breaches: readonly LawBreach[];
  readonly toy: Readonly<Record<string, Extent>>;
  /** Samples drawn, over all libraries and formats. */
  readonly samples: number;
  readonly elapsedMs: number;
}

/** Samples between two looks at the clock. */
const ROUND_SAMPLES = 50;

/** A library at one format. */
interface Bench {
  readonly format: LawFormat;
  trySamples(count: number, round: number): void;
  tryAll(): Extent;
}

interface Candidate {
  readonly name: string;
  readonly tally: Tally[];
  readonly toy: Bench;
  readonly larger: readonly Bench[];
}

export function judgeLaws(options: JudgeOptions): LawReport {
  const { seed, budget, clock } = options;
  const startMs = clock();
  const candidates = candidatesOf(options);
  const isOver = () => options.until === "first breach" && candidates.some(({ tally }) => isBroken(tally));
  const toy: Record<string, Extent> = {};
  let samples = 0;

  const sampleRound = (round: number, count: number): void => {
    for (const { larger } of candidates) {
      for (const bench of larger) {
        if (isOver()) return;
        bench.trySamples(count, round);
        samples += count;
      }
    }
  };
  const isSpent = (round: number): boolean => {
    if ("seconds" in budget) return clock() - startMs >= budget.seconds * 1000;
    return round * ROUND_SAMPLES >= budget.samples;
  };

  for (let round = 0; !isOver() && !isSpent(round); round++) {
    const left = "seconds" in budget ? ROUND_SAMPLES : budget.samples - round * ROUND_SAMPLES;
    sampleRound(round, Math.min(ROUND_SAMPLES, left));
    // A first round of samples finds what is badly broken sooner than the toy format does.
    if (round === 0 && options.exhaustive) goThroughToy();
  }
  const told = candidates.flatMap(({ name, tally }) => breachesOf(name, tally));
  const counts = candidates.flatMap(({ name, tally }) => countsOf(name, tally));
  return { ...verdictOf(counts), seed, counts, breaches: told, toy, samples, elapsedMs: clock() - startMs };

  function goThroughToy(): void {
    for (const { name, toy: bench } of candidates) {
      if (!isOver()) toy[name] = bench.tryAll();
    }
  }
}

function isBroken(tally: readonly Tally[]): boolean {
  return tally.some(({ broken }) => broken > 0);
}

function candidatesOf({ model, impl, seed, until }: JudgeOptions): Candidate[] {
  const makers: ((format: LawFormat) => CapabilityLibrary | null)[] = [];
  if (model !== undefined) makers.push((format) => modelLibrary(model, format));
  if (impl !== undefined) makers.push((format) => (isEmittable(format) ? implLibrary(impl, format) : null));
  return makers.map((make) => {
    const tally = tallies(laws);
    const bench = (format: LawFormat): Bench[] => {
      const library = make(format);
      return library === null ? [] : [benchOf(library, format, tally, seed, until)];
    };
    const [toy, ...larger] = [toyFormat, smallFormat, format64, format128].flatMap(bench);
    return { name: make(toyFormat)!.name, tally, toy: toy!, larger };
  });
}

function benchOf(
  library: CapabilityLibrary,
  format: LawFormat,
  tally: Tally[],
  seed: string,
  until: JudgeOptions["until"],
): Bench {
  const subject = subjectOf(library, format);
  const attempt: Try = tryingAll(subject, tally);
  const random = new Random(`${seed} / laws, ${format.name} format`);
  return {
    format,
    trySamples: (count, round) => {
      random.restart(round);
      for (let sample = 0; sample < count; sample++) trySample(subject, random, attempt);
    },
    tryAll: () => tryEverything(subject, attempt, () => until === "first breach" && isBroken(tally)),
  };
}

function countsOf(library: string, tally: readonly Tally[]): LawCount[] {
  return tally.map(({ law, holds, vacuous, broken }) => ({ library, law: law.name, holds, vacuous, broken }));
}

function breachesOf(library: string, tally: readonly Tally[]): LawBreach[] {
  return tally.flatMap(({ law, first }) => {
    if (first === null) return [];
    const { name: format } = first.subject.format;
    return [{ library, format, law: law.name, text: breachText(shrunk(first)) }];
  });
}

function verdictOf(counts: readonly LawCount[]): Pick<LawReport, "verdict" | "reason"> {
  const broken = counts.find((count) => count.broken > 0);
  if (broken !== undefined) return { verdict: "broken", reason: `${broken.library}: ${broken.law}` };
  const idle = counts.find(({ holds }) => holds === 0);
  if (counts.length === 0) return { verdict: "unknown", reason: "no library was judged" };
  if (idle !== undefined) {
    return { verdict: "unknown", reason: `${idle.library}: ${idle.law} was never found true` };
  }
  return { verdict: "holds", reason: "every law was found true, and none broken" };
}
