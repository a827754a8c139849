import { createBench } from "../campaign/bench.ts";
import { type Plant, plantOf } from "../faults/plant.ts";
import type { Catcher } from "../faults/planted-fault.ts";
import { OBJECTORS } from "../program/index.ts";
import { huntPlanted } from "./hunt.ts";
import { huntByLaws, librariesWith } from "./law-hunt.ts";
import type { Hunt, LawHunt, Specimen } from "./record.ts";

/** Samples at each format after which a law counts as kept: some seconds. */
const LAW_SAMPLES = 5000;

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

/**
 * Plants a fault and hunts it with every seed, by programs and by the laws of the capability library.
 *
 * @param clock milliseconds since any fixed moment.
 */
export async function huntSpecimen(task: SpecimenTask, clock: () => number): Promise<Specimen> {
  const plant = plantOf(task.plant);
  const seeds = Array.from({ length: task.seeds }, (_, at) => `${task.seed} ${at + 1}`);
  const laws = task.oracles.includes("L") ? await huntLaws(plant, seeds) : [];

  const objectors = OBJECTORS.filter((one) => task.oracles.includes(one));
  const bench = await createBench([task.plant], objectors);
  const hunts: Hunt[] = [];
  let mismatch: string | null = null;
  for (const seed of objectors.length === 0 ? [] : seeds) {
    const hunted = await huntPlanted(bench, plant.where, { ...task, seed, clock });
    hunts.push(hunted.hunt);
    mismatch ??= hunted.mismatch;
  }
  const { id, kind, difficulty, over, expect } = plant.fault;
  return { id, kind, difficulty, over, where: plant.where, expected: expect, hunts, laws, mismatch };
}

/** Nothing where the fault is not in a library: no law looks at it. */
async function huntLaws(plant: Plant, seeds: readonly string[]): Promise<LawHunt[]> {
  const libraries = await librariesWith(plant);
  if (Object.keys(libraries).length === 0) return [];
  return seeds.map((seed) => huntByLaws(libraries, seed, LAW_SAMPLES));
}
