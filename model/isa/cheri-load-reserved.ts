/**
 * Xcheri: load-reserved that names its authority, and LR.C. `.ddc` uses DDC with an integer address, `.cap` a
 * capability with its own address; LR.C follows the encoding mode.
 */

import type { CapabilityIndex } from "../contract.ts";
import { addressOf, authorityOf, loadReserved, loadReservedCapability } from "../machine/access.ts";
import { isTrap } from "../machine/causes.ts";
import { DDC, type Machine } from "../machine/machine.ts";
import { define, type Outcome, retire } from "./define.ts";

/** rd receives `size` bytes, sign-extended, and their address is reserved. */
function reserve(
  machine: Machine,
  rd: number,
  index: CapabilityIndex,
  address: bigint,
  size: number,
): Outcome {
  const loaded = loadReserved(machine, index, address, size);
  if (typeof loaded !== "bigint") return loaded;
  machine.writeInt(rd, BigInt.asIntN(8 * size, loaded));
  return retire;
}

/** cd receives a capability, and its address is reserved. */
function reserveCap(machine: Machine, cd: number, index: CapabilityIndex, address: bigint): Outcome {
  const loaded = loadReservedCapability(machine, index, address);
  if (isTrap(loaded)) return loaded;
  machine.writeCap(cd, loaded);
  return retire;
}

function reservingByDdc(size: number) {
  return (machine: Machine, { rd, rs1 }: { rd: number; rs1: number }): Outcome =>
    reserve(machine, rd, DDC, machine.readInt(rs1), size);
}

function reservingByCap(size: number) {
  return (machine: Machine, { rd, cs1 }: { rd: number; cs1: number }): Outcome =>
    reserve(machine, rd, cs1, machine.readInt(cs1), size);
}

export const lrC = define({
  name: "lr.c",
  pattern: "00010 aq[0] rl[0] 00000 base[4:0] 100 cd[4:0] 0101111",
  syntax: "cd, (base)",
  manual: "CHERI ISAv9, LR.C",
  execute: (machine, { cd, base }) =>
    reserveCap(machine, cd, authorityOf(machine, base), addressOf(machine, base, 0n)),
});

export const lrBDdc = define({
  name: "lr.b.ddc",
  pattern: "1111101 10000 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LR.B.DDC",
  execute: reservingByDdc(1),
});

export const lrHDdc = define({
  name: "lr.h.ddc",
  pattern: "1111101 10001 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LR.H.DDC",
  execute: reservingByDdc(2),
});

export const lrWDdc = define({
  name: "lr.w.ddc",
  pattern: "1111101 10010 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LR.W.DDC",
  execute: reservingByDdc(4),
});

export const lrDDdc = define({
  name: "lr.d.ddc",
  pattern: "1111101 10011 rs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (rs1)",
  manual: "CHERI ISAv9, LR.D.DDC",
  execute: reservingByDdc(8),
});

export const lrCDdc = define({
  name: "lr.c.ddc",
  pattern: "1111101 10100 rs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, (rs1)",
  manual: "CHERI ISAv9, LR.C.DDC",
  execute: (machine, { cd, rs1 }) => reserveCap(machine, cd, DDC, machine.readInt(rs1)),
});

export const lrBCap = define({
  name: "lr.b.cap",
  pattern: "1111101 11000 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LR.B.CAP",
  execute: reservingByCap(1),
});

export const lrHCap = define({
  name: "lr.h.cap",
  pattern: "1111101 11001 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LR.H.CAP",
  execute: reservingByCap(2),
});

export const lrWCap = define({
  name: "lr.w.cap",
  pattern: "1111101 11010 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LR.W.CAP",
  execute: reservingByCap(4),
});

export const lrDCap = define({
  name: "lr.d.cap",
  pattern: "1111101 11011 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, LR.D.CAP",
  execute: reservingByCap(8),
});

/**
 * The address is that of cs1, as in every `.cap` form. The authoritative model adds the integer value of cs1 to it
 * once more and so uses twice the address; no recording contains this instruction, so the manual is followed.
 */
export const lrCCap = define({
  name: "lr.c.cap",
  pattern: "1111101 11100 cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, (cs1)",
  manual: "CHERI ISAv9, LR.C.CAP",
  execute: (machine, { cd, cs1 }) => reserveCap(machine, cd, cs1, machine.readInt(cs1)),
});
