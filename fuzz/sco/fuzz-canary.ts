/** Faults of verifiers that are planted before every campaign on them, and must be found. */
import type { verify as verifyImpl } from "../../impl/sco/verifier.ts";
import type { verify as verifyModel } from "../../model/sco/verification.ts";
import type { CanaryResult } from "../campaign/record.ts";
import { patchesOf, plantOf, variantWith } from "../faults/plant.ts";
import { answering, runShard, type Verifiers, verifiers } from "./fuzz-shard.ts";

/** A check that one of the two leaves out: an export anywhere, an import twice. Only a comparison can tell. */
export const objectCanaries: readonly string[] = ["impl:B07", "model:B10"];

/** Files in which a canary must show up: they follow from the seed, which never changes. */
const FILES_MAX = 4096;
const STRETCH = 64;
const SEED = "canary";

/** Plants each canary and says whether the comparison found it. The same every time. */
export async function findObjectCanaries(): Promise<CanaryResult[]> {
  const results: CanaryResult[] = [];
  for (const plant of objectCanaries) {
    const run = firstDifference(await verifiersWith(plant));
    results.push({
      plant,
      expected: ["D"],
      foundBy: run === null ? null : "D",
      tests: (run ?? FILES_MAX - 1) + 1,
    });
  }
  return results;
}

/** Number of the first file of the canaries to which two verifiers give different answers; null if there is none. */
export function firstDifference(judges: Verifiers): number | null {
  for (let first = 0; first < FILES_MAX; first += STRETCH) {
    const [suspect] = runShard({ seed: SEED, first, end: first + STRETCH }, judges).suspects;
    if (suspect !== undefined) return suspect.run;
  }
  return null;
}

async function verifiersWith(name: string): Promise<Verifiers> {
  const plant = plantOf(name, "system");
  if (plant.where === "model") {
    const variant = variantWith(patchesOf("model", [plant]), [name]);
    const { verify } = await variant.load<{ verify: typeof verifyModel }>("model/sco/verification.ts");
    return { ...verifiers, expect: answering(verify) };
  }
  const variant = variantWith(patchesOf("impl", [plant]), [name]);
  const { verify } = await variant.load<{ verify: typeof verifyImpl }>("impl/sco/verifier.ts");
  return { ...verifiers, actual: verify };
}
