/** Instructions that read capabilities and give integers (CHERI ISAv9). None of them traps. */
import { hasReservedOtype, memoryForm, otype, shownPerms } from "../capability/format.ts";
import { and, eq, extendU, isZero, ltU, ne, or, shrU, sub, xor } from "../wasm/arithmetic.ts";
import { type Code, i64 } from "../wasm/code.ts";
import { call, choose, select } from "../wasm/control.ts";
import { load32, load64 } from "../wasm/memory.ts";
import { field, flag } from "./layout.ts";
import type { Instruction, Operation } from "./operation.ts";
import { addressOf, highOf, settled, tagOf } from "./slot-code.ts";

/** An instruction that gives one field of a complete capability. */
function getter(name: string, selector: string, value: (op: Operation) => Code<"i64">): Instruction {
  return {
    name,
    encodings: [`1111111 ${selector} cs1[4:0] 000 rd[4:0] 1011011`],
    emit: (op) => [settled(op, op.rs1), op.writeInteger(value(op))],
  };
}

/** A bit of the flag word as an integer. */
function flagBit(op: Operation, bit: number): Code<"i64"> {
  return extendU(ne(and(load32(op.rs1, field.flags), bit), 0));
}

const cgetperm = getter("cgetperm", "00000", (op) => shownPerms(highOf(op.rs1)));

/** Reserved object types show as negative numbers: -1 is unsealed, -2 a sentry. */
const cgettype = getter("cgettype", "00001", (op) =>
  choose(hasReservedOtype(highOf(op.rs1)), or(otype(highOf(op.rs1)), ~0x3ffffn), otype(highOf(op.rs1))),
);

const cgetbase = getter("cgetbase", "00010", (op) => load64(op.rs1, field.base));

/** 2^64-1 stands for every longer length. */
const cgetlen = getter("cgetlen", "00011", (op) => {
  const base = load64(op.rs1, field.base);
  const top = load64(op.rs1, field.top);
  const isLong = xor(ne(and(load32(op.rs1, field.flags), flag.top64), 0), ltU(top, base));
  return select(isLong, i64(-1n), sub(top, base));
});

const cgettag: Instruction = {
  name: "cgettag",
  encodings: ["1111111 00100 cs1[4:0] 000 rd[4:0] 1011011"],
  emit: (op) => [op.writeInteger(extendU(tagOf(op.rs1)))],
};

/** The tag does not matter. */
const cgetsealed = getter("cgetsealed", "00101", (op) => flagBit(op, flag.sealed));

const cgetoffset = getter("cgetoffset", "00110", (op) => sub(addressOf(op.rs1), load64(op.rs1, field.base)));

const cgetflags = getter("cgetflags", "00111", (op) => and(shrU(highOf(op.rs1), 45n), 1n));

const cgetaddr: Instruction = {
  name: "cgetaddr",
  encodings: ["1111111 01111 cs1[4:0] 000 rd[4:0] 1011011"],
  emit: (op) => [op.writeInteger(addressOf(op.rs1))],
};

const cgethigh = getter("cgethigh", "10111", (op) => memoryForm(highOf(op.rs1)));

/** 2^64-1 stands for 2^64. */
const cgettop = getter("cgettop", "11000", (op) =>
  select(and(load32(op.rs1, field.flags), flag.top64), i64(-1n), load64(op.rs1, field.top)),
);

const crrl: Instruction = {
  name: "crrl",
  encodings: ["1111111 01000 rs1[4:0] 000 rd[4:0] 1011011"],
  emit: (op) => [op.writeInteger(call(op.functions.representableLength, addressOf(op.rs1)))],
};

const cram: Instruction = {
  name: "cram",
  encodings: ["1111111 01001 rs1[4:0] 000 rd[4:0] 1011011"],
  emit: (op) => [op.writeInteger(call(op.functions.alignmentMask, addressOf(op.rs1)))],
};

/** 0 if cs1 is untagged, else its address relative to the base of cs2. */
const ctoptr: Instruction = {
  name: "ctoptr",
  encodings: ["0010010 ds2[4:0] cs1[4:0] 000 rd[4:0] 1011011"],
  emit: (op) => {
    const offset = sub(addressOf(op.rs1), load64(op.rs2, field.base));
    return [settled(op, op.rs2), op.writeInteger(select(tagOf(op.rs1), offset, 0n))];
  },
};

const csub: Instruction = {
  name: "csub",
  encodings: ["0010100 cs2[4:0] cs1[4:0] 000 rd[4:0] 1011011"],
  emit: (op) => [op.writeInteger(sub(addressOf(op.rs1), addressOf(op.rs2)))],
};

/** 1 if the tags are equal and the bounds and permissions of cs2 are within those of cs1. */
const ctestsubset: Instruction = {
  name: "ctestsubset",
  encodings: ["0100000 cs2[4:0] ds1[4:0] 000 rd[4:0] 1011011"],
  emit: (op) => {
    const { rs1, rs2, functions } = op;
    const isWithin = call(functions.isSubset, highOf(rs1), addressOf(rs1), highOf(rs2), addressOf(rs2));
    return [
      settled(op, rs1),
      settled(op, rs2),
      op.writeInteger(extendU(and(eq(tagOf(rs1), tagOf(rs2)), isWithin))),
    ];
  },
};

/** 1 if tag and all bits are the same. */
const cseqx: Instruction = {
  name: "cseqx",
  encodings: ["0100001 cs2[4:0] cs1[4:0] 000 rd[4:0] 1011011"],
  emit: (op) => {
    const { rs1, rs2 } = op;
    const differs = or(xor(highOf(rs1), highOf(rs2)), xor(addressOf(rs1), addressOf(rs2)));
    return [
      settled(op, rs1),
      settled(op, rs2),
      op.writeInteger(extendU(and(eq(tagOf(rs1), tagOf(rs2)), isZero(differs)))),
    ];
  },
};

/** Integers out of capabilities. */
export const inspectInstructions: readonly Instruction[] = [
  cgetperm,
  cgettype,
  cgetbase,
  cgetlen,
  cgettag,
  cgetsealed,
  cgetoffset,
  cgetflags,
  cgetaddr,
  cgethigh,
  cgettop,
  crrl,
  cram,
  ctoptr,
  csub,
  ctestsubset,
  cseqx,
];
