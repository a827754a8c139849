import { createEngine } from "../../impl/engine/index.ts";
import { instructions } from "../../model/isa/index.ts";
import { createModel, type Model } from "../../model/machine/reference.ts";
import { BadInput } from "../bad-input.ts";
import { WordSource } from "../generate/word-source.ts";
import type { BatchMachine } from "../lockstep/batch.ts";
import { Lockstep } from "../lockstep/lockstep.ts";
import { nameOf } from "../lockstep/name.ts";
import { Reach } from "../reach/reach.ts";
import { type Layout, layoutOf } from "../reach/rows.ts";

/** Steps that both machines take before their records are compared: most programs are shorter. */
const BATCH_STEPS = 512;

/** What a shard runs on: the two machines side by side, and everything around them. */
export interface Bench {
  readonly model: Model;
  /** What the model is compared with. */
  readonly actual: { readonly name: string };
  readonly lockstep: Pick<Lockstep, "program" | "generated">;
  readonly layout: Layout;
  readonly reach: Reach;
  /** Whether programs may lie in memory and be fetched; else all are injected. */
  readonly canFetch: boolean;
  /** A source of programs of at most `wordsMax` words, whose every choice follows from the seed. */
  source(seed: string, wordsMax: number): WordSource;
}

/** A bench with these machines. */
export function benchOf(model: Model, engine: BatchMachine): Bench {
  return benchWith(model, engine, new Lockstep(model, engine, nameOf, BATCH_STEPS), true);
}

/** A bench with the model and whatever `lockstep` compares it with. */
export function benchWith(
  model: Model,
  actual: Bench["actual"],
  lockstep: Bench["lockstep"],
  canFetch: boolean,
): Bench {
  const layout = layoutOf(instructions, canFetch);
  return {
    model,
    actual,
    lockstep,
    layout,
    reach: new Reach(layout),
    canFetch,
    source: (seed, wordsMax) => new WordSource(seed, wordsMax),
  };
}

/**
 * A bench with the model and the engine, the latter with these faults planted.
 *
 * @throws BadInput when there is no such fault.
 */
export function createBench(faults: readonly string[]): Bench {
  return benchOf(createModel(), engineWith(faults));
}

function engineWith(faults: readonly string[]): BatchMachine {
  try {
    return createEngine({ faults: new Set(faults) });
  } catch (error) {
    if (error instanceof RangeError) throw new BadInput(`--fault ${error.message}`);
    throw error;
  }
}
