import type { Stored } from "../finding/store.ts";
import { storyOf, type Untold } from "../finding/story.ts";
import type { Finding } from "../program/index.ts";
import type { Bench } from "./bench.ts";
import { investigate } from "./investigate.ts";
import type { FindingEntry } from "./record.ts";
import type { ShardResult, Suspect } from "./shard.ts";
import { signatureOf } from "./signature.ts";

/** Suspects that are shrunk for each finding that is wanted, before the campaign has seen enough. */
const SHRINKS_PER_FINDING = 8;

/** Stands for the file in the story of a finding that lies in memory only. */
const UNSTORED = "FINDING.json";

interface Options {
  readonly seed: string;
  readonly faults: readonly string[];
  readonly findingsMax: number;
  readonly store?: (untold: Untold) => Stored;
  readonly onFinding?: (finding: Finding, path: string | null) => void;
}

interface Known {
  readonly finding: Finding;
  readonly file: string | null;
  times: number;
}

/**
 * Turns programs that something speaks against into findings: each is shrunk and told once. A suspect that looks like one seen
 * before counts for that one without being shrunk; what shrinks to the same signature is the same finding.
 */
export class Suspects {
  readonly #options: Options;
  readonly #bench: Bench;
  /** By the signature before shrinking. */
  readonly #seen = new Map<string, Known>();
  /** By the signature after it. */
  readonly #known = new Map<string, Known>();

  constructor(options: Options, bench: Bench) {
    this.#options = options;
    this.#bench = bench;
  }

  /** Whether the campaign has found enough, or looked at enough to say that it finds the same again and again. */
  isFull(): boolean {
    const { findingsMax } = this.#options;
    return this.#known.size >= findingsMax || this.#seen.size >= findingsMax * SHRINKS_PER_FINDING;
  }

  consider({ shard, suspects }: ShardResult): void {
    for (const suspect of suspects) {
      if (this.isFull()) return;
      const looks = signatureOf(suspect.evidence);
      const seen = this.#seen.get(looks);
      if (seen === undefined) this.#seen.set(looks, this.#investigate(suspect, shard));
      else seen.times++;
    }
  }

  findings(): readonly Finding[] {
    return [...this.#known.values()].map(({ finding }) => finding);
  }

  entries(): FindingEntry[] {
    return [...this.#known.values()].map(({ finding, file, times }) => ({
      signature: finding.signature,
      times,
      words: finding.program.words.length,
      oracle: finding.oracle,
      difference: finding.difference,
      rule: finding.violation?.rule ?? null,
      file,
    }));
  }

  #investigate(suspect: Suspect, shard: number): Known {
    const { seed, faults, store, onFinding } = this.#options;
    const origin = { seed, shard, run: suspect.run };
    const untold = investigate(this.#bench, suspect, origin, faults);
    const known = this.#known.get(untold.signature);
    if (known !== undefined) {
      known.times++;
      return known;
    }
    const stored = store?.(untold) ?? {
      finding: { ...untold, story: storyOf(untold, UNSTORED) },
      path: null,
    };
    const entry = { finding: stored.finding, file: stored.path, times: 1 };
    this.#known.set(untold.signature, entry);
    onFinding?.(entry.finding, entry.file);
    return entry;
  }
}
