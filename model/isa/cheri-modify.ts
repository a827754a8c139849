/**
 * Xcheri: a copy of a capability with one field changed.
 *
 * None of these trap: what may not be, comes out untagged. A sealed source loses its tag in every one but CMove
 * and CClearTag.
 */

import { withTag } from "../capability/changed.ts";
import {
  andPerms,
  capabilityFromMemory,
  incrementFast,
  nullCapability,
  permsFromShown,
  setFlags,
  withAddressExact,
  withOffsetFast,
} from "../capability/index.ts";
import { capOrDdc, derive, indexOrDdc } from "./cheri-derive.ts";
import { define } from "./define.ts";

const SP = 2;

export const cmove = define({
  name: "cmove",
  pattern: "1111111 01010 cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1",
  manual: "CHERI ISAv9, CMove",
  execute: (machine, { cd, cs1 }) => derive(machine, cd, machine.readCap(cs1), cs1),
});

export const ccleartag = define({
  name: "ccleartag",
  pattern: "1111111 01011 cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1",
  manual: "CHERI ISAv9, CClearTag",
  execute: (machine, { cd, cs1 }) => derive(machine, cd, withTag(machine.readCap(cs1), false), cs1),
});

/** cd receives cs1 with each permission kept only where rs2 holds a one. */
export const candperm = define({
  name: "candperm",
  pattern: "0001101 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, rs2",
  manual: "CHERI ISAv9, CAndPerm",
  execute(machine, { cd, cs1, rs2 }) {
    const kept = permsFromShown(machine.readInt(rs2));
    return derive(machine, cd, andPerms(machine.readCap(cs1), kept), cs1);
  },
});

export const csetflags = define({
  name: "csetflags",
  pattern: "0001110 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, rs2",
  manual: "CHERI ISAv9, CSetFlags",
  execute: (machine, { cd, cs1, rs2 }) =>
    derive(machine, cd, setFlags(machine.readCap(cs1), machine.readInt(rs2)), cs1),
});

/** cd receives cs1 with the address base + rs2, by the fast representability check. */
export const csetoffset = define({
  name: "csetoffset",
  pattern: "0001111 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, rs2",
  manual: "CHERI ISAv9, CSetOffset",
  execute: (machine, { cd, cs1, rs2 }) =>
    derive(machine, cd, withOffsetFast(machine.readCap(cs1), machine.readInt(rs2)), cs1),
});

/** cd receives cs1 with the address rs2, by the exact representability check. */
export const csetaddr = define({
  name: "csetaddr",
  pattern: "0010000 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, rs2",
  manual: "CHERI ISAv9, CSetAddr",
  execute: (machine, { cd, cs1, rs2 }) =>
    derive(machine, cd, withAddressExact(machine.readCap(cs1), machine.readInt(rs2)), cs1),
});

/** cd receives cs1 with its address increased by rs2, by the fast representability check. */
export const cincoffset = define({
  name: "cincoffset",
  pattern: "0010001 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, rs2",
  manual: "CHERI ISAv9, CIncOffset",
  execute: (machine, { cd, cs1, rs2 }) =>
    derive(machine, cd, incrementFast(machine.readCap(cs1), machine.readInt(rs2)), cs1),
});

export const cincoffsetimm = define({
  name: "cincoffsetimm",
  pattern: "imm[11:0] cs1[4:0] 001 cd[4:0] 1011011",
  syntax: "cd, cs1, imm",
  manual: "CHERI ISAv9, CIncOffsetImmediate",
  execute: (machine, { cd, cs1, imm }) => derive(machine, cd, incrementFast(machine.readCap(cs1), imm), cs1),
});

/** cd receives null for rs2 = 0, else cs1 (c0: DDC) with the offset rs2, by the fast representability check. */
export const cfromptr = define({
  name: "cfromptr",
  pattern: "0010011 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, rs2",
  manual: "CHERI ISAv9, CFromPtr",
  execute(machine, { cd, cs1, rs2 }) {
    const offset = machine.readInt(rs2);
    const result = offset === 0n ? nullCapability : withOffsetFast(capOrDdc(machine, cs1), offset);
    return derive(machine, cd, result, indexOrDdc(cs1));
  },
});

/** cd receives the address of cs1 under rs2 as the high half of the memory form, untagged. */
export const csethigh = define({
  name: "csethigh",
  pattern: "0010110 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, rs2",
  manual: "CHERI ISAv9, CSetHigh",
  execute(machine, { cd, cs1, rs2 }) {
    const data = (machine.readInt(rs2) << 64n) | machine.readInt(cs1);
    return derive(machine, cd, capabilityFromMemory(false, data), cs1);
  },
});

/** C.ADDI16SP in capability mode. */
export const cCincoffset16csp = define({
  name: "c.cincoffset16csp",
  pattern: "011 nzimm[9] 00010 nzimm[4|6|8:7|5] 01",
  syntax: "nzimm",
  manual: "CHERI ISAv9, C.CIncOffset16CSP",
  mode: "capability",
  execute: (machine, { nzimm }) => derive(machine, SP, incrementFast(machine.readCap(SP), nzimm), SP),
});

/** C.ADDI4SPN in capability mode. */
export const cCincoffset4cspn = define({
  name: "c.cincoffset4cspn",
  pattern: "000 nzuimm[5:4|9:6|2|3] cd[2:0] 00",
  syntax: "cd, nzuimm",
  manual: "CHERI ISAv9, C.CIncOffset4CSPN",
  mode: "capability",
  execute: (machine, { cd, nzuimm }) => derive(machine, cd, incrementFast(machine.readCap(SP), nzuimm), SP),
});
