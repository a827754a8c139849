/** Jumps and branches in both encoding modes (RISC-V Unprivileged, I and C; CHERI ISAv9, CJAL, CJALR, AUIPCC). */
import { isSentry, OTYPE_SENTRY, withOtype, withoutSeal } from "../capability/format.ts";
import { copySlot } from "../capability/slots.ts";
import { add, and, eq, geS, geU, isZero, ltS, ltU, ne, or, sub, xor } from "../wasm/arithmetic.ts";
import { type Code, i32, type Local, type Statement, sequence } from "../wasm/code.ts";
import { call, set, when } from "../wasm/control.ts";
import { copy16, load32, load64, store32, store64 } from "../wasm/memory.ts";
import { contains } from "./access.ts";
import { capabilityCause, cause } from "./cause.ts";
import { field, flag, PCC_AT, SCRATCH_AT, state } from "./layout.ts";
import type { Instruction, Operation } from "./operation.ts";
import { addressOf, highOf, isUsable, settled } from "./slot-code.ts";
import { MISA_C, MODE_BIT } from "./window.ts";

type Word = Code<"i64">;

const jal: Instruction = {
  name: "jal",
  links: "integer",
  encodings: ["imm[20|10:1|11|19:12] rd[4:0] 1101111; mode=integer", "101 imm[11|4|9:8|10|6|7|3:1|5] 01"],
  emit: (op) => {
    const target = op.locals.i64();
    return [
      set(target, add(op.pc, op.imm)),
      ...allowed(op, target),
      ...(op.discardsRd ? [] : [op.writeInteger(op.nextPc)]),
      op.jump(target),
    ];
  },
};

const jalr: Instruction = {
  name: "jalr",
  links: "integer",
  encodings: [
    "imm[11:0] rs1[4:0] 000 rd[4:0] 1100111; mode=integer",
    "100 0 rs1[4:0] 00000 10; mode=integer",
    "100 1 rs1[4:0] 00000 10; rd=1 mode=integer",
    "1111111 10100 rs1[4:0] 000 rd[4:0] 1011011",
  ],
  emit: (op) => {
    const target = op.locals.i64();
    return [
      set(target, and(add(op.link("integer") ?? addressOf(op.rs1), op.imm), -2n)),
      ...allowed(op, target),
      ...(op.discardsRd ? [] : [op.writeInteger(op.nextPc)]),
      op.jump(target),
    ];
  },
};

const cjal: Instruction = {
  name: "cjal",
  links: "sentry",
  encodings: ["imm[20|10:1|11|19:12] cd[4:0] 1101111; mode=capability"],
  emit: (op) => {
    const target = op.locals.i64();
    return [
      set(target, add(op.pc, op.imm)),
      ...allowed(op, target),
      ...writeLink(op),
      op.usedSource(PCC_AT),
      op.jump(target),
    ];
  },
};

/** A jump to a capability. The new PCC is put aside, because the link may overwrite cs1. */
const cjalr: Instruction = {
  name: "cjalr",
  links: "sentry",
  encodings: [
    "imm[11:0] cs1[4:0] 000 cd[4:0] 1100111; mode=capability",
    "100 0 cs1[4:0] 00000 10; mode=capability",
    "100 1 cs1[4:0] 00000 10; cd=1 mode=capability",
    "1111111 01100 cs1[4:0] 000 cd[4:0] 1011011",
  ],
  emit: (op) => {
    const target = op.locals.i64();
    const misaligned = and(ne(and(target, 2n), 0n), eq(and(load64(state.misa), MISA_C), 0n));
    const link = op.link("sentry");
    if (link !== null) return jumpAsPcc(op, link, link);
    return [
      set(target, and(add(addressOf(op.rs1), op.imm), -2n)),
      jumpWithinPcc(op, target),
      settled(op, op.rs1),
      when(isZero(isUsable(load32(op.rs1, field.flags), flag.execute)), refuseUnlessSentry(op)),
      when(misaligned, [op.trap(cause.fetchAddress, target)]),
      when(isZero(contains(op.rs1, target, 2n)), [op.capabilityTrap(capabilityCause.length, op.rs1)]),
      ...copySlot(i32(SCRATCH_AT), op.rs1),
      op.usedAuthority(op.rs1),
      op.usedSource(op.rs1),
      ...writeLink(op),
      op.installPcc(SCRATCH_AT, target),
    ];
  },
};

/**
 * Jumps if cs1 is PCC itself but for the address, the encoding mode, and perhaps a sentry. Hot: calls and returns
 * within one compartment. PCC has just been fetched from, so what equals it has the tag and Permit_Execute, and its
 * window holds.
 */
function jumpWithinPcc(op: Operation, target: Local<"i64">): Statement {
  const [flags, high, change] = [op.locals.i32(), op.locals.i64(), op.locals.i64()];
  const same = (offset: number) => eq(load64(op.rs1, offset), load64(PCC_AT, offset));
  const unsealedFlags = eq(and(flags, ~flag.sealed), load32(PCC_AT, field.flags));
  const opens = or(isZero(and(flags, flag.sealed)), and(isSentry(high), eq(op.imm, 0n)));
  const inWindow = op.likelyTarget
    ? eq(target, op.likelyTarget)
    : ltU(sub(target, load64(state.fetchBase)), load64(state.fetchCount));
  const isPcc = and(and(same(field.base), same(field.top)), isZero(and(change, ~MODE_BIT)));
  const looks = sequence(
    set(flags, load32(op.rs1, field.flags)),
    set(high, highOf(op.rs1)),
    set(change, xor(withoutSeal(high), load64(PCC_AT, field.high))),
  );
  const fits = and(and(unsealedFlags, opens), and(isPcc, inWindow));
  const aim = set(target, and(add(addressOf(op.rs1), op.imm), -2n));
  const foreseen = op.foreseen(sequence(aim, looks), and(fits, isZero(change)));
  return sequence(
    ...(foreseen ? [when(foreseen, jumpAsPcc(op, addressOf(op.rs1), op.likelyTarget ?? target))] : []),
    looks,
    when(fits, [
      ...movePcc(op, addressOf(op.rs1)),
      when(isZero(change), [op.jumpAsPcc(target, "none")]),
      store64(PCC_AT, field.high, xor(load64(PCC_AT, field.high), change)),
      call(op.functions.refreshMode),
      op.jumpAsPcc(target, "mode"),
    ]),
  );
}

/** Jumps to cs1, which is PCC with this address, perhaps as a sentry. */
function jumpAsPcc(op: Operation, address: Code<"i64">, target: Code<"i64">): Statement[] {
  return [...movePcc(op, address), op.jumpAsPcc(target, "none")];
}

/** Leaves the link, and gives PCC the address of cs1, which the link may overwrite. */
function movePcc(op: Operation, address: Code<"i64">): Statement[] {
  const kept = op.locals.i64();
  return [
    op.usedAuthority(op.rs1),
    op.usedSource(op.rs1),
    set(kept, address),
    ...writeLink(op),
    store64(PCC_AT, field.address, kept),
  ];
}

/** cs1 is not simply executable: traps, unless it is a sentry and the jump goes to its very address. */
function refuseUnlessSentry(op: Operation): Statement[] {
  const flags = load32(op.rs1, field.flags);
  const lacks = (bit: number) => isZero(and(flags, bit));
  const opens = and(isSentry(highOf(op.rs1)), eq(op.imm, 0n));
  return [
    when(lacks(flag.tag), [op.capabilityTrap(capabilityCause.tag, op.rs1)]),
    when(and(isZero(lacks(flag.sealed)), isZero(opens)), [op.capabilityTrap(capabilityCause.seal, op.rs1)]),
    when(lacks(flag.execute), [op.capabilityTrap(capabilityCause.execute, op.rs1)]),
  ];
}

/** cd := PCC at the next instruction, sealed as a sentry. The next address is within PCC's bounds or at their end. */
function writeLink(op: Operation): Statement[] {
  if (op.discardsRd) return [];
  const flags = or(load32(PCC_AT, field.flags), flag.sealed);
  return [
    // Field by field: a vector load across a field that was stored on its own would have to wait for the store.
    store64(op.rd, field.address, op.nextPc),
    store32(op.rd, field.flags, flags),
    store64(op.rd, field.high, withOtype(highOf(i32(PCC_AT)), OTYPE_SENTRY)),
    store64(op.rd, field.base, load64(PCC_AT, field.base)),
    copy16(op.rd, i32(PCC_AT), field.top),
    op.wroteCapability(),
  ];
}

/** Traps unless PCC allows a jump to the target. Hot: the fetch window answers for almost all of them. */
function allowed(op: Operation, target: Local<"i64">): Statement[] {
  const offset = sub(target, load64(state.fetchBase));
  const checked = when(geU(offset, load64(state.fetchCount)), [
    when(isZero(call(op.functions.checkJump, target)), [op.pendingTrap()]),
  ]);
  return [op.likelyTarget ? when(ne(target, op.likelyTarget), [checked]) : checked, op.usedAuthority(PCC_AT)];
}

const auipc: Instruction = {
  name: "auipc",
  encodings: ["imm[31:12] rd[4:0] 0010111; mode=integer"],
  emit: (op) => [op.writeInteger(add(op.pc, op.imm))],
};

const auipcc: Instruction = {
  name: "auipcc",
  encodings: ["imm[31:12] cd[4:0] 0010111; mode=capability"],
  emit: (op) => {
    const address = op.locals.i64();
    const inBounds = ltU(sub(address, load64(PCC_AT, field.base)), load64(PCC_AT, field.length));
    return [
      set(address, add(op.pc, op.imm)),
      ...copySlot(op.rd, i32(PCC_AT)),
      when(
        inBounds,
        [store64(op.rd, field.address, address)],
        [call(op.functions.setAddress, op.rd, address)],
      ),
      op.usedSource(PCC_AT),
      op.wroteCapability(),
    ];
  },
};

function branch(
  name: string,
  funct3: string,
  taken: (a: Word, b: Word) => Code<"i32">,
  compressed: readonly string[] = [],
): Instruction {
  return {
    name,
    encodings: [`imm[12|10:5] rs2[4:0] rs1[4:0] ${funct3} imm[4:1|11] 1100011`, ...compressed],
    emit: (op) => {
      const target = op.locals.i64();
      return [
        when(taken(addressOf(op.rs1), addressOf(op.rs2)), [
          set(target, add(op.pc, op.imm)),
          ...allowed(op, target),
          op.jump(target),
        ]),
      ];
    },
  };
}

export const jumps: readonly Instruction[] = [
  jal,
  jalr,
  cjal,
  cjalr,
  auipc,
  auipcc,
  branch("beq", "000", eq, ["110 imm[8|4:3] rs1'[2:0] imm[7:6|2:1|5] 01"]),
  branch("bne", "001", ne, ["111 imm[8|4:3] rs1'[2:0] imm[7:6|2:1|5] 01"]),
  branch("blt", "100", ltS),
  branch("bge", "101", geS),
  branch("bltu", "110", ltU),
  branch("bgeu", "111", geU),
];
