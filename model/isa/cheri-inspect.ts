/** Xcheri: reading the fields of a capability into an integer register. The tag does not matter. */

import { isSealed, memoryFromCapability, otypeShown, permsShown } from "../capability/index.ts";
import type { Capability } from "../contract.ts";
import type { Machine } from "../machine/machine.ts";
import { define, type Outcome, retire } from "./define.ts";

const GREATEST = 2n ** 64n - 1n;

function showing(field: (cap: Capability) => bigint) {
  return (machine: Machine, { rd, cs1 }: { rd: number; cs1: number }): Outcome => {
    machine.writeInt(rd, field(machine.readCap(cs1)));
    return retire;
  };
}

/** Lengths and tops have 65 bits; a register shows at most 2^64 - 1. */
function saturated(value: bigint): bigint {
  return value > GREATEST ? GREATEST : value;
}

export const cgetperm = define({
  name: "cgetperm",
  pattern: "1111111 00000 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetPerm",
  execute: showing((cap) => permsShown(cap.perms)),
});

/** Reserved object types are shown sign-extended: -1 is unsealed. */
export const cgettype = define({
  name: "cgettype",
  pattern: "1111111 00001 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetType",
  execute: showing(otypeShown),
});

export const cgetbase = define({
  name: "cgetbase",
  pattern: "1111111 00010 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetBase",
  execute: showing((cap) => cap.base),
});

/** An untagged pattern may have its top below its base: the length wraps at 65 bits. */
export const cgetlen = define({
  name: "cgetlen",
  pattern: "1111111 00011 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetLen",
  execute: showing((cap) => saturated(BigInt.asUintN(65, cap.top - cap.base))),
});

export const cgettag = define({
  name: "cgettag",
  pattern: "1111111 00100 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetTag",
  execute: showing((cap) => (cap.tag ? 1n : 0n)),
});

export const cgetsealed = define({
  name: "cgetsealed",
  pattern: "1111111 00101 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetSealed",
  execute: showing((cap) => (isSealed(cap) ? 1n : 0n)),
});

export const cgetoffset = define({
  name: "cgetoffset",
  pattern: "1111111 00110 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetOffset",
  execute: showing((cap) => cap.address - cap.base),
});

export const cgetflags = define({
  name: "cgetflags",
  pattern: "1111111 00111 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetFlags",
  execute: showing((cap) => cap.flags),
});

export const cgetaddr = define({
  name: "cgetaddr",
  pattern: "1111111 01111 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetAddr",
  execute: showing((cap) => cap.address),
});

/** The high half of what a store of the capability would put into memory. */
export const cgethigh = define({
  name: "cgethigh",
  pattern: "1111111 10111 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetHigh",
  execute: showing((cap) => memoryFromCapability(cap) >> 64n),
});

export const cgettop = define({
  name: "cgettop",
  pattern: "1111111 11000 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1",
  manual: "CHERI ISAv9, CGetTop",
  execute: showing((cap) => saturated(cap.top)),
});
