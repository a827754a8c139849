/** Entering and leaving traps, and the legal values of trap vectors and exception program counters. */
import { copySlot } from "../capability/slots.ts";
import { and, eq, extendU, geU, isZero, ne, or, shl, shrU, sub, wrap } from "../wasm/arithmetic.ts";
import {
  type Code,
  type FunctionRef,
  i32,
  i64,
  type Operand,
  operand,
  type Statement,
} from "../wasm/code.ts";
import { call, select, set, when } from "../wasm/control.ts";
import { load32, load64, store32, store64 } from "../wasm/memory.ts";
import type { Build } from "./build.ts";
import { field, flag, MEPCC_AT, MTCC_AT, PCC_AT, SCRATCH_AT, state } from "./layout.ts";
import type { CapabilityFunctions, MachineFunctions } from "./operation.ts";
import { MISA_C } from "./window.ts";

const MSTATUS_MIE = 1n << 3n;
const MSTATUS_MPIE = 1n << 7n;
const MSTATUS_MPP = 3n << 11n;
const MSTATUS_MPRV = 1n << 17n;

/** otype of `high`, and its values for unsealed and sentry. */
const OTYPE = 0x3_ffffn << 27n;
const SENTRY = 0x3_fffen << 27n;

export interface TrapFunctions {
  readonly writeTrapVector: MachineFunctions["writeTrapVector"];
  readonly legaliseExceptionPc: MachineFunctions["legaliseExceptionPc"];
  /** (pc): takes the trap in state.cause and state.trapValue; returns where execution goes on. */
  readonly enterTrap: FunctionRef<readonly ["i64"], "i64">;
  /** (): MRET; returns where execution goes on. */
  readonly leaveTrap: FunctionRef<readonly [], "i64">;
}

export function defineTraps(
  { module }: Build,
  capability: CapabilityFunctions,
  refreshFetch: MachineFunctions["refreshFetch"],
): TrapFunctions {
  const { settle, setAddress } = capability;
  const writeTrapVector = module.func("write_trap_vector", ["i32"], "void", (_, slot) => {
    const legal = legalVector(load64(slot, field.address), load64(SCRATCH_AT, field.address));
    return [call(setAddress, SCRATCH_AT, legal), ...copySlot(slot, i32(SCRATCH_AT))];
  });

  const legaliseExceptionPc = module.func("legalise_exception_pc", ["i32"], "void", (_, slot) => {
    const legal = and(load64(slot, field.address), -2n);
    return [when(wrap(and(load64(slot, field.address), 1n)), [call(setAddress, slot, legal)])];
  });

  const enterTrap = module.func("enter_trap", ["i64"], "i64", (locals, pc) => {
    const status = locals.i64();
    return [
      ...copySlot(i32(MEPCC_AT), i32(PCC_AT)),
      store64(MEPCC_AT, field.address, pc),
      store32(MEPCC_AT, field.flags, or(and(load32(MEPCC_AT, field.flags), flag.tag), flag.lazy)),
      store64(0, state.mcause, extendU(load32(state.cause))),
      store64(0, state.mtval, load64(state.trapValue)),
      set(status, load64(state.mstatus)),
      store64(0, state.mstatus, trappedStatus(status)),
      store32(0, state.privilege, 3),
      store32(0, state.reserved, 0),
      store64(0, state.instretBase, sub(load64(state.instretBase), 1n)),
      ...copySlot(i32(PCC_AT), i32(MTCC_AT)),
      call(refreshFetch),
      and(load64(MTCC_AT, field.address), -4n),
    ];
  });

  const leaveTrap = module.func("leave_trap", [], "i64", (locals) => {
    const status = locals.i64();
    const before = locals.i64();
    const target = locals.i64();
    return [
      set(before, load64(state.mstatus)),
      set(status, returnedStatus(before)),
      store32(0, state.privilege, wrap(and(shrU(before, 11n), 3n))),
      when(ne(and(before, MSTATUS_MPP), MSTATUS_MPP), [set(status, and(status, -1n ^ MSTATUS_MPRV))]),
      store64(0, state.mstatus, status),
      store32(0, state.reserved, 0),
      ...copySlot(i32(PCC_AT), i32(MEPCC_AT)),
      call(settle, PCC_AT),
      call(legaliseExceptionPc, PCC_AT),
      set(target, load64(PCC_AT, field.address)),
      when(eq(and(load64(PCC_AT, field.high), OTYPE), SENTRY), unseal(PCC_AT)),
      call(refreshFetch),
      and(target, select(isZero(and(load64(state.misa), MISA_C)), i64(-3n), -1n)),
    ];
  });
  return { writeTrapVector, legaliseExceptionPc, enterTrap, leaveTrap };
}

/** The value a write of `wanted` to mtvec leaves: modes 2 and 3 do not exist, the mode stays as it was. */
export function legalVector(old: Code<"i64">, wanted: Code<"i64">): Code<"i64"> {
  const kept = or(and(wanted, -4n), and(old, 3n));
  return select(geU(and(wanted, 3n), 2n), kept, wanted);
}

/** Statements that unseal a settled slot. */
export function unseal(slot: Operand<"i32">): Statement[] {
  const at = operand<"i32">(slot);
  return [
    store64(at, field.high, or(load64(at, field.high), OTYPE)),
    store32(at, field.flags, and(load32(at, field.flags), ~flag.sealed)),
  ];
}

/** mstatus on a trap: MPIE := MIE, MIE := 0, MPP := the privilege before. */
function trappedStatus(status: Code<"i64">): Code<"i64"> {
  const rest = and(status, -1n ^ (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP));
  const enable = shl(and(status, MSTATUS_MIE), 4n);
  return or(or(rest, enable), shl(extendU(load32(state.privilege)), 11n));
}

/** mstatus on a return, MPRV apart: MIE := MPIE, MPIE := 1, MPP := user. */
function returnedStatus(status: Code<"i64">): Code<"i64"> {
  const rest = and(status, -1n ^ (MSTATUS_MIE | MSTATUS_MPP));
  const enable = and(shrU(status, 4n), MSTATUS_MIE);
  return or(or(rest, MSTATUS_MPIE), enable);
}
