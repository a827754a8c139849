import { type Bench, createBench } from "../campaign/bench.ts";
import type { CanaryResult } from "../campaign/record.ts";
import { runShard, type Suspect } from "../campaign/shard.ts";
import { plantOf } from "../faults/plant.ts";
import type { Catcher } from "../faults/planted-fault.ts";
import { OBJECTORS } from "../program/index.ts";
import { huntByLaws, librariesWith } from "./law-hunt.ts";

/** A fault that is planted before every campaign, and must be found by one of those who are asked. */
type Canary = Pick<CanaryResult, "plant"> & { readonly expected: readonly Catcher[] };

/** One of each kind: only a comparison can find the first, only the oracles the second; the third breaks a law. */
export const canaries: readonly Canary[] = [
  { plant: "impl:P26", expected: ["D"] },
  { plant: "both:E21", expected: ["A", "M"] },
  { plant: "model:E01", expected: ["L"] },
];

/** Programs in which a canary must show up: they follow from the seed, which never changes. */
const PROGRAMS_MAX = 256;
const SEED = "canary";

/** The same for samples of laws, at each format. */
const SAMPLES_MAX = 200;

/** Plants each canary and says who found it. The same every time. */
export async function findCanaries(): Promise<CanaryResult[]> {
  const results: CanaryResult[] = [];
  for (const canary of canaries) {
    results.push(await (canary.expected.includes("L") ? findByLaw(canary) : findByPrograms(canary)));
  }
  return results;
}

async function findByPrograms({ plant, expected }: Canary): Promise<CanaryResult> {
  const bench = await createBench(
    [plant],
    OBJECTORS.filter((one) => expected.includes(one)),
  );
  const { programs, suspect } = firstSuspect(bench, [plant]);
  const foundBy = suspect === null ? null : "oracle" in suspect.evidence ? suspect.evidence.oracle : "D";
  return { plant, expected, foundBy, tests: programs };
}

/** The first program of the canaries that something speaks against, and how many were run. */
export function firstSuspect(
  bench: Bench,
  faults: readonly string[],
): { programs: number; suspect: Suspect | null } {
  const { programs, suspects } = runShard(bench, {
    seed: SEED,
    shard: 0,
    programs: PROGRAMS_MAX,
    faults,
    oracles: bench.oracles,
    accepted: [],
    untilSuspect: true,
    seen: new Uint8Array(bench.layout.cells),
    corpus: [],
    stop: new Int32Array(new SharedArrayBuffer(4)),
  });
  return { programs, suspect: suspects[0] ?? null };
}

async function findByLaw({ plant, expected }: Canary): Promise<CanaryResult> {
  const { law, tests } = huntByLaws(await librariesWith(plantOf(plant)), SEED, SAMPLES_MAX);
  return { plant, expected, foundBy: law === null ? null : "L", tests };
}
