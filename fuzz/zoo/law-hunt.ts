import type { Plant } from "../faults/plant.ts";
import type { LawHunt } from "./record.ts";

/** PROVISIONAL */
export async function huntByLaws(_plant: Plant, seed: string): Promise<LawHunt> {
  return { seed, law: null, tests: 0 };
}
