/**
 * Xcheri: sealing, unsealing, and rebuilding a capability from its bits.
 *
 * None of these trap. The authority reported is the capability that allows the change, even where it refuses.
 */

import {
  buildCap,
  clearTagIf,
  clearTagIfSealed,
  hasReservedOtype,
  otypeShown,
  sealEntry,
  sealWith,
  sealWithIfPossible,
  unsealWith,
  withAddressExact,
} from "../capability/index.ts";
import type { Capability } from "../contract.ts";
import type { Machine } from "../machine/machine.ts";
import { capOrDdc, derive, indexOrDdc } from "./cheri-derive.ts";
import { define, type Outcome } from "./define.ts";

/** cd receives what `change` makes of cs1 under the authority of cs2. */
function authorized(change: (source: Capability, authority: Capability) => Capability) {
  return (machine: Machine, { cd, cs1, cs2 }: { cd: number; cs1: number; cs2: number }): Outcome => {
    machine.effects.authority = cs2;
    return derive(machine, cd, change(machine.readCap(cs1), machine.readCap(cs2)), cs1);
  };
}

export const cseal = define({
  name: "cseal",
  pattern: "0001011 cs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, cs2",
  manual: "CHERI ISAv9, CSeal",
  execute: authorized(sealWith),
});

export const cunseal = define({
  name: "cunseal",
  pattern: "0001100 cs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, cs2",
  manual: "CHERI ISAv9, CUnseal",
  execute: authorized(unsealWith),
});

/** As cseal, but cs1 passes unchanged where cs2 does not ask for sealing, so that it can follow cbuildcap. */
export const ccseal = define({
  name: "ccseal",
  pattern: "0011111 cs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, cs2",
  manual: "CHERI ISAv9, CCSeal",
  execute: authorized(sealWithIfPossible),
});

/** cd receives cs1 sealed as a sentry, which needs no authority; untagged if cs1 is sealed. */
export const csealentry = define({
  name: "csealentry",
  pattern: "1111111 10001 cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1",
  manual: "CHERI ISAv9, CSealEntry",
  execute: (machine, { cd, cs1 }) =>
    derive(machine, cd, sealEntry(clearTagIfSealed(machine.readCap(cs1))), cs1),
});

/** cd receives cs2, tagged, if the capability cs1 (c0: DDC) covers it: what was swapped out comes back. */
export const cbuildcap = define({
  name: "cbuildcap",
  pattern: "0011101 cs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, cs2",
  manual: "CHERI ISAv9, CBuildCap",
  execute(machine, { cd, cs1, cs2 }) {
    machine.effects.authority = indexOrDdc(cs1);
    return derive(machine, cd, buildCap(capOrDdc(machine, cs1), machine.readCap(cs2)), cs2);
  },
});

/**
 * cd receives cs1 pointing at the object type of cs2, ready for ccseal: untagged if that is a reserved type, -1
 * for an unsealed cs2.
 */
export const ccopytype = define({
  name: "ccopytype",
  pattern: "0011110 cs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, cs2",
  manual: "CHERI ISAv9, CCopyType",
  execute(machine, { cd, cs1, cs2 }) {
    const typed = machine.readCap(cs2);
    const pointing = withAddressExact(machine.readCap(cs1), otypeShown(typed));
    return derive(machine, cd, clearTagIf(pointing, hasReservedOtype(typed)), cs1);
  },
});
