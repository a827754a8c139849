/**
 * Xcheri: plain loads that name their authority, in either mode: `.ddc` uses DDC with an integer address, `.cap`
 * a capability with its own address.
 */

import { load } from "../machine/access.ts";
import { DDC, type Machine } from "../machine/machine.ts";
import { define, type Outcome, retire } from "./define.ts";

type Extend = (loaded: bigint) => bigint;

const zero: Extend = (loaded) => loaded;
const sign8: Extend = (loaded) => BigInt.asIntN(8, loaded);
const sign16: Extend = (loaded) => BigInt.asIntN(16, loaded);
const sign32: Extend = (loaded) => BigInt.asIntN(32, loaded);

function loadingByDdc(size: number, extend: Extend) {
  return (machine: Machine, { rd, rs1 }: { rd: number; rs1: number }): Outcome =>
    loadInto(machine, rd, load(machine, DDC, machine.readInt(rs1), size), extend);
}

function loadingByCap(size: number, extend: Extend) {
  return (machine: Machine, { rd, cs1 }: { rd: number; cs1: number }): Outcome =>
    loadInto(machine, rd, load(machine, cs1, machine.readInt(cs1), size), extend);
}

function loadInto(machine: Machine, rd: number, loaded: ReturnType<typeof load>, extend: Extend): Outcome {
  if (typeof loaded !== "bigint") return loaded;
  machine.writeInt(rd, extend(loaded));
  return retire;
}

export const lbDdc = define({
  name: "lb.ddc",
  pattern: "1111101 00000 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LB.DDC",
  execute: loadingByDdc(1, sign8),
});

export const lhDdc = define({
  name: "lh.ddc",
  pattern: "1111101 00001 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LH.DDC",
  execute: loadingByDdc(2, sign16),
});

export const lwDdc = define({
  name: "lw.ddc",
  pattern: "1111101 00010 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LW.DDC",
  execute: loadingByDdc(4, sign32),
});

export const ldDdc = define({
  name: "ld.ddc",
  pattern: "1111101 00011 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LD.DDC",
  execute: loadingByDdc(8, zero),
});

export const lbuDdc = define({
  name: "lbu.ddc",
  pattern: "1111101 00100 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LBU.DDC",
  execute: loadingByDdc(1, zero),
});

export const lhuDdc = define({
  name: "lhu.ddc",
  pattern: "1111101 00101 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LHU.DDC",
  execute: loadingByDdc(2, zero),
});

export const lwuDdc = define({
  name: "lwu.ddc",
  pattern: "1111101 00110 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LWU.DDC",
  execute: loadingByDdc(4, zero),
});

export const lbCap = define({
  name: "lb.cap",
  pattern: "1111101 01000 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LB.CAP",
  execute: loadingByCap(1, sign8),
});

export const lhCap = define({
  name: "lh.cap",
  pattern: "1111101 01001 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LH.CAP",
  execute: loadingByCap(2, sign16),
});

export const lwCap = define({
  name: "lw.cap",
  pattern: "1111101 01010 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LW.CAP",
  execute: loadingByCap(4, sign32),
});

export const ldCap = define({
  name: "ld.cap",
  pattern: "1111101 01011 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LD.CAP",
  execute: loadingByCap(8, zero),
});

export const lbuCap = define({
  name: "lbu.cap",
  pattern: "1111101 01100 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LBU.CAP",
  execute: loadingByCap(1, zero),
});

export const lhuCap = define({
  name: "lhu.cap",
  pattern: "1111101 01101 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LHU.CAP",
  execute: loadingByCap(2, zero),
});

export const lwuCap = define({
  name: "lwu.cap",
  pattern: "1111101 01110 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LWU.CAP",
  execute: loadingByCap(4, zero),
});
