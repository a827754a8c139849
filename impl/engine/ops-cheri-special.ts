/** Special capability registers, CClear and CInvoke (CHERI ISAv9). */
import { hasReservedOtype, otype } from "../capability/format.ts";
import { copySlot } from "../capability/slots.ts";
import { add, and, ctz, eq, extendU, isZero, ltU, ne, shl, shrU, sub, wrap } from "../wasm/arithmetic.ts";
import { type Code, i32, type Statement } from "../wasm/code.ts";
import { block, br, brIf, call, loop, set, when } from "../wasm/control.ts";
import { load32, load64, store32, store64 } from "../wasm/memory.ts";
import { contains } from "./access.ts";
import { capabilityCause, cause } from "./cause.ts";
import {
  C31_AT,
  DDC_AT,
  field,
  flag,
  MEPCC_AT,
  MTCC_AT,
  PCC_AT,
  REGISTERS_AT,
  SCRATCH_AT,
  SEPCC_AT,
  SLOT_BYTES,
  STCC_AT,
  slotAt,
  state,
} from "./layout.ts";
import type { Instruction, Operation } from "./operation.ts";
import { addressOf, highOf, settled } from "./slot-code.ts";
import { unseal } from "./trap.ts";
import { MISA_C } from "./window.ts";

const MACHINE_SPECIALS = [12, 13, 14, 15, 28, 29, 30, 31];

/** cspecialrw of one special register, reading only (cs1 = c0) or writing too. */
function cspecialrw(scr: number, writes: boolean): Instruction {
  const source = writes ? "cs1[4:0]" : "00000";
  return {
    name: "cspecialrw",
    encodings: [`0000001 ${scr.toString(2).padStart(5, "0")} ${source} 000 cd[4:0] 1011011`],
    emit: (op) => [
      ...(scr >= 12 ? guarded(op, slotAt(0x20 | scr)) : []),
      ...(writes ? copySlot(i32(SCRATCH_AT), op.rs1) : []),
      ...read(op, slotAt(0x20 | scr)),
      ...(writes ? write(op, slotAt(0x20 | scr)) : []),
      op.usedSource(writes ? op.rs1 : slotAt(0x20 | scr)),
      op.wroteCapability(),
    ],
  };
}

/** Special registers of machine and supervisor mode need the privilege first, then PCC's permission. */
function guarded(op: Operation, slot: number): Statement[] {
  return [
    when(ltU(load32(state.privilege), 3), [op.illegal()]),
    when(isZero(and(load32(PCC_AT, field.flags), flag.system)), [
      op.capabilityTrap(capabilityCause.system, slot),
    ]),
    op.usedAuthority(PCC_AT),
  ];
}

function read(op: Operation, slot: number): Statement[] {
  const copied = copySlot(op.rd, i32(slot));
  if (slot === PCC_AT) return [...copied, store64(op.rd, field.address, op.pc)];
  if (slot === MEPCC_AT || slot === SEPCC_AT)
    return [...copied, call(op.functions.legaliseExceptionPc, op.rd)];
  return copied;
}

/** Writes cs1, which `SCRATCH_AT` holds. */
function write(op: Operation, slot: number): Statement[] {
  const isVector = slot === MTCC_AT || slot === STCC_AT;
  const written = isVector
    ? [call(op.functions.writeTrapVector, slot)]
    : copySlot(i32(slot), i32(SCRATCH_AT));
  const refreshed = slot === DDC_AT ? [call(op.functions.refreshDdc)] : [];
  return [...written, ...refreshed, op.wroteSpecial(slot)];
}

/** Makes the named eighth of the registers null; DDC stands in the place of c0. */
const cclear: Instruction = {
  name: "cclear",
  encodings: ["1111111 01110 uimm[9:5] 000 uimm[4:0] 1011011"],
  emit: (op) => {
    const [mask, left, slot] = [op.locals.i32(), op.locals.i32(), op.locals.i32()];
    const half = wrap(op.imm);
    return [
      set(mask, shl(and(half, 0xff), and(shrU(half, 5), 0x18))),
      op.cleared(extendU(mask)),
      set(left, and(mask, ~1)),
      block((done) => [
        loop((again) => [
          brIf(done, isZero(left)),
          set(slot, add(shl(ctz(left), Math.log2(SLOT_BYTES)), REGISTERS_AT)),
          store64(slot, field.address, 0n),
          store32(slot, field.flags, flag.integer),
          set(left, and(left, sub(left, 1))),
          br(again),
        ]),
      ]),
      when(and(mask, 1), [
        store64(DDC_AT, field.address, 0n),
        store32(DDC_AT, field.flags, flag.integer),
        call(op.functions.refreshDdc),
        op.wroteSpecial(DDC_AT),
      ]),
    ];
  },
};

/** A domain call: cs1 becomes PCC and cs2 becomes c31, both unsealed, if they were sealed with one type. */
const cinvoke: Instruction = {
  name: "cinvoke",
  encodings: ["1111110 cs2[4:0] cs1[4:0] 000 00001 1011011"],
  emit: (op) => {
    const { rs1, rs2 } = op;
    const target = op.locals.i64();
    const misaligned = and(ne(and(target, 2n), 0n), eq(and(load64(state.misa), MISA_C), 0n));
    const refuse = (fails: Code<"i32">, code: number, slot: Code<"i32">) =>
      when(fails, [op.capabilityTrap(code, slot)]);
    const lacks = (slot: Code<"i32">, permission: number) =>
      isZero(and(load32(slot, field.flags), permission));
    return [
      settled(op, rs1),
      settled(op, rs2),
      set(target, and(addressOf(rs1), -2n)),
      refuse(lacks(rs1, flag.tag), capabilityCause.tag, rs1),
      refuse(lacks(rs2, flag.tag), capabilityCause.tag, rs2),
      refuse(hasReservedOtype(highOf(rs1)), capabilityCause.seal, rs1),
      refuse(hasReservedOtype(highOf(rs2)), capabilityCause.seal, rs2),
      refuse(ne(otype(highOf(rs1)), otype(highOf(rs2))), capabilityCause.type, rs1),
      refuse(lacks(rs1, flag.cinvoke), capabilityCause.cinvoke, rs1),
      refuse(lacks(rs2, flag.cinvoke), capabilityCause.cinvoke, rs2),
      refuse(lacks(rs1, flag.execute), capabilityCause.execute, rs1),
      refuse(isZero(lacks(rs2, flag.execute)), capabilityCause.execute, rs2),
      when(misaligned, [op.trap(cause.fetchAddress, target)]),
      refuse(isZero(contains(rs1, target, 2n)), capabilityCause.length, rs1),
      ...copySlot(i32(SCRATCH_AT), rs1),
      ...copySlot(i32(C31_AT), rs2),
      ...unseal(C31_AT),
      op.usedAuthority(rs2),
      op.usedSource(rs1),
      op.wroteCapabilityTo(i32(C31_AT)),
      op.installPcc(SCRATCH_AT, target),
    ];
  },
};

export const specialInstructions: readonly Instruction[] = [
  cspecialrw(0, false),
  ...[1, ...MACHINE_SPECIALS].flatMap((scr) => [cspecialrw(scr, false), cspecialrw(scr, true)]),
  cclear,
  cinvoke,
];
