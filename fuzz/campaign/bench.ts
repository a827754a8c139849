import { instructions } from "../../model/isa/index.ts";
import type { Model } from "../../model/machine/reference.ts";
import { machinesWith } from "../faults/plant.ts";
import type { AcceptedDifference } from "../finding/accepted.ts";
import { WordSource } from "../generate/word-source.ts";
import { Accepting } from "../lockstep/accepting.ts";
import type { BatchMachine } from "../lockstep/batch.ts";
import { Lockstep } from "../lockstep/lockstep.ts";
import { nameOf } from "../lockstep/name.ts";
import { Solo } from "../lockstep/solo.ts";
import { createJudge, type Judge } from "../oracle/judge.ts";
import type { OracleName } from "../oracle/oracle.ts";
import type { Objector } from "../program/index.ts";
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
  /** Judges the steps of the model. */
  readonly judge: Judge;
  readonly oracles: readonly Objector[];
  /** How often each entry of the ledger of accepted differences has let something pass so far. */
  readonly accepted: readonly number[];
  /** Whether programs may lie in memory and be fetched; else all are injected. */
  readonly canFetch: boolean;
  /** A source of programs of at most `wordsMax` words, whose every choice follows from the seed. */
  source(seed: string, wordsMax: number): WordSource;
}

/** A bench with these machines. */
export function benchOf(model: Model, engine: BatchMachine, oracles: readonly Objector[]): Bench {
  const lockstep = new Lockstep(model, engine, nameOf, BATCH_STEPS);
  return benchWith(model, engine, lockstep, oracles, true);
}

/** A bench with the model and whatever `lockstep` compares it with. */
export function benchWith(
  model: Model,
  actual: Bench["actual"],
  lockstep: Bench["lockstep"],
  oracles: readonly Objector[],
  canFetch: boolean,
): Bench {
  const layout = layoutOf(instructions, canFetch);
  return {
    model,
    actual,
    lockstep,
    layout,
    reach: new Reach(layout),
    judge: createJudge(oracles.filter(isOracle)),
    oracles,
    accepted: [],
    canFetch,
    source: (seed, wordsMax) => new WordSource(seed, wordsMax),
  };
}

/**
 * A bench with the model and the engine, with these faults planted.
 *
 * @throws BadInput when there is no such fault.
 */
export async function createBench(faults: readonly string[], oracles: readonly Objector[]): Promise<Bench> {
  const { createModel, createEngine } = await machinesWith(faults);
  if (oracles.includes("D")) return benchOf(createModel(), createEngine(), oracles);
  // Emitting an engine takes as long as finding most faults does.
  const model = createModel();
  return benchWith(model, { name: "impl" }, new Solo(model), oracles, true);
}

/** The same bench, which lets these differences pass. */
export function accepting(bench: Bench, entries: readonly AcceptedDifference[]): Bench {
  if (entries.length === 0) return bench;
  const lockstep = new Accepting(bench.lockstep, entries);
  return { ...bench, lockstep, accepted: lockstep.counts };
}

/** The same bench without D: the model alone. */
export function withoutDifferences({ model, actual, oracles, canFetch }: Bench): Bench {
  return benchWith(model, actual, new Solo(model), oracles.filter(isOracle), canFetch);
}

function isOracle(objector: Objector): objector is OracleName {
  return objector !== "D";
}
