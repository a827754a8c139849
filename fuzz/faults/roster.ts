/**
 * The planted faults: real mistakes of CHERI implementations, which can be planted in the engine, in the model, or in
 * both, one at a time. The names are those of the list of historical faults that they come from; W is for mistakes
 * that widen authority and that nobody is known to have made.
 */
import { accesses } from "./access-faults.ts";
import { bounds } from "./bounds-faults.ts";
import { controlFlow } from "./control-faults.ts";
import { decoding } from "./decoding-faults.ts";
import { derivations } from "./derivation-faults.ts";
import { encoding } from "./encoding-faults.ts";
import { entries } from "./entry-faults.ts";
import { memory } from "./memory-faults.ts";
import type { NotPlanted, PlantedFault } from "./planted-fault.ts";
import { privileges } from "./privilege-faults.ts";
import { representable } from "./representable-faults.ts";
import { sealed } from "./sealed-faults.ts";
import { sealing } from "./sealing-faults.ts";
import { systemState } from "./system-faults.ts";
import { tags } from "./tag-faults.ts";
import { transfers } from "./transfer-faults.ts";

export type { PlantedFault } from "./planted-fault.ts";

/** Every planted fault, by class. */
export const roster: readonly PlantedFault[] = [
  ...bounds,
  ...decoding,
  ...representable,
  ...encoding,
  ...accesses,
  ...transfers,
  ...derivations,
  ...privileges,
  ...sealing,
  ...sealed,
  ...entries,
  ...controlFlow,
  ...memory,
  ...tags,
  ...systemState,
];

/** The other faults of that list that machines can have. */
export const notPlanted: readonly NotPlanted[] = [
  { id: "P09", reason: "no instruction stores two capabilities" },
  { id: "P10", reason: "there are no instructions for caches" },
  { id: "P17", reason: "a load takes nothing from a capability but its tag" },
  { id: "P19", reason: "no sentry is of use for one return only" },
  { id: "P27", reason: "there is no executive and restricted state" },
  { id: "F12", reason: "no switcher of compartments is part of a machine" },
  { id: "F13", reason: "RV64I has all 31 registers" },
  { id: "T03", reason: "no instruction writes more than sixteen bytes" },
  { id: "T08", reason: "one hart, and nobody else writes memory" },
  { id: "T09", reason: "neither machine remembers that a page has no tags" },
  { id: "T16", reason: "no operating system copies memory between address spaces" },
  { id: "T17", reason: "nothing is swapped out" },
  { id: "X01", reason: "addresses are not translated" },
  { id: "X02", reason: "there is no physical memory protection" },
  { id: "X11", reason: "MPRV and the time a step takes change nothing here" },
  { id: "X15", reason: "no scheduler looks at trap values" },
];
