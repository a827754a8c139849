import { createBench } from "../campaign/bench.ts";
import { type Plant, plantOf } from "../faults/plant.ts";
import type { Catcher, Level } from "../faults/planted-fault.ts";
import { systemsWith } from "../faults/system/plant.ts";
import { OBJECTORS } from "../program/index.ts";
import { type Hunter, huntPlanted, machineHunter } from "./hunt.ts";
import { huntByLaws, librariesWith } from "./law-hunt.ts";
import type { Hunt, LawHunt, Specimen } from "./record.ts";
import { systemHunter } from "./system-hunt.ts";

/** Samples at each format after which a law counts as kept: some seconds. */
const LAW_SAMPLES = 5000;

/** A fault to be hunted with a number of seeds. Plain data. */
export interface SpecimenTask {
  readonly level: Level;
  /** As `plantOf` reads it at this level. */
  readonly plant: string;
  readonly seed: string;
  /** Hunts, each with a seed of its own. */
  readonly seeds: number;
  /** The most seconds for one hunt, on one core. */
  readonly seconds: number;
  readonly oracles: readonly Catcher[];
}

/**
 * Plants a fault and hunts it with every seed: by programs and by the laws of the capability library, or by scripts.
 *
 * @param clock milliseconds since any fixed moment.
 */
export async function huntSpecimen(task: SpecimenTask, clock: () => number): Promise<Specimen> {
  const plant = plantOf(task.plant, task.level);
  const seeds = Array.from({ length: task.seeds }, (_, at) => `${task.seed} ${at + 1}`);
  const laws = task.oracles.includes("L") ? await huntLaws(plant, seeds) : [];

  const hunter = await hunterOf(task);
  const hunts: Hunt[] = [];
  let mismatch: string | null = null;
  if (hunter !== null)
    for (const seed of seeds) {
      const hunted = await huntPlanted(hunter, plant.where, { ...task, seed, clock });
      hunts.push(hunted.hunt);
      mismatch ??= hunted.mismatch;
    }
  const { id, kind, difficulty, over, expect } = plant.fault;
  return { id, kind, difficulty, over, where: plant.where, expected: expect, hunts, laws, mismatch };
}

/** Null where nobody is asked but laws. */
async function hunterOf({ level, plant, oracles }: SpecimenTask): Promise<Hunter | null> {
  if (level === "system") {
    return systemHunter(await systemsWith([plant]), oracles, plantOf(plant, level).fault.subject);
  }
  const objectors = OBJECTORS.filter((one) => oracles.includes(one));
  return objectors.length === 0 ? null : machineHunter(await createBench([plant], objectors));
}

/** Nothing where the fault is not in a library: no law looks at it. */
async function huntLaws(plant: Plant, seeds: readonly string[]): Promise<LawHunt[]> {
  const libraries = await librariesWith(plant);
  if (Object.keys(libraries).length === 0) return [];
  return seeds.map((seed) => huntByLaws(libraries, seed, LAW_SAMPLES));
}
