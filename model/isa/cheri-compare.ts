/** Xcheri: integers from two capabilities. */

import { areEqual, isWithin } from "../capability/index.ts";
import { capOrDdc } from "./cheri-derive.ts";
import { define, retire } from "./define.ts";

/** rd receives 0 for an untagged cs1, else the address of cs1 as an offset to the base of cs2; c0 as cs2 is DDC. */
export const ctoptr = define({
  name: "ctoptr",
  pattern: "0010010 cs2[4:0] cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1, cs2",
  manual: "CHERI ISAv9, CToPtr",
  execute(machine, { rd, cs1, cs2 }) {
    const source = machine.readCap(cs1);
    machine.writeInt(rd, source.tag ? source.address - capOrDdc(machine, cs2).base : 0n);
    return retire;
  },
});

export const csub = define({
  name: "csub",
  pattern: "0010100 cs2[4:0] cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1, cs2",
  manual: "CHERI ISAv9, CSub",
  execute(machine, { rd, cs1, cs2 }) {
    machine.writeInt(rd, machine.readInt(cs1) - machine.readInt(cs2));
    return retire;
  },
});

/** rd receives 1 if the tags are equal and cs2 lies within cs1. Object types are ignored; c0 as cs1 is DDC. */
export const ctestsubset = define({
  name: "ctestsubset",
  pattern: "0100000 cs2[4:0] cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1, cs2",
  manual: "CHERI ISAv9, CTestSubset",
  execute(machine, { rd, cs1, cs2 }) {
    const outer = capOrDdc(machine, cs1);
    const inner = machine.readCap(cs2);
    machine.writeInt(rd, outer.tag === inner.tag && isWithin(inner, outer) ? 1n : 0n);
    return retire;
  },
});

/** rd receives 1 if the tag and every field are the same, reserved bits too. */
export const cseqx = define({
  name: "cseqx",
  pattern: "0100001 cs2[4:0] cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, cs1, cs2",
  manual: "CHERI ISAv9, CSetEqualExact",
  execute(machine, { rd, cs1, cs2 }) {
    machine.writeInt(rd, areEqual(machine.readCap(cs1), machine.readCap(cs2)) ? 1n : 0n);
    return retire;
  },
});
