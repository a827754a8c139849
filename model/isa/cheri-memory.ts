/** Xcheri: loading and storing capabilities, and reading the tags of a line. */

import { addressOf, authorityOf, loadTags, swapCapability } from "../machine/access.ts";
import { isTrap } from "../machine/causes.ts";
import { DDC } from "../machine/machine.ts";
import { loadInto, storeFrom } from "./cheri-access.ts";
import { define, retire } from "./define.ts";

const SP = 2;

export const lc = define({
  name: "lc",
  pattern: "imm[11:0] base[4:0] 010 cd[4:0] 0001111",
  syntax: "cd, imm(base)",
  manual: "CHERI ISAv9, LC",
  execute: (machine, { cd, base, imm }) =>
    loadInto(machine, cd, authorityOf(machine, base), addressOf(machine, base, imm)),
});

export const sc = define({
  name: "sc",
  pattern: "imm[11:5] cs2[4:0] base[4:0] 100 imm[4:0] 0100011",
  syntax: "cs2, imm(base)",
  manual: "CHERI ISAv9, SC",
  execute: (machine, { cs2, base, imm }) =>
    storeFrom(machine, cs2, authorityOf(machine, base), addressOf(machine, base, imm)),
});

export const lcDdc = define({
  name: "lc.ddc",
  pattern: "1111101 10111 rs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, (rs1)",
  manual: "CHERI ISAv9, LC.DDC",
  execute: (machine, { cd, rs1 }) => loadInto(machine, cd, DDC, machine.readInt(rs1)),
});

export const lcCap = define({
  name: "lc.cap",
  pattern: "1111101 11111 cs1[4:0] 000 cd[4:0] 1011011",
  syntax: "cd, (cs1)",
  manual: "CHERI ISAv9, LC.CAP",
  execute: (machine, { cd, cs1 }) => loadInto(machine, cd, cs1, machine.readInt(cs1)),
});

export const scDdc = define({
  name: "sc.ddc",
  pattern: "1111100 cs2[4:0] rs1[4:0] 000 00100 1011011",
  syntax: "cs2, (rs1)",
  manual: "CHERI ISAv9, SC.DDC",
  execute: (machine, { cs2, rs1 }) => storeFrom(machine, cs2, DDC, machine.readInt(rs1)),
});

export const scCap = define({
  name: "sc.cap",
  pattern: "1111100 cs2[4:0] cs1[4:0] 000 01100 1011011",
  syntax: "cs2, (cs1)",
  manual: "CHERI ISAv9, SC.CAP",
  execute: (machine, { cs2, cs1 }) => storeFrom(machine, cs2, cs1, machine.readInt(cs1)),
});

/** cd receives the capability in memory, memory receives cs2. */
export const amoswapC = define({
  name: "amoswap.c",
  pattern: "00001 aq[0] rl[0] cs2[4:0] base[4:0] 100 cd[4:0] 0101111",
  syntax: "cd, cs2, (base)",
  manual: "CHERI ISAv9, AMOSWAP.C",
  execute(machine, { cd, cs2, base }) {
    const authority = authorityOf(machine, base);
    const loaded = swapCapability(machine, authority, addressOf(machine, base, 0n), machine.readCap(cs2));
    if (isTrap(loaded)) return loaded;
    machine.writeCap(cd, loaded);
    machine.effects.source = cs2;
    return retire;
  },
});

/** rd receives the four tags of a 64-byte line, lowest granule in bit 0. */
export const cloadtags = define({
  name: "cloadtags",
  pattern: "1111111 10010 cs1[4:0] 000 rd[4:0] 1011011",
  syntax: "rd, (cs1)",
  manual: "CHERI ISAv9, CLoadTags",
  execute(machine, { rd, cs1 }) {
    const tags = loadTags(machine, cs1, machine.readInt(cs1));
    if (typeof tags !== "bigint") return tags;
    machine.writeInt(rd, tags);
    return retire;
  },
});

export const cClc = define({
  name: "c.clc",
  pattern: "001 uimm[5:4|8] cs1[2:0] uimm[7:6] cd[2:0] 00",
  syntax: "cd, uimm(cs1)",
  manual: "CHERI ISAv9, C.CLC",
  mode: "capability",
  execute: (machine, { cd, cs1, uimm }) => loadInto(machine, cd, cs1, addressOf(machine, cs1, uimm)),
});

export const cCsc = define({
  name: "c.csc",
  pattern: "101 uimm[5:4|8] cs1[2:0] uimm[7:6] cs2[2:0] 00",
  syntax: "cs2, uimm(cs1)",
  manual: "CHERI ISAv9, C.CSC",
  mode: "capability",
  execute: (machine, { cs2, cs1, uimm }) => storeFrom(machine, cs2, cs1, addressOf(machine, cs1, uimm)),
});

export const cClcsp = define({
  name: "c.clcsp",
  pattern: "001 uimm[5] cd[4:0] uimm[4|9:6] 10",
  syntax: "cd, uimm(csp)",
  manual: "CHERI ISAv9, C.CLCSP",
  mode: "capability",
  except: { cd: [0] },
  execute: (machine, { cd, uimm }) => loadInto(machine, cd, SP, addressOf(machine, SP, uimm)),
});

export const cCscsp = define({
  name: "c.cscsp",
  pattern: "101 uimm[5:4|9:6] cs2[4:0] 10",
  syntax: "cs2, uimm(csp)",
  manual: "CHERI ISAv9, C.CSCSP",
  mode: "capability",
  execute: (machine, { cs2, uimm }) => storeFrom(machine, cs2, SP, addressOf(machine, SP, uimm)),
});
