/** A: load-reserved and store-conditional, with the narrow forms that CHERI adds. */

import { addressOf, authorityOf, loadReserved, storeConditional } from "../machine/access.ts";
import type { Machine } from "../machine/machine.ts";
import { define, type Outcome, retire } from "./define.ts";

function reserving(size: number) {
  return (machine: Machine, { rd, base }: { rd: number; base: number }): Outcome => {
    const loaded = loadReserved(machine, authorityOf(machine, base), addressOf(machine, base, 0n), size);
    if (typeof loaded !== "bigint") return loaded;
    machine.writeInt(rd, BigInt.asIntN(8 * size, loaded));
    return retire;
  };
}

/** rd receives 0 if it stored, 1 if it did not. */
function conditional(size: number) {
  return (machine: Machine, { rd, rs2, base }: { rd: number; rs2: number; base: number }): Outcome => {
    const authority = authorityOf(machine, base);
    const address = addressOf(machine, base, 0n);
    const failed = storeConditional(machine, authority, address, size, machine.readInt(rs2));
    if (typeof failed !== "bigint") return failed;
    machine.writeInt(rd, failed);
    return retire;
  };
}

export const lrB = define({
  name: "lr.b",
  pattern: "00010 aq[0] rl[0] 00000 base[4:0] 000 rd[4:0] 0101111",
  syntax: "rd, (base)",
  manual: "CHERI ISAv9, LR.B",
  execute: reserving(1),
});

export const lrH = define({
  name: "lr.h",
  pattern: "00010 aq[0] rl[0] 00000 base[4:0] 001 rd[4:0] 0101111",
  syntax: "rd, (base)",
  manual: "CHERI ISAv9, LR.H",
  execute: reserving(2),
});

export const lrW = define({
  name: "lr.w",
  pattern: "00010 aq[0] rl[0] 00000 base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, (base)",
  manual: "RISC-V Unprivileged, LR.W",
  execute: reserving(4),
});

export const lrD = define({
  name: "lr.d",
  pattern: "00010 aq[0] rl[0] 00000 base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, (base)",
  manual: "RISC-V Unprivileged, LR.D",
  execute: reserving(8),
});

export const scB = define({
  name: "sc.b",
  pattern: "00011 aq[0] rl[0] rs2[4:0] base[4:0] 000 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "CHERI ISAv9, SC.B",
  execute: conditional(1),
});

export const scH = define({
  name: "sc.h",
  pattern: "00011 aq[0] rl[0] rs2[4:0] base[4:0] 001 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "CHERI ISAv9, SC.H",
  execute: conditional(2),
});

export const scW = define({
  name: "sc.w",
  pattern: "00011 aq[0] rl[0] rs2[4:0] base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, SC.W",
  execute: conditional(4),
});

export const scD = define({
  name: "sc.d",
  pattern: "00011 aq[0] rl[0] rs2[4:0] base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, SC.D",
  execute: conditional(8),
});
