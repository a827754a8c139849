/**
 * The planted faults of cVMs: mistakes of the Intravisor, its gate and its stubs, one at a time. M is for weaknesses of
 * the published prototype, V for what was read in its source, R and O for mistakes of a compartment switcher and of an
 * operating system for CHERI; K and B are for those that nobody is
 * known to have made, B of single-copy objects.
 */
import type { NotPlanted, PlantedFault } from "../planted-fault.ts";
import { accounting } from "./accounting-faults.ts";
import { authority } from "./authority-faults.ts";
import { crossing } from "./crossing-faults.ts";
import { devices } from "./device-faults.ts";
import { identity } from "./identity-faults.ts";
import { integrity } from "./integrity-faults.ts";
import { leaks } from "./leak-faults.ts";
import { liveness } from "./liveness-faults.ts";
import { objectChecks } from "./object-check-faults.ts";
import { objectEnds } from "./object-end-faults.ts";
import { objectIdentity, objectSharing } from "./object-faults.ts";
import { objectModes } from "./object-mode-faults.ts";
import { pointers } from "./pointer-faults.ts";
import { revocations } from "./revocation-faults.ts";
import { rights } from "./right-faults.ts";
import { streams } from "./stream-faults.ts";
import { temporal } from "./temporal-faults.ts";
import { tickets } from "./ticket-faults.ts";

/** Every planted fault, by class. */
export const systemRoster: readonly PlantedFault[] = [
  ...leaks,
  ...pointers,
  ...authority,
  ...rights,
  ...identity,
  ...temporal,
  ...revocations,
  ...crossing,
  ...integrity,
  ...accounting,
  ...liveness,
  ...streams,
  ...devices,
  ...tickets,
  ...objectChecks,
  ...objectSharing,
  ...objectIdentity,
  ...objectEnds,
  ...objectModes,
];

const same = (id: string) => `the same as ${id}`;

/** The other faults of those lists. */
export const notPlantedInSystems: readonly NotPlanted[] = [
  { id: "M39", reason: "nothing rewrites code: objects come from an assembler, or are refused" },
  { id: "V01", reason: same("M13") },
  { id: "V04", reason: same("M05") },
  { id: "V05", reason: same("M08") },
  { id: "V06", reason: same("M40") },
  { id: "V07", reason: same("M02") },
  { id: "V11", reason: same("M25") },
  { id: "V17", reason: "no host call writes a result to where the caller says" },
  { id: "V18", reason: "nothing is ever unmapped" },
  { id: "V19", reason: same("M15") },
  { id: "V22", reason: same("M10") },
  { id: "R06", reason: "grants are not claimed: they end when their owner says so" },
  { id: "R17", reason: "a wish for more fuzzing, not a mistake" },
  { id: "O02", reason: "nothing that a guest can store to has tags: M05 and M07 plant how it could" },
  { id: "O10", reason: "there are no system calls beside host calls; M33 plants the nearest permission" },
  { id: "O11", reason: "there is no debugger" },
];
