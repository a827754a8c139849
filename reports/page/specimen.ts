import type { Zoo } from "../records.ts";

export type Specimen = Zoo["specimens"][number];

/** Seeds with which a program or a law showed the fault, of all. */
export function seedsFound({ hunts, laws }: Specimen): { found: number; seeds: number } {
  const seeds = Math.max(hunts.length, laws.length);
  let found = 0;
  for (let at = 0; at < seeds; at++) {
    if ((hunts[at]?.foundBy ?? null) !== null || (laws[at]?.law ?? null) !== null) found++;
  }
  return { found, seeds };
}

export function foundEverySeed(specimen: Specimen): boolean {
  const { found, seeds } = seedsFound(specimen);
  return seeds > 0 && found === seeds;
}
