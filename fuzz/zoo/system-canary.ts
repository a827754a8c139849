import type { CanaryResult } from "../campaign/record.ts";
import type { Catcher } from "../faults/planted-fault.ts";
import { systemsWith } from "../faults/system/plant.ts";
import { Pack } from "./system-hunt.ts";

/** A fault that is planted before every campaign, and must be found by one of those who are asked. */
type Canary = Pick<CanaryResult, "plant"> & { readonly expected: readonly Catcher[] };

/** One of each kind: only a comparison can find the first; of the second both systems say the same. */
export const systemCanaries: readonly Canary[] = [
  { plant: "impl:V10", expected: ["D"] },
  { plant: "both:K18", expected: ["M", "T"] },
];

/** Scripts in which a canary must show up: they follow from the seed, which never changes. */
const SCRIPTS_MAX = 40;
const SEED = "canary";

/** Plants each canary and says who found it. The same every time. */
export async function findSystemCanaries(): Promise<CanaryResult[]> {
  const results: CanaryResult[] = [];
  for (const { plant, expected } of systemCanaries) {
    const pack = new Pack(await systemsWith([plant]), expected);
    const { foundBy, programs } = await pack.hunt(SEED, { runs: SCRIPTS_MAX }, () => 0);
    results.push({ plant, expected, foundBy, tests: programs });
  }
  return results;
}
