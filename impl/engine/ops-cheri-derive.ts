/**
 * Instructions that make one capability out of another (CHERI ISAv9). None of them traps: what is not allowed gives
 * an untagged result.
 */
import {
  hasReservedOtype,
  isSentry,
  keptPerms,
  memoryForm,
  otype,
  withFlags,
  withoutSeal,
  withPerms,
} from "../capability/format.ts";
import { copySlot, withoutTagIfSealed } from "../capability/slots.ts";
import { add, and, eq, isZero, leU, ltU, or, shl, sub } from "../wasm/arithmetic.ts";
import { type Code, i32, type Local, type Statement } from "../wasm/code.ts";
import { call, choose, select, set, when } from "../wasm/control.ts";
import { copy16, load32, load64, store32, store64 } from "../wasm/memory.ts";
import { field, flag } from "./layout.ts";
import type { Instruction, Operation } from "./operation.ts";
import { addressOf, highOf, isSealedSlot, isUsable, replaceHigh, settled, tagOf } from "./slot-code.ts";

/** What every derivation from cs1 says once rd is filled. */
function derived(op: Operation): Statement[] {
  return [op.usedSource(op.rs1), op.wroteCapability()];
}

const cmove: Instruction = {
  name: "cmove",
  encodings: ["1111111 01010 cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => [...copySlot(op.rd, op.rs1), ...derived(op)],
};

const ccleartag: Instruction = {
  name: "ccleartag",
  encodings: ["1111111 01011 cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => [
    ...copySlot(op.rd, op.rs1),
    store32(op.rd, field.flags, and(load32(op.rd, field.flags), ~flag.tag)),
    ...derived(op),
  ],
};

const candperm: Instruction = {
  name: "candperm",
  encodings: ["0001101 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => {
    const [flags, kept, high] = [op.locals.i32(), op.locals.i32(), op.locals.i64()];
    return [
      settled(op, op.rs1),
      set(flags, load32(op.rs1, field.flags)),
      set(kept, keptPerms(addressOf(op.rs2))),
      set(high, withPerms(highOf(op.rs1), kept)),
      ...copySlot(op.rd, op.rs1),
      store64(op.rd, field.high, high),
      store32(op.rd, field.flags, and(withoutTagIfSealed(flags), or(kept, ~0xffff))),
      ...derived(op),
    ];
  },
};

const csetflags: Instruction = {
  name: "csetflags",
  encodings: ["0001110 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => {
    const high = withFlags(highOf(op.rs1), addressOf(op.rs2));
    return [settled(op, op.rs1), replaceHigh(op, op.rs1, high, isTaggedUnsealed(op)), ...derived(op)];
  },
};

/** 1 if complete cs1 is tagged and not sealed. */
function isTaggedUnsealed(op: Operation): Code<"i32"> {
  return and(tagOf(op.rs1), isZero(isSealedSlot(op.rs1)));
}

/** The upper word comes in memory form. */
const csethigh: Instruction = {
  name: "csethigh",
  encodings: ["0010110 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => {
    const [high, address] = [op.locals.i64(), op.locals.i64()];
    return [
      set(high, memoryForm(addressOf(op.rs2))),
      set(address, addressOf(op.rs1)),
      store64(op.rd, field.address, address),
      store64(op.rd, field.high, high),
      store32(op.rd, field.flags, flag.lazy),
      ...derived(op),
    ];
  },
};

/**
 * rd := cs1 with the address. Hot: an address within the bounds of a tagged capability is representable by either
 * check, and an integer stays one. `otherwise` does what is left.
 */
function moved(op: Operation, address: Local<"i64">, otherwise: readonly Statement[]): Statement[] {
  const { rd, rs1 } = op;
  const flags = op.locals.i32();
  const isWithin = ltU(sub(address, load64(rs1, field.base)), load64(rs1, field.length));
  return [
    set(flags, load32(rs1, field.flags)),
    when(
      and(isUsable(flags), isWithin),
      [
        ...(op.isInPlace ? [] : [copy16(rd, rs1, field.high), copy16(rd, rs1, field.top)]),
        store64(rd, field.address, address),
        ...(op.isInPlace ? [] : [store32(rd, field.flags, flags)]),
      ],
      [
        when(
          eq(flags, flag.integer),
          [store64(rd, field.address, address), store32(rd, field.flags, flag.integer)],
          otherwise,
        ),
      ],
    ),
    ...derived(op),
  ];
}

function incremented(op: Operation, increment: Code<"i64">): Statement[] {
  const [amount, address] = [op.locals.i64(), op.locals.i64()];
  return [
    set(amount, increment),
    set(address, add(addressOf(op.rs1), amount)),
    ...moved(op, address, [call(op.functions.increment, op.rd, op.rs1, amount)]),
  ];
}

const cincoffset: Instruction = {
  name: "cincoffset",
  movesAddress: true,
  encodings: ["0010001 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => incremented(op, addressOf(op.rs2)),
};

const cincoffsetimm: Instruction = {
  name: "cincoffsetimm",
  movesAddress: true,
  encodings: [
    "imm[11:0] cs1[4:0] 001 cd[4:0] 1011011",
    // In capability mode, what are c.addi16sp and c.addi4spn otherwise.
    "011 imm[9] 00010 imm[4|6|8:7|5] 01; cd=2 cs1=2 mode=capability",
    "000 uimm[5:4|9:6|2|3] cd'[2:0] 00; cs1=2 mode=capability",
  ],
  emit: (op) => incremented(op, op.imm),
};

const csetaddr: Instruction = {
  name: "csetaddr",
  movesAddress: true,
  encodings: ["0010000 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => {
    const address = op.locals.i64();
    return [
      set(address, addressOf(op.rs2)),
      ...moved(op, address, [...copySlot(op.rd, op.rs1), call(op.functions.setAddress, op.rd, address)]),
    ];
  },
};

/** Statements that set rd to cs1 with the offset that rs2 holds. */
function offsetBy(op: Operation): Statement[] {
  const [amount, address] = [op.locals.i64(), op.locals.i64()];
  return [
    settled(op, op.rs1),
    set(address, add(load64(op.rs1, field.base), addressOf(op.rs2))),
    set(amount, sub(address, addressOf(op.rs1))),
    ...moved(op, address, [call(op.functions.increment, op.rd, op.rs1, amount)]),
  ];
}

const csetoffset: Instruction = {
  name: "csetoffset",
  encodings: ["0001111 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: offsetBy,
};

/** Offset 0 gives null. */
const cfromptr: Instruction = {
  name: "cfromptr",
  encodings: ["0010011 rs2[4:0] ds1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => [
    when(
      isZero(addressOf(op.rs2)),
      [store64(op.rd, field.address, 0n), store32(op.rd, field.flags, flag.integer), ...derived(op)],
      offsetBy(op),
    ),
  ],
};

/** Hot: a length below 4096 needs no exponent, so that bounds are base and top themselves. */
function bounded(op: Operation, length: Code<"i64">, exact: 0 | 1): Statement[] {
  const { rd, rs1 } = op;
  const [flags, size, address, top] = [op.locals.i32(), op.locals.i64(), op.locals.i64(), op.locals.i64()];
  const offset = sub(address, load64(rs1, field.base));
  const whole = load64(rs1, field.length);
  // At a top of 2^64 the address has wrapped to 0: an empty request there is not within, and not for the quick test.
  const isWithin = and(ltU(offset, whole), leU(size, sub(whole, offset)));
  const mantissas = or(shl(and(top, 0xfffn), 14n), and(address, 0x3fffn));
  const topFlag = select(ltU(top, address), i32(flag.top64), 0);
  return [
    set(flags, load32(rs1, field.flags)),
    set(address, addressOf(rs1)),
    set(size, length),
    when(
      and(and(isUsable(flags), ltU(size, 4096n)), isWithin),
      [
        set(top, add(address, size)),
        store64(rd, field.high, or(and(highOf(rs1), ~0x7ff_ffffn), mantissas)),
        store64(rd, field.address, address),
        store64(rd, field.base, address),
        store64(rd, field.top, top),
        store64(rd, field.length, size),
        store32(rd, field.flags, or(and(flags, ~flag.top64), topFlag)),
      ],
      [call(op.functions.setBounds, rd, rs1, size, exact)],
    ),
    ...derived(op),
  ];
}

const csetbounds: Instruction = {
  name: "csetbounds",
  encodings: ["0001000 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => bounded(op, addressOf(op.rs2), 0),
};

const csetboundsexact: Instruction = {
  name: "csetboundsexact",
  encodings: ["0001001 rs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => bounded(op, addressOf(op.rs2), 1),
};

const csetboundsimm: Instruction = {
  name: "csetboundsimm",
  encodings: ["uimm[11:0] cs1[4:0] 010 cd[4:0] 1011011"],
  emit: (op) => bounded(op, op.imm, 0),
};

/** Sentries stay sealed, other seals are dropped; whatever cs1 does not allow leaves the bits, untagged. */
const cbuildcap: Instruction = {
  name: "cbuildcap",
  encodings: ["0011101 cs2[4:0] ds1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => {
    const { rs1, rs2 } = op;
    const high = highOf(rs2);
    const asked = choose(isSentry(high), high, withoutSeal(high));
    const allowed = call(
      op.functions.mayBuild,
      tagOf(rs1),
      highOf(rs1),
      addressOf(rs1),
      high,
      addressOf(rs2),
    );
    return [
      settled(op, rs1),
      settled(op, rs2),
      replaceHigh(op, rs2, asked, allowed),
      op.usedAuthority(rs1),
      op.usedSource(rs2),
      op.wroteCapability(),
    ];
  },
};

/** The address becomes the object type of cs2, negative if it is a reserved one, which also untags. */
const ccopytype: Instruction = {
  name: "ccopytype",
  encodings: ["0011110 cs2[4:0] cs1[4:0] 000 cd[4:0] 1011011"],
  emit: (op) => {
    const [high, type, isReserved] = [op.locals.i64(), op.locals.i64(), op.locals.i32()];
    return [
      settled(op, op.rs2),
      set(high, highOf(op.rs2)),
      set(isReserved, hasReservedOtype(high)),
      set(type, select(isReserved, or(otype(high), ~0x3ffffn), otype(high))),
      ...copySlot(op.rd, op.rs1),
      call(op.functions.setAddress, op.rd, type),
      when(isReserved, [store32(op.rd, field.flags, and(load32(op.rd, field.flags), ~flag.tag))]),
      ...derived(op),
    ];
  },
};

/** Capabilities out of capabilities, sealing apart. */
export const deriveInstructions: readonly Instruction[] = [
  cmove,
  ccleartag,
  candperm,
  csetflags,
  csethigh,
  cincoffset,
  cincoffsetimm,
  csetaddr,
  csetoffset,
  cfromptr,
  csetbounds,
  csetboundsexact,
  csetboundsimm,
  cbuildcap,
  ccopytype,
];
