/**
 * The planted faults: real mistakes of CHERI implementations, each of which the engine can be emitted with, one at a
 * time. The names are those of the list of historical faults that they come from.
 */
import { permissions, sealing } from "./authority-faults.ts";
import { encoding } from "./bounds-faults.ts";
import type { PlantedFault } from "./planted-fault.ts";
import { controlFlow, systemState, tagsAndMemory } from "./state-faults.ts";

export type { PlantedFault } from "./planted-fault.ts";

/** Every planted fault, by class. */
export const roster: readonly PlantedFault[] = [
  ...encoding,
  ...permissions,
  ...sealing,
  ...controlFlow,
  ...tagsAndMemory,
  ...systemState,
];
