/** Xcheri: narrowing bounds, and the arithmetic of what is representable. */

import { alignmentMask, representableLength, setBounds, setBoundsExact } from "../capability/index.ts";
import { derive } from "./cheri-derive.ts";
import { define, retire } from "./define.ts";

/**
 * cd receives cs1 with its base at the address and the length rs2, rounded outward. It is untagged if cs1 is sealed
 * or does not cover the range asked for.
 */
export const csetbounds = define({
  name: "csetbounds",
  pattern: "0001000 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, rs2",
  manual: "CHERI ISAv9, CSetBounds",
  execute: (machine, { cd, cs1, rs2 }) =>
    derive(machine, cd, setBounds(machine.readCap(cs1), machine.readInt(rs2)), cs1),
});

export const csetboundsimm = define({
  name: "csetboundsimm",
  pattern: "uimm[11:0] cs1[4:0] 010 cd[4:0] 1011011",
  syntax: "cd, cs1, uimm",
  manual: "CHERI ISAv9, CSetBoundsImmediate",
  execute: (machine, { cd, cs1, uimm }) => derive(machine, cd, setBounds(machine.readCap(cs1), uimm), cs1),
});

/** As csetbounds, and untagged if rounding was needed; the bounds are rounded all the same. */
export const csetboundsexact = define({
  name: "csetboundsexact",
  pattern: "0001001 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, cs1, rs2",
  manual: "CHERI ISAv9, CSetBoundsExact",
  execute: (machine, { cd, cs1, rs2 }) =>
    derive(machine, cd, setBoundsExact(machine.readCap(cs1), machine.readInt(rs2)), cs1),
});

/** rd receives the least representable length that is at least rs1; 0 if that is 2^64. */
export const crrl = define({
  name: "crrl",
  pattern: "1111111 01000 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, rs1",
  manual: "CHERI ISAv9, CRoundRepresentableLength",
  execute(machine, { rd, rs1 }) {
    machine.writeInt(rd, representableLength(machine.readInt(rs1)));
    return retire;
  },
});

/** rd receives the mask that aligns a base so that the length rs1, rounded by crrl, is exact. */
export const cram = define({
  name: "cram",
  pattern: "1111111 01001 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, rs1",
  manual: "CHERI ISAv9, CRepresentableAlignmentMask",
  execute(machine, { rd, rs1 }) {
    machine.writeInt(rd, alignmentMask(machine.readInt(rs1)));
    return retire;
  },
});
