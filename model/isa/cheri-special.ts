/** Xcheri: special capability registers, and clearing many registers at once. */

import { nullCapability } from "../capability/index.ts";
import { illegal } from "../machine/causes.ts";
import { PCC, scr as special } from "../machine/machine.ts";
import { readSpecial, specialTrap, writeSpecial } from "../machine/specials.ts";
import { derive } from "./cheri-derive.ts";
import { define, retire } from "./define.ts";

/** cd receives a special register, which receives cs1 unless that is c0. */
export const cspecialrw = define({
  name: "cspecialrw",
  pattern: "0000001 scr[4:0] cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, scr, cs1",
  manual: "CHERI ISAv9, CSpecialRW",
  execute(machine, { cd, scr, cs1 }) {
    const writes = cs1 !== 0;
    const refused = specialTrap(machine, scr, writes);
    if (refused !== null) return refused;

    const old = readSpecial(machine, scr);
    if (writes) writeSpecial(machine, scr, machine.readCap(cs1));
    // Everybody may access PCC and DDC; the others took permission to access system registers.
    if (scr !== special.pcc && scr !== special.ddc) machine.effects.authority = PCC;
    return derive(machine, cd, old, writes ? cs1 : 0x20 | scr);
  },
});

/** Makes null those of the eight registers from c(8q) that the mask names; in the place of c0, DDC. */
export const cclear = define({
  name: "cclear",
  pattern: "1111111 01110 q[1:0] m[7:5] 000 m[4:0] 1011011",
  syntax: "q, m",
  manual: "CHERI ISAv9, CClear",
  execute(machine, { q, m }) {
    for (let bit = 0; bit < 8; bit++) {
      if (((m >> bit) & 1) === 0) continue;
      const index = 8 * q + bit;
      if (index === 0) writeSpecial(machine, special.ddc, nullCapability);
      else machine.clearRegister(index);
    }
    machine.effects.cleared = m * 2 ** (8 * q);
    return retire;
  },
});

/** Illegal while there is no floating point: mstatus.FS is hard-wired to 0. */
export const fpclear = define({
  name: "fpclear",
  pattern: "1111111 10000 q[1:0] m[7:5] 000 m[4:0] 1011011",
  syntax: "q, m",
  manual: "CHERI ISAv9, FPClear",
  execute: illegal,
});
