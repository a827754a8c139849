/** A: atomic memory operations. */

import { addressOf, authorityOf, modify } from "../machine/access.ts";
import type { Machine } from "../machine/machine.ts";
import { greater, lesser } from "./arithmetic.ts";
import { define, type Outcome, retire } from "./define.ts";

interface AtomicOperands {
  readonly rd: number;
  readonly rs2: number;
  readonly base: number;
}

/** Memory receives what `compute` makes of its value and rs2, both signed; rd what memory held. */
function atomic(size: number, compute: (loaded: bigint, operand: bigint) => bigint) {
  return (machine: Machine, { rd, rs2, base }: AtomicOperands): Outcome => {
    const operand = BigInt.asIntN(8 * size, machine.readInt(rs2));
    const authority = authorityOf(machine, base);
    const loaded = modify(machine, authority, addressOf(machine, base, 0n), size, (value) =>
      compute(BigInt.asIntN(8 * size, value), operand),
    );
    if (typeof loaded !== "bigint") return loaded;
    machine.writeInt(rd, BigInt.asIntN(8 * size, loaded));
    return retire;
  };
}

const swap = (_: bigint, operand: bigint): bigint => operand;
const add = (loaded: bigint, operand: bigint): bigint => loaded + operand;
const xor = (loaded: bigint, operand: bigint): bigint => loaded ^ operand;
const and = (loaded: bigint, operand: bigint): bigint => loaded & operand;
const or = (loaded: bigint, operand: bigint): bigint => loaded | operand;
/** Two's complement numbers compare as unsigned ones once both are reduced to 64 bits. */
const isBelow = (left: bigint, right: bigint): boolean =>
  BigInt.asUintN(64, left) < BigInt.asUintN(64, right);
const minu = (loaded: bigint, operand: bigint): bigint => (isBelow(loaded, operand) ? loaded : operand);
const maxu = (loaded: bigint, operand: bigint): bigint => (isBelow(operand, loaded) ? loaded : operand);

export const amoswapW = define({
  name: "amoswap.w",
  pattern: "00001 aq[0] rl[0] rs2[4:0] base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOSWAP.W",
  execute: atomic(4, swap),
});

export const amoswapD = define({
  name: "amoswap.d",
  pattern: "00001 aq[0] rl[0] rs2[4:0] base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOSWAP.D",
  execute: atomic(8, swap),
});

export const amoaddW = define({
  name: "amoadd.w",
  pattern: "00000 aq[0] rl[0] rs2[4:0] base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOADD.W",
  execute: atomic(4, add),
});

export const amoaddD = define({
  name: "amoadd.d",
  pattern: "00000 aq[0] rl[0] rs2[4:0] base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOADD.D",
  execute: atomic(8, add),
});

export const amoxorW = define({
  name: "amoxor.w",
  pattern: "00100 aq[0] rl[0] rs2[4:0] base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOXOR.W",
  execute: atomic(4, xor),
});

export const amoxorD = define({
  name: "amoxor.d",
  pattern: "00100 aq[0] rl[0] rs2[4:0] base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOXOR.D",
  execute: atomic(8, xor),
});

export const amoandW = define({
  name: "amoand.w",
  pattern: "01100 aq[0] rl[0] rs2[4:0] base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOAND.W",
  execute: atomic(4, and),
});

export const amoandD = define({
  name: "amoand.d",
  pattern: "01100 aq[0] rl[0] rs2[4:0] base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOAND.D",
  execute: atomic(8, and),
});

export const amoorW = define({
  name: "amoor.w",
  pattern: "01000 aq[0] rl[0] rs2[4:0] base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOOR.W",
  execute: atomic(4, or),
});

export const amoorD = define({
  name: "amoor.d",
  pattern: "01000 aq[0] rl[0] rs2[4:0] base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOOR.D",
  execute: atomic(8, or),
});

export const amominW = define({
  name: "amomin.w",
  pattern: "10000 aq[0] rl[0] rs2[4:0] base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOMIN.W",
  execute: atomic(4, lesser),
});

export const amominD = define({
  name: "amomin.d",
  pattern: "10000 aq[0] rl[0] rs2[4:0] base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOMIN.D",
  execute: atomic(8, lesser),
});

export const amomaxW = define({
  name: "amomax.w",
  pattern: "10100 aq[0] rl[0] rs2[4:0] base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOMAX.W",
  execute: atomic(4, greater),
});

export const amomaxD = define({
  name: "amomax.d",
  pattern: "10100 aq[0] rl[0] rs2[4:0] base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOMAX.D",
  execute: atomic(8, greater),
});

export const amominuW = define({
  name: "amominu.w",
  pattern: "11000 aq[0] rl[0] rs2[4:0] base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOMINU.W",
  execute: atomic(4, minu),
});

export const amominuD = define({
  name: "amominu.d",
  pattern: "11000 aq[0] rl[0] rs2[4:0] base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOMINU.D",
  execute: atomic(8, minu),
});

export const amomaxuW = define({
  name: "amomaxu.w",
  pattern: "11100 aq[0] rl[0] rs2[4:0] base[4:0] 010 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOMAXU.W",
  execute: atomic(4, maxu),
});

export const amomaxuD = define({
  name: "amomaxu.d",
  pattern: "11100 aq[0] rl[0] rs2[4:0] base[4:0] 011 rd[4:0] 0101111",
  syntax: "rd, rs2, (base)",
  manual: "RISC-V Unprivileged, AMOMAXU.D",
  execute: atomic(8, maxu),
});
