import { createBench } from "../campaign/bench.ts";
import type { CanaryResult } from "../campaign/record.ts";
import { runShard } from "../campaign/shard.ts";
import { plantOf } from "../faults/plant.ts";
import type { Objector } from "../program/index.ts";
import { huntByLaws, librariesWith } from "./law-hunt.ts";

/** A fault that is planted before every campaign, and must be found. */
interface Canary {
  readonly plant: string;
  /** Who is asked, and must object. */
  readonly expected: readonly Objector[] | "L";
}

/** One of each kind: only a comparison can find the first, only the oracles the second, a law the third. */
const canaries: readonly Canary[] = [
  { plant: "impl:P26", expected: ["D"] },
  { plant: "both:E21", expected: ["A", "M"] },
  { plant: "model:E01", expected: "L" },
];

/** Programs in which a canary must show up: they follow from the seed, which never changes. */
const PROGRAMS_MAX = 256;
const SEED = "canary";

/** The same for samples of laws, at each format. */
const SAMPLES_MAX = 200;

/** Plants each canary and says who found it. The same every time. */
export async function findCanaries(): Promise<CanaryResult[]> {
  const results: CanaryResult[] = [];
  for (const { plant, expected } of canaries) {
    results.push(expected === "L" ? await findByLaw(plant) : await findByPrograms(plant, expected));
  }
  return results;
}

async function findByPrograms(plant: string, expected: readonly Objector[]): Promise<CanaryResult> {
  const bench = await createBench([plant], expected);
  const { programs, suspects } = runShard(bench, {
    seed: SEED,
    shard: 0,
    programs: PROGRAMS_MAX,
    faults: [plant],
    oracles: expected,
    untilSuspect: true,
    seen: new Uint8Array(bench.layout.cells),
    corpus: [],
    stop: new Int32Array(new SharedArrayBuffer(4)),
  });
  const evidence = suspects[0]?.evidence;
  const foundBy = evidence === undefined ? null : "oracle" in evidence ? evidence.oracle : "D";
  return { plant, expected, foundBy, tests: programs };
}

async function findByLaw(plant: string): Promise<CanaryResult> {
  const { law, tests } = huntByLaws(await librariesWith(plantOf(plant)), SEED, SAMPLES_MAX);
  return { plant, expected: ["L"], foundBy: law === null ? null : "L", tests };
}
