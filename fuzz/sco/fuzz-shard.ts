/** A stretch of a campaign on the verifiers of objects: files made, judged by both, counted. */
import { verify as verifyImpl } from "../../impl/sco/verifier.ts";
import { verify as verifyModel } from "../../model/sco/verification.ts";
import { Random } from "../generate/random.ts";
import { baseObject } from "./fuzz-bases.ts";
import { type Mutation, Mutator } from "./fuzz-mutate.ts";

/** What a verifier says: accepted (0), the number of the check that failed, or what it threw. */
export type Answer = number | string;

/** Both verifiers. */
export interface Verifiers {
  readonly expect: (bytes: Uint8Array) => number;
  readonly actual: (bytes: Uint8Array) => number;
}

/** What the reference says, as a number. */
export function answering(verify: typeof verifyModel): Verifiers["expect"] {
  return (bytes) => {
    const verdict = verify(bytes);
    return verdict.ok ? 0 : verdict.reason;
  };
}

export const verifiers: Verifiers = { expect: answering(verifyModel), actual: verifyImpl };

export interface ShardTask {
  readonly seed: string;
  /** Numbers of the first file and of the one behind the last. */
  readonly first: number;
  readonly end: number;
}

/** A file on which the verifiers differ, or one of them throws. */
export interface Suspect {
  readonly run: number;
  readonly bytes: Uint8Array;
}

export interface ShardResult {
  readonly files: number;
  /** By what both say: how many files. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly mutations: Readonly<Record<Mutation, number>>;
  /** The first of each kind, by their answers. */
  readonly suspects: readonly Suspect[];
  readonly suspectCount: number;
}

const BASES = 128;
/** Suspects of one shard that are looked into. */
const SUSPECTS_MAX = 4;

/** Files of one campaign: number and seed decide each of them. */
export class Files {
  readonly #random: Random;
  readonly #mutator: Mutator;
  readonly #bases: readonly Uint8Array[];

  constructor(seed: string) {
    const random = new Random(`${seed}/bases`);
    this.#bases = Array.from({ length: BASES }, (_, index) => {
      random.restart(index);
      return baseObject(random);
    });
    this.#random = new Random(seed);
    this.#mutator = new Mutator(this.#random);
  }

  /** The bytes are others at the next call. */
  file(run: number): Uint8Array {
    this.#random.restart(run);
    return this.#mutator.mutate(this.#random.pick(this.#bases));
  }

  get made(): Record<Mutation, number> {
    return { ...this.#mutator.made };
  }
}

export function runShard(
  { seed, first, end }: ShardTask,
  { expect, actual }: Verifiers = verifiers,
): ShardResult {
  const files = new Files(seed);
  const reasons: Record<string, number> = {};
  const suspects: Suspect[] = [];
  const kinds = new Set<string>();
  let suspectCount = 0;
  for (let run = first; run < end; run++) {
    const bytes = files.file(run);
    const expected = answerOf(expect, bytes);
    const answer = answerOf(actual, bytes);
    if (expected === answer && typeof answer === "number") {
      reasons[answer] = (reasons[answer] ?? 0) + 1;
      continue;
    }
    suspectCount++;
    const kind = signatureOf(expected, answer);
    if (kinds.has(kind) || suspects.length === SUSPECTS_MAX) continue;
    kinds.add(kind);
    suspects.push({ run, bytes: Uint8Array.from(bytes) });
  }
  return { files: end - first, reasons, mutations: files.made, suspects, suspectCount };
}

/** What a verifier says; both may throw, but neither should. */
export function answerOf(verify: (bytes: Uint8Array) => number, bytes: Uint8Array): Answer {
  try {
    return verify(bytes);
  } catch (error) {
    return `throws ${error instanceof Error ? error.name : "something"}`;
  }
}

export function signatureOf(expected: Answer, answer: Answer): string {
  return `model ${told(expected)}, impl ${told(answer)}`;
}

function told(answer: Answer): string {
  return answer === 0 ? "accepts" : typeof answer === "number" ? `refuses for ${answer}` : answer;
}
