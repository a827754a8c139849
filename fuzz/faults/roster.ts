/**
 * The planted faults: real mistakes of CHERI implementations, which can be planted in the engine, in the model, or in
 * both, one at a time. The names are those of the list of historical faults that they come from; W is for mistakes
 * that widen authority and that nobody is known to have made.
 */
import { permissions, sealing } from "./authority-faults.ts";
import { bounds } from "./bounds-faults.ts";
import { encoding } from "./encoding-faults.ts";
import { memory } from "./memory-faults.ts";
import type { NotPlanted, PlantedFault } from "./planted-fault.ts";
import { representable } from "./representable-faults.ts";
import { controlFlow, systemState } from "./state-faults.ts";
import { tags } from "./tag-faults.ts";

export type { PlantedFault } from "./planted-fault.ts";

/** Every planted fault, by class. */
export const roster: readonly PlantedFault[] = [
  ...bounds,
  ...representable,
  ...encoding,
  ...permissions,
  ...sealing,
  ...controlFlow,
  ...memory,
  ...tags,
  ...systemState,
];

/** The other faults of that list that machines can have. */
export const notPlanted: readonly NotPlanted[] = [
  { id: "T03", reason: "no instruction writes more than sixteen bytes" },
  { id: "T08", reason: "one hart, and nobody else writes memory" },
  { id: "T09", reason: "neither machine remembers that a page has no tags" },
  { id: "T16", reason: "no operating system copies memory between address spaces" },
  { id: "T17", reason: "nothing is swapped out" },
];
