/** Judges capability libraries by every law: exhaustively at a toy format, and by samples at larger ones. */
import { breachText } from "./breach-text.ts";
import { type Candidate, candidatesOf } from "./candidate.ts";
import type { Extent } from "./exhaustive.ts";
import type { ImplModule } from "./impl-library.ts";
import type { Law } from "./law.ts";
import { laws } from "./laws.ts";
import type { ModelModules } from "./model-library.ts";
import { shrunk } from "./shrink.ts";
import type { Tally } from "./trial.ts";

export interface JudgeOptions {
  /** The modules of the library of either machine, or of a variant of it; one that is left out is not judged. */
  readonly model?: ModelModules;
  readonly impl?: ImplModule;
  /** Every law if left out. */
  readonly laws?: readonly Law[];
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
  /** 1 if the law was broken; it was not tried further then. */
  readonly broken: 0 | 1;
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
  /** Each broken law once for each library, in the order of the laws. */
  readonly breaches: readonly LawBreach[];
  readonly toy: Readonly<Record<string, Extent>>;
  /** Samples drawn, over all libraries and formats. */
  readonly samples: number;
  readonly elapsedMs: number;
}

/** Samples between two looks at the clock. */
const ROUND_SAMPLES = 50;

export function judgeLaws(options: JudgeOptions): LawReport {
  const { budget, clock, exhaustive } = options;
  const startMs = clock();
  const candidates = candidatesOf({ ...options, laws: options.laws ?? laws });
  const isSettled = () =>
    candidates.every(isAllBroken) || (options.until === "first breach" && candidates.some(isBroken));
  const isSpent = (drawn: number) =>
    "seconds" in budget ? clock() - startMs >= budget.seconds * 1000 : drawn >= budget.samples;
  const toy: Record<string, Extent> = {};
  let samples = 0;

  const drawRound = (drawn: number): void => {
    const count = "seconds" in budget ? ROUND_SAMPLES : Math.min(ROUND_SAMPLES, budget.samples - drawn);
    for (const { larger } of candidates) {
      for (const draw of larger) {
        if (isSettled()) return;
        draw(count, drawn);
        samples += count;
      }
    }
  };

  // A first round finds what is badly broken sooner than the toy format does.
  if (!isSpent(0)) drawRound(0);
  for (const { name, tryToy } of candidates) {
    if (exhaustive && !isSettled()) toy[name] = tryToy(isSettled);
  }
  for (let drawn = ROUND_SAMPLES; !isSettled() && !isSpent(drawn); drawn += ROUND_SAMPLES) drawRound(drawn);

  const counts = candidates.flatMap(countsOf);
  const breaches = candidates.flatMap(breachesOf);
  return {
    ...verdictOf(counts),
    seed: options.seed,
    counts,
    breaches,
    toy,
    samples,
    elapsedMs: clock() - startMs,
  };
}

function isBroken({ tally }: Candidate): boolean {
  return tally.some(({ first }) => first !== null);
}

function isAllBroken({ tally }: Candidate): boolean {
  return tally.every(({ first }) => first !== null);
}

function countsOf({ name, tally }: Candidate): LawCount[] {
  return tally.map(({ law, holds, vacuous, first }) => ({
    library: name,
    law: law.name,
    holds,
    vacuous,
    broken: first === null ? 0 : 1,
  }));
}

function breachesOf({ name, tally }: Candidate): LawBreach[] {
  return tally.flatMap(({ law, first }: Tally) => {
    if (first === null) return [];
    const { name: format } = first.subject.format;
    return [{ library: name, format, law: law.name, text: breachText(shrunk(first)) }];
  });
}

function verdictOf(counts: readonly LawCount[]): Pick<LawReport, "verdict" | "reason"> {
  const broken = counts.find((count) => count.broken > 0);
  if (broken !== undefined) return { verdict: "broken", reason: `${broken.library}: ${broken.law}` };
  if (counts.length === 0) return { verdict: "unknown", reason: "no library was judged" };
  const idle = counts.find(({ holds }) => holds === 0);
  if (idle === undefined) return { verdict: "holds", reason: "every law was found true, and none broken" };
  return { verdict: "unknown", reason: `${idle.library}: ${idle.law} was never found true` };
}
