/**
 * The planted faults of cVMs: mistakes of the Intravisor, its gate and its stubs, one at a time. M is for weaknesses of
 * the published prototype, V for what was read in its source, R and O for mistakes of a compartment switcher and of an
 * operating system for CHERI; K is for those that nobody is known to have made.
 */
import type { NotPlanted, PlantedFault } from "../planted-fault.ts";
import { accounting } from "./accounting-faults.ts";
import { authority } from "./authority-faults.ts";
import { crossing } from "./crossing-faults.ts";
import { identity } from "./identity-faults.ts";
import { integrity } from "./integrity-faults.ts";
import { leaks } from "./leak-faults.ts";
import { liveness } from "./liveness-faults.ts";
import { temporal } from "./temporal-faults.ts";

/** Every planted fault, by class. */
export const systemRoster: readonly PlantedFault[] = [
  ...leaks,
  ...authority,
  ...identity,
  ...temporal,
  ...crossing,
  ...integrity,
  ...accounting,
  ...liveness,
];

const SCO = "waits for single-copy objects: there are none";

/** The other faults of those lists. */
export const notPlantedInSystems: readonly NotPlanted[] = [
  { id: "M28", reason: SCO },
  { id: "M29", reason: SCO },
  { id: "M30", reason: SCO },
  { id: "M31", reason: SCO },
  { id: "M36", reason: SCO },
  { id: "M39", reason: SCO },
  { id: "V24", reason: SCO },
];
