/**
 * Xcheri: store-conditional that names its authority, and SC.C. `.ddc` uses DDC with an integer address, `.cap` a
 * capability with its own address; both write the status over the register that was stored.
 */

import { integerCapability } from "../capability/index.ts";
import type { CapabilityIndex, Trap } from "../contract.ts";
import { addressOf, authorityOf, storeConditional, storeConditionalCapability } from "../machine/access.ts";
import { DDC, type Machine } from "../machine/machine.ts";
import { define, type Outcome, retire } from "./define.ts";

/** rs2 receives 0 if its low `size` bytes were stored, 1 if they were not. */
function storeReserved(
  machine: Machine,
  rs2: number,
  index: CapabilityIndex,
  address: bigint,
  size: number,
): Outcome {
  const status = storeConditional(machine, index, address, size, machine.readInt(rs2));
  if (typeof status !== "bigint") return status;
  machine.writeInt(rs2, status);
  return retire;
}

/** The status of storing cs2: 0 if it was stored, which makes it the source, 1 if it was not. */
function statusOfStore(
  machine: Machine,
  cs2: number,
  index: CapabilityIndex,
  address: bigint,
): bigint | Trap {
  const status = storeConditionalCapability(machine, index, address, machine.readCap(cs2));
  if (status === 0n) machine.effects.source = cs2;
  return status;
}

/** cs2 receives the status as a capability register does: null with that address. */
function storeReservedCap(machine: Machine, cs2: number, index: CapabilityIndex, address: bigint): Outcome {
  const status = statusOfStore(machine, cs2, index, address);
  if (typeof status !== "bigint") return status;
  machine.writeCap(cs2, integerCapability(status));
  return retire;
}

function storingByDdc(size: number) {
  return (machine: Machine, { rs2, rs1 }: { rs2: number; rs1: number }): Outcome =>
    storeReserved(machine, rs2, DDC, machine.readInt(rs1), size);
}

function storingByCap(size: number) {
  return (machine: Machine, { rs2, cs1 }: { rs2: number; cs1: number }): Outcome =>
    storeReserved(machine, rs2, cs1, machine.readInt(cs1), size);
}

/** rd receives the status. */
export const scC = define({
  name: "sc.c",
  pattern: "00011 aq[0] rl[0] cs2[4:0] base[4:0] 100 rd[4:0] 0101111",
  syntax: "rd, cs2, (base)",
  manual: "CHERI ISAv9, SC.C",
  execute(machine, { rd, cs2, base }) {
    const status = statusOfStore(machine, cs2, authorityOf(machine, base), addressOf(machine, base, 0n));
    if (typeof status !== "bigint") return status;
    machine.writeInt(rd, status);
    return retire;
  },
});

export const scBDdc = define({
  name: "sc.b.ddc",
  pattern: "1111100 rs2[4:0] rs1[4:0] 000 10000 1011011",
  syntax: "rs2, (rs1)",
  manual: "CHERI ISAv9, SC.B.DDC",
  execute: storingByDdc(1),
});

export const scHDdc = define({
  name: "sc.h.ddc",
  pattern: "1111100 rs2[4:0] rs1[4:0] 000 10001 1011011",
  syntax: "rs2, (rs1)",
  manual: "CHERI ISAv9, SC.H.DDC",
  execute: storingByDdc(2),
});

export const scWDdc = define({
  name: "sc.w.ddc",
  pattern: "1111100 rs2[4:0] rs1[4:0] 000 10010 1011011",
  syntax: "rs2, (rs1)",
  manual: "CHERI ISAv9, SC.W.DDC",
  execute: storingByDdc(4),
});

export const scDDdc = define({
  name: "sc.d.ddc",
  pattern: "1111100 rs2[4:0] rs1[4:0] 000 10011 1011011",
  syntax: "rs2, (rs1)",
  manual: "CHERI ISAv9, SC.D.DDC",
  execute: storingByDdc(8),
});

export const scCDdc = define({
  name: "sc.c.ddc",
  pattern: "1111100 cs2[4:0] rs1[4:0] 000 10100 1011011",
  syntax: "cs2, (rs1)",
  manual: "CHERI ISAv9, SC.C.DDC",
  execute: (machine, { cs2, rs1 }) => storeReservedCap(machine, cs2, DDC, machine.readInt(rs1)),
});

export const scBCap = define({
  name: "sc.b.cap",
  pattern: "1111100 rs2[4:0] cs1[4:0] 000 11000 1011011",
  syntax: "rs2, (cs1)",
  manual: "CHERI ISAv9, SC.B.CAP",
  execute: storingByCap(1),
});

export const scHCap = define({
  name: "sc.h.cap",
  pattern: "1111100 rs2[4:0] cs1[4:0] 000 11001 1011011",
  syntax: "rs2, (cs1)",
  manual: "CHERI ISAv9, SC.H.CAP",
  execute: storingByCap(2),
});

export const scWCap = define({
  name: "sc.w.cap",
  pattern: "1111100 rs2[4:0] cs1[4:0] 000 11010 1011011",
  syntax: "rs2, (cs1)",
  manual: "CHERI ISAv9, SC.W.CAP",
  execute: storingByCap(4),
});

export const scDCap = define({
  name: "sc.d.cap",
  pattern: "1111100 rs2[4:0] cs1[4:0] 000 11011 1011011",
  syntax: "rs2, (cs1)",
  manual: "CHERI ISAv9, SC.D.CAP",
  execute: storingByCap(8),
});

export const scCCap = define({
  name: "sc.c.cap",
  pattern: "1111100 cs2[4:0] cs1[4:0] 000 11100 1011011",
  syntax: "cs2, (cs1)",
  manual: "CHERI ISAv9, SC.C.CAP",
  execute: (machine, { cs2, cs1 }) => storeReservedCap(machine, cs2, cs1, machine.readInt(cs1)),
});
