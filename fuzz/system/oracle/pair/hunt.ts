/** Looks for leaks in scripts, one after the other, on one system and its twin. */
import type { SecretPair, SystemScript } from "../../../../model/system-contract.ts";
import type { Random } from "../../../generate/random.ts";
import { type WalkStep, walkOfWorlds } from "../../walk.ts";
import { type PairedScript, paired } from "./boost.ts";
import { type Leak, noCounts, type PairCounts } from "./pair.ts";
import { shrinkLeak } from "./shrink.ts";
import type { Worlds } from "./sighting.ts";
import { signatureOfLeak } from "./story.ts";
import { leakIn } from "./worlds.ts";

/** A leak as small as it could be made. */
export interface FoundLeak {
  readonly signature: string;
  readonly script: SystemScript;
  readonly pair: SecretPair;
  readonly leak: Leak;
  readonly isMinimal: boolean;
}

export class PairHunt {
  readonly counts: PairCounts = noCounts();
  readonly #worlds: Worlds;

  /** Two of the same system. */
  constructor(worlds: Worlds) {
    this.#worlds = worlds;
  }

  /** Runs a script with a pair drawn for it; null if nobody could tell its worlds apart. */
  look(script: SystemScript, random: Random): { signature: string; found: PairedScript; leak: Leak } | null {
    const found = paired(script, random);
    const leak = leakIn(found.script, found.pair, this.#worlds, this.counts);
    return leak === null ? null : { signature: signatureOfLeak(found.script, leak), found, leak };
  }

  /** Both worlds, step by step. */
  walk(script: SystemScript, pair: SecretPair): readonly WalkStep[] {
    return walkOfWorlds(script, pair, this.#worlds);
  }

  /** Makes what was found small; `testsMax`: scripts that are tried. */
  shrink(found: PairedScript, leak: Leak, testsMax: number): FoundLeak {
    const { tests: _, ...small } = shrinkLeak(found, leak, this.#worlds, testsMax);
    return { ...small, signature: signatureOfLeak(small.script, small.leak) };
  }
}
