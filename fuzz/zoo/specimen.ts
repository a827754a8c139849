import { type Bench, createBench, withoutDifferences } from "../campaign/bench.ts";
import { type Plant, plantOf } from "../faults/plant.ts";
import type { Catcher } from "../faults/planted-fault.ts";
import { OBJECTORS } from "../program/index.ts";
import { hunt } from "./hunt.ts";
import { huntByLaws } from "./law-hunt.ts";
import type { Hunt, Specimen } from "./record.ts";

/** A fault to be hunted with a number of seeds. Plain data. */
export interface SpecimenTask {
  /** As `plantOf` reads it. */
  readonly plant: string;
  readonly seed: string;
  /** Hunts, each with a seed of its own. */
  readonly seeds: number;
  /** The most seconds for one hunt, on one core. */
  readonly seconds: number;
  readonly oracles: readonly Catcher[];
}

export interface HuntTools {
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

/**
 * Plants a fault and hunts it with every seed, by programs and by the laws of the capability library.
 *
 * Of a fault in both machines a difference tells only that it is not planted in both alike: that is noted, and the
 * hunt goes on without comparing.
 *
 * @returns null if it was interrupted.
 */
export async function huntSpecimen(task: SpecimenTask, tools: HuntTools): Promise<Specimen | null> {
  const plant = plantOf(task.plant);
  const seeds = Array.from({ length: task.seeds }, (_, at) => `${task.seed} ${at + 1}`);
  const laws = task.oracles.includes("L")
    ? await Promise.all(seeds.map((seed) => huntByLaws(plant, seed)))
    : [];

  const objectors = OBJECTORS.filter((one) => task.oracles.includes(one));
  const bench = await createBench([task.plant], objectors);
  const hunts: Hunt[] = [];
  let mismatch: string | null = null;
  for (const seed of objectors.length === 0 ? [] : seeds) {
    const hunted = await huntPlanted(bench, plant, { ...task, ...tools, seed });
    if (tools.signal.aborted) return null;
    hunts.push(hunted.hunt);
    mismatch ??= hunted.mismatch;
  }
  const { id, kind, difficulty, over, expect } = plant.fault;
  return { id, kind, difficulty, over, where: plant.where, expected: expect, hunts, laws, mismatch };
}

async function huntPlanted(
  bench: Bench,
  { where }: Plant,
  options: SpecimenTask & HuntTools,
): Promise<{ hunt: Hunt; mismatch: string | null }> {
  const first = await hunt(bench, options);
  if (where !== "both" || first.foundBy !== "D") return { hunt: first, mismatch: null };
  return { hunt: await hunt(withoutDifferences(bench), options), mismatch: first.signature };
}
