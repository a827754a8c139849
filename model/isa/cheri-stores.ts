/**
 * Xcheri: plain stores that name their authority, in either mode: `.ddc` uses DDC with an integer address, `.cap`
 * a capability with its own address.
 */

import { store } from "../machine/access.ts";
import { DDC, type Machine } from "../machine/machine.ts";
import { define, type Outcome } from "./define.ts";

function storingByDdc(size: number) {
  return (machine: Machine, { rs2, rs1 }: { rs2: number; rs1: number }): Outcome =>
    store(machine, DDC, machine.readInt(rs1), size, machine.readInt(rs2));
}

function storingByCap(size: number) {
  return (machine: Machine, { rs2, cs1 }: { rs2: number; cs1: number }): Outcome =>
    store(machine, cs1, machine.readInt(cs1), size, machine.readInt(rs2));
}

export const sbDdc = define({
  name: "sb.ddc",
  pattern: "1111100 rs2[4:0] rs1[4:0] 000 00000 1011011",
  syntax: "rs2, (rs1)",
  manual: "CHERI ISAv9, SB.DDC",
  execute: storingByDdc(1),
});

export const shDdc = define({
  name: "sh.ddc",
  pattern: "1111100 rs2[4:0] rs1[4:0] 000 00001 1011011",
  syntax: "rs2, (rs1)",
  manual: "CHERI ISAv9, SH.DDC",
  execute: storingByDdc(2),
});

export const swDdc = define({
  name: "sw.ddc",
  pattern: "1111100 rs2[4:0] rs1[4:0] 000 00010 1011011",
  syntax: "rs2, (rs1)",
  manual: "CHERI ISAv9, SW.DDC",
  execute: storingByDdc(4),
});

export const sdDdc = define({
  name: "sd.ddc",
  pattern: "1111100 rs2[4:0] rs1[4:0] 000 00011 1011011",
  syntax: "rs2, (rs1)",
  manual: "CHERI ISAv9, SD.DDC",
  execute: storingByDdc(8),
});

export const sbCap = define({
  name: "sb.cap",
  pattern: "1111100 rs2[4:0] cs1[4:0] 000 01000 1011011",
  syntax: "rs2, (cs1)",
  manual: "CHERI ISAv9, SB.CAP",
  execute: storingByCap(1),
});

export const shCap = define({
  name: "sh.cap",
  pattern: "1111100 rs2[4:0] cs1[4:0] 000 01001 1011011",
  syntax: "rs2, (cs1)",
  manual: "CHERI ISAv9, SH.CAP",
  execute: storingByCap(2),
});

export const swCap = define({
  name: "sw.cap",
  pattern: "1111100 rs2[4:0] cs1[4:0] 000 01010 1011011",
  syntax: "rs2, (cs1)",
  manual: "CHERI ISAv9, SW.CAP",
  execute: storingByCap(4),
});

export const sdCap = define({
  name: "sd.cap",
  pattern: "1111100 rs2[4:0] cs1[4:0] 000 01011 1011011",
  syntax: "rs2, (cs1)",
  manual: "CHERI ISAv9, SD.CAP",
  execute: storingByCap(8),
});
