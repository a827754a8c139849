/** What the Xcheri chapters share: writing a derived capability, and DDC in the place of c0. */

import type { Capability, CapabilityIndex } from "../contract.ts";
import { DDC, type Machine } from "../machine/machine.ts";
import { type Outcome, retire } from "./define.ts";

/** cd receives a capability that was copied or derived from `source`. */
export function derive(machine: Machine, cd: number, value: Capability, source: CapabilityIndex): Outcome {
  machine.writeCap(cd, value);
  machine.effects.source = source;
  return retire;
}

/** cs1, where c0 stands for DDC. */
export function indexOrDdc(cs1: number): CapabilityIndex {
  return cs1 === 0 ? DDC : cs1;
}

/** The capability in cs1, where c0 stands for DDC. */
export function capOrDdc(machine: Machine, cs1: number): Capability {
  return cs1 === 0 ? machine.ddc : machine.readCap(cs1);
}
