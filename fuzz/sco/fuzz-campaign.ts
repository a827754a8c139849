/** Object files by the million, judged by the verifiers of the reference and of the implementation. */
import { setImmediate } from "node:timers/promises";
import { Piscina } from "piscina";
import type { CanaryResult } from "../campaign/record.ts";
import { isMissed, missedText } from "../campaign/verdict.ts";
import {
  type Answer,
  answerOf,
  runShard,
  type ShardResult,
  type ShardTask,
  type Suspect,
  signatureOf,
  type Verifiers,
  verifiers,
} from "./fuzz-shard.ts";
import { shrinkObject } from "./fuzz-shrink.ts";

/** Whoever runs stretches. */
export interface Crew {
  run(task: ShardTask): Promise<ShardResult>;
  close(): Promise<void>;
}

export interface ObjectCampaignOptions {
  readonly seed: string;
  readonly budget: { readonly runs: number } | { readonly seconds: number };
  readonly workers: number;
  readonly crew: Crew;
  /** Who judges what is shrunk: the same as in the crew. */
  readonly verifiers: Verifiers;
  readonly findingsMax: number;
  /** Faults that were planted before, and who found them. */
  readonly canaries: readonly CanaryResult[];
  /** Milliseconds. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: {
    readonly files: number;
    readonly elapsedMs: number;
    readonly findings: number;
  }) => void;
}

export interface ObjectFinding {
  readonly signature: string;
  readonly origin: { readonly seed: string; readonly run: number };
  readonly expect: Answer;
  readonly actual: Answer;
  /** The smallest file that shows it. */
  readonly bytes: Uint8Array;
  readonly isMinimal: boolean;
}

export interface ObjectCampaign {
  readonly seed: string;
  readonly verdict: "holds" | "broken" | "unknown";
  readonly reason: string;
  readonly files: number;
  readonly elapsedMs: number;
  readonly isInterrupted: boolean;
  /** How many files both accept (0) and refuse for each reason. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly mutations: Readonly<Record<string, number>>;
  /** Reasons that no file was refused for. */
  readonly never: readonly number[];
  readonly canaries: readonly CanaryResult[];
  readonly findings: readonly ObjectFinding[];
}

/** Every answer that a verifier can give; 8, 11 and 12 hold by construction. */
export const ANSWERS = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10] as const;

/** Files of a stretch. */
const SHARD = 20_000;
const SHRINK_TESTS_MAX = 5000;

export async function runObjectCampaign(options: ObjectCampaignOptions): Promise<ObjectCampaign> {
  const { seed, budget, workers, crew, canaries, clock, signal } = options;
  const started = clock();
  const runs = "runs" in budget ? budget.runs : Number.MAX_SAFE_INTEGER;
  const tally = new Tally();
  let next = 0;
  const isOver = () =>
    signal.aborted ||
    next >= runs ||
    tally.kinds >= options.findingsMax ||
    ("seconds" in budget && clock() - started >= budget.seconds * 1000);
  const lane = async () => {
    while (!isOver()) {
      const first = next;
      next = Math.min(runs, first + SHARD);
      tally.take(await crew.run({ seed, first, end: next }), options.verifiers);
      options.onProgress({ files: tally.files, elapsedMs: clock() - started, findings: tally.kinds });
    }
  };
  await Promise.all(Array.from({ length: workers }, lane));

  const findings = tally.suspects().map((suspect) => findingOf(seed, suspect, options.verifiers));
  const never = ANSWERS.filter((answer) => (tally.reasons[answer] ?? 0) === 0);
  return {
    seed,
    ...verdictOf({ findings: findings.length, files: tally.files, never, canaries }),
    files: tally.files,
    elapsedMs: clock() - started,
    isInterrupted: signal.aborted,
    reasons: tally.reasons,
    mutations: tally.mutations,
    never,
    canaries,
    findings,
  };
}

function verdictOf({
  findings,
  files,
  never,
  canaries,
}: Pick<ObjectCampaign, "files" | "never" | "canaries"> & { readonly findings: number }): Pick<
  ObjectCampaign,
  "verdict" | "reason"
> {
  const missed = canaries.filter(isMissed);
  if (missed.length > 0) return { verdict: "unknown", reason: missedText(missed) };
  if (findings > 0) return { verdict: "broken", reason: `${findings} findings` };
  if (files === 0) return { verdict: "unknown", reason: "no file was judged" };
  if (never.length > 0) return { verdict: "unknown", reason: `no file was answered ${never.join(", ")}` };
  return { verdict: "holds", reason: "both verifiers give the same answer to every file" };
}

/** What stretches gave, in whatever order they came. */
class Tally {
  files = 0;
  readonly reasons: Record<string, number> = {};
  readonly mutations: Record<string, number> = {};
  /** By signature: the first file that shows it. */
  readonly #suspects = new Map<string, Suspect>();

  take({ files, reasons, mutations, suspects }: ShardResult, { expect, actual }: Verifiers): void {
    this.files += files;
    add(this.reasons, reasons);
    add(this.mutations, mutations);
    for (const suspect of suspects) {
      const { bytes, run } = suspect;
      const signature = signatureOf(answerOf(expect, bytes), answerOf(actual, bytes));
      const known = this.#suspects.get(signature);
      if (known === undefined || run < known.run) this.#suspects.set(signature, suspect);
    }
  }

  get kinds(): number {
    return this.#suspects.size;
  }

  suspects(): Suspect[] {
    return [...this.#suspects.values()].sort((one, other) => one.run - other.run);
  }
}

function add(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
}

function findingOf(seed: string, { run, bytes }: Suspect, { expect, actual }: Verifiers): ObjectFinding {
  const answers = (file: Uint8Array) => [answerOf(expect, file), answerOf(actual, file)] as const;
  const signature = signatureOf(...answers(bytes));
  const holds = (file: Uint8Array) => signatureOf(...answers(file)) === signature;
  const small = shrinkObject(bytes, holds, SHRINK_TESTS_MAX);
  const [expected, answer] = answers(small.bytes);
  return { signature, origin: { seed, run }, expect: expected, actual: answer, ...small };
}

/** Runs stretches in this thread, one after the other; signals get their turn between two of them. */
export function loneCrew(judges: Verifiers = verifiers): Crew {
  return {
    run: async (task) => {
      await setImmediate();
      return runShard(task, judges);
    },
    close: async () => {},
  };
}

/** A worker's heap in MiB. */
const HEAP = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 24 };

/** Runs stretches in worker threads. */
export function threadedCrew(workers: number): Crew {
  const isSource = import.meta.url.endsWith(".ts");
  const pool = new Piscina({
    filename: new URL(isSource ? "./fuzz-shard.ts" : "./fuzz-shard.js", import.meta.url).href,
    name: runShard.name,
    minThreads: workers,
    maxThreads: workers,
    resourceLimits: HEAP,
    execArgv: isSource ? ["--import", "tsx"] : [],
  });
  return { run: (task) => pool.run(task), close: () => pool.destroy() };
}
