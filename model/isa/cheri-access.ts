/** What the Xcheri chapters on memory share: from the answer of an access to the registers it writes. */

import type { CapabilityIndex } from "../contract.ts";
import { loadCapability, storeCapability } from "../machine/access.ts";
import { isTrap } from "../machine/causes.ts";
import type { Machine } from "../machine/machine.ts";
import { type Outcome, retire } from "./define.ts";

/** cd receives the capability at an address. */
export function loadInto(machine: Machine, cd: number, authority: CapabilityIndex, address: bigint): Outcome {
  const loaded = loadCapability(machine, authority, address);
  if (isTrap(loaded)) return loaded;
  machine.writeCap(cd, loaded);
  return retire;
}

/** The granule at an address receives cs2. */
export function storeFrom(
  machine: Machine,
  cs2: number,
  authority: CapabilityIndex,
  address: bigint,
): Outcome {
  machine.effects.source = cs2;
  return storeCapability(machine, authority, address, machine.readCap(cs2));
}
