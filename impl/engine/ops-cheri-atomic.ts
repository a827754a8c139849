/** Atomic accesses by capability: LR.C, SC.C and AMOSWAP.C (CHERI ISAv9). */
import { isZero, or, shl } from "../wasm/arithmetic.ts";
import { type Statement, sequence } from "../wasm/code.ts";
import { call, set, when } from "../wasm/control.ts";
import { store32, store64 } from "../wasm/memory.ts";
import { access, inRam } from "./access.ts";
import { cause } from "./cause.ts";
import { field, flag } from "./layout.ts";
import { checkedLoad, reserve, storeConditional } from "./memory-code.ts";
import type { Instruction, Operation } from "./operation.ts";
import {
  CAPABILITY,
  giveCapability,
  neededToStore,
  putCapability,
  takeCapability,
} from "./ops-cheri-memory.ts";
import { addressOf } from "./slot-code.ts";

type Form = Pick<Instruction, "name" | "encodings" | "authority">;

/** cd := the capability at rs1, whose granule is now reserved. */
function loadReserved(form: Form): Instruction {
  return {
    ...form,
    emit: (op) => {
      const [address, at] = [op.locals.i64(), op.locals.i32()];
      const [loaded, take] = takeCapability(op, at);
      return [
        set(address, addressOf(op.rs1)),
        checkedLoad(op, at, address, CAPABILITY),
        take,
        reserve(address),
        op.usedAuthority(op.authority),
        op.didReadCapability(address, at),
        giveCapability(op, loaded),
      ];
    },
  };
}

/**
 * Memory := cs2 and rd := 0 if the address is reserved, else rd := 1. The forms that name their authority have no rd:
 * their status takes the place of cs2, as a capability that is null but for its address.
 */
function conditionalStore(form: Form, report?: (op: Operation, status: bigint) => Statement): Instruction {
  return {
    ...form,
    emit: (op) => {
      const [address, at] = [op.locals.i64(), op.locals.i32()];
      const what = access(16, flag.store, { aligned: true, store: true, conditional: true });
      const exact = { size: 16, what: or(shl(neededToStore(op), 16), what) };
      return [
        set(address, addressOf(op.rs1)),
        ...storeConditional(
          op,
          at,
          address,
          exact,
          [putCapability(op, at), op.usedSource(op.rs2), op.didWriteCapability(address, at)],
          report && ((status) => report(op, status)),
        ),
      ];
    },
  };
}

function giveStatus(op: Operation, status: bigint): Statement {
  return sequence(
    store64(op.rd, field.address, status),
    store32(op.rd, field.flags, flag.integer),
    op.wroteCapability(),
  );
}

/** cd := memory, and memory := cs2. It reads first, so that a place outside RAM is a load's access fault. */
const amoswap: Instruction = {
  name: "amoswap.c",
  encodings: ["00001 _[1:0] cs2[4:0] rs1[4:0] 100 cd[4:0] 0101111"],
  authority: "mode",
  emit: (op) => {
    const [address, at] = [op.locals.i64(), op.locals.i32()];
    const [loaded, take] = takeCapability(op, at);
    const what = access(16, flag.load | flag.store, { aligned: true, store: true, conditional: true });
    const needs = or(shl(neededToStore(op), 16), what);
    return [
      set(address, addressOf(op.rs1)),
      set(at, call(op.functions.checkAccess, op.authority, address, needs)),
      when(isZero(at), [op.pendingTrap()]),
      when(isZero(inRam(op.layout, address, 16n)), [op.trap(cause.loadAccess, address)]),
      op.usedAuthority(op.authority),
      take,
      op.didReadCapability(address, at),
      putCapability(op, at),
      op.didWriteCapability(address, at),
      op.usedSource(op.rs2),
      giveCapability(op, loaded),
    ];
  },
};

export const capabilityAtomics: readonly Instruction[] = [
  loadReserved({
    name: "lr.c",
    encodings: ["00010 _[1:0] 00000 rs1[4:0] 100 cd[4:0] 0101111"],
    authority: "mode",
  }),
  loadReserved({
    name: "lr.c.ddc",
    encodings: ["1111101 10100 rs1[4:0] 000 cd[4:0] 1011011"],
    authority: "ddc",
  }),
  loadReserved({
    name: "lr.c.cap",
    encodings: ["1111101 11100 cs1[4:0] 000 cd[4:0] 1011011"],
    authority: "base",
  }),
  conditionalStore({
    name: "sc.c",
    encodings: ["00011 _[1:0] cs2[4:0] rs1[4:0] 100 rd[4:0] 0101111"],
    authority: "mode",
  }),
  conditionalStore(
    {
      name: "sc.c.ddc",
      encodings: ["1111100 rd=cs2[4:0] rs1[4:0] 000 10100 1011011"],
      authority: "ddc",
    },
    giveStatus,
  ),
  conditionalStore(
    {
      name: "sc.c.cap",
      encodings: ["1111100 rd=cs2[4:0] cs1[4:0] 000 11100 1011011"],
      authority: "base",
    },
    giveStatus,
  ),
  amoswap,
];
