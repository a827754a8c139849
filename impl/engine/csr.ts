/** Control and status registers: which exist, who may use them, what they read, and what a write leaves. */
import { add, and, eq, isZero, leU, ne, or, shrU, sub, wrap } from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i32, i64, type Local, type Statement } from "../wasm/code.ts";
import { call, ret, select, set, when } from "../wasm/control.ts";
import { load32, load64, store64 } from "../wasm/memory.ts";
import type { Build } from "./build.ts";
import { field, MEPCC_AT, MTCC_AT, state } from "./layout.ts";
import type { CapabilityFunctions, MachineFunctions } from "./operation.ts";
import { legalVector } from "./trap.ts";
import { MISA_C } from "./window.ts";

export const csr = {
  mstatus: 0x300,
  misa: 0x301,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  mcycle: 0xb00,
  minstret: 0xb02,
  cycle: 0xc00,
  instret: 0xc02,
  mvendorid: 0xf11,
  mconfigptr: 0xf15,
  mccsr: 0xbc0,
  sccsr: 0x9c0,
  uccsr: 0x8c0,
} as const;

/** CSRs that are kept in state, in ascending order: those of MachineState.csrs. */
export const storedCsrs: readonly { readonly number: number; readonly at: number }[] = [
  { number: csr.mstatus, at: state.mstatus },
  { number: csr.misa, at: state.misa },
  { number: csr.mie, at: state.mie },
  { number: csr.mcounteren, at: state.mcounteren },
  { number: csr.mscratch, at: state.mscratch },
  { number: csr.mcause, at: state.mcause },
  { number: csr.mtval, at: state.mtval },
];

/** Values after reset: RV64 with A C D F I M S U V X; UXL = SXL = 2. */
export const MISA_RESET = 0x8000_0000_00b4_112dn;
export const MSTATUS_RESET = 0xa_0000_0000n;

/** SIE MIE SPIE MPIE SPP, MPP, MPRV SUM MXR TVM TW TSR. */
const MSTATUS_WRITABLE = 0x7e_19aan;
const MSTATUS_MPP = 3n << 11n;
const MISA_F = 1n << 5n;
const MISA_D = 1n << 3n;
const MIE_WRITABLE = 0xaaan;
const MCOUNTEREN_WRITABLE = 7n;

/** Enabled, without relocation, tag-clearing (CHERI ISAv9, xccsr). */
const CCSR = 0xc000_0001n;

export interface CsrFunctions {
  /** (number, writes): 1 if the CSR exists and the privilege suffices. */
  readonly mayAccess: FunctionRef<readonly ["i32", "i32"], "i32">;
  /** (number): the value. */
  readonly read: FunctionRef<readonly ["i32"], "i64">;
  /** (number, value, next pc): writes, and returns what the CSR then reads. */
  readonly write: FunctionRef<readonly ["i32", "i64", "i64"], "i64">;
}

export function defineCsrs(
  { module }: Build,
  capability: CapabilityFunctions,
  refreshFetch: MachineFunctions["refreshFetch"],
): CsrFunctions {
  const mayAccess = module.func("may_access_csr", ["i32", "i32"], "i32", (locals, number, writes) => {
    const user = locals.i32();
    return [
      set(user, isZero(load32(state.privilege))),
      when(isZero(oneOf(number, Object.values(csr))), [
        when(isZero(and(leU(i32(csr.mvendorid), number), leU(number, csr.mconfigptr))), [ret(i32(0))]),
      ]),
      when(and(user, ne(and(number, 0x300), 0)), [ret(i32(0))]),
      when(and(writes, eq(shrU(number, 10), 3)), [ret(i32(0))]),
      // In user mode the counter's own bit of mcounteren decides: its number is that of the bit.
      when(and(user, oneOf(number, [csr.cycle, csr.instret])), [
        ret(and(shrU(wrap(load64(state.mcounteren)), and(number, 3)), 1)),
      ]),
      i32(1),
    ];
  });

  const read = module.func("read_csr", ["i32"], "i64", (_, number) => {
    const answers = (numbers: readonly number[], value: Code<"i64">) =>
      when(oneOf(number, numbers), [ret(value)]);
    return [
      ...storedCsrs.map((each) => answers([each.number], load64(each.at))),
      answers([csr.mtvec], load64(MTCC_AT, field.address)),
      answers([csr.mepc], readableExceptionPc()),
      answers([csr.mcycle, csr.cycle], sub(load64(state.cycleBase), load64(state.stepsLeft))),
      answers([csr.minstret, csr.instret], sub(load64(state.instretBase), load64(state.stepsLeft))),
      answers([csr.mccsr, csr.sccsr, csr.uccsr], i64(CCSR)),
      i64(0n),
    ];
  });

  const write = module.func("write_csr", ["i32", "i64", "i64"], "i64", (locals, number, value, next) => {
    const on = (which: number, ...statements: Statement[]) => when(eq(number, which), statements);
    const keep = (at: number, legal: Code<"i64">) => store64(0, at, legal);
    return [
      on(csr.mstatus, keep(state.mstatus, legalStatus(value))),
      on(csr.misa, ...writeMisa(locals.i64(), value, next), call(refreshFetch)),
      on(csr.mie, keep(state.mie, and(value, MIE_WRITABLE))),
      on(csr.mcounteren, keep(state.mcounteren, and(value, MCOUNTEREN_WRITABLE))),
      on(csr.mscratch, keep(state.mscratch, value)),
      on(csr.mcause, keep(state.mcause, value)),
      on(csr.mtval, keep(state.mtval, value)),
      on(csr.mtvec, call(capability.setAddress, MTCC_AT, legalVector(load64(MTCC_AT, field.address), value))),
      on(csr.mepc, call(capability.setAddress, MEPCC_AT, value)),
      on(csr.mcycle, keep(state.cycleBase, writtenCounter(value)), ret(value)),
      on(csr.minstret, keep(state.instretBase, writtenCounter(value)), ret(value)),
      call(read, number),
    ];
  });
  return { mayAccess, read, write };
}

function oneOf(number: Code<"i32">, numbers: readonly number[]): Code<"i32"> {
  return numbers.map((each) => eq(number, each)).reduce((left, right) => or(left, right));
}

/** mepc reads without bit 0, and without bit 1 while misa.C is 0. */
function readableExceptionPc(): Code<"i64"> {
  const mask = select(isZero(and(load64(state.misa), MISA_C)), i64(-4n), -2n);
  return and(load64(MEPCC_AT, field.address), mask);
}

/** The next step reads the value written: the counter does not count the step that writes it. */
function writtenCounter(value: Code<"i64">): Code<"i64"> {
  return sub(add(value, load64(state.stepsLeft)), 1n);
}

/** MPP holds machine or user; everything that cannot be written keeps its reset value. */
function legalStatus(value: Code<"i64">): Code<"i64"> {
  const writable = and(value, MSTATUS_WRITABLE);
  const legal = select(eq(and(value, MSTATUS_MPP), MSTATUS_MPP), writable, and(writable, -1n ^ MSTATUS_MPP));
  return or(legal, MSTATUS_RESET);
}

/** C, F and D can be written, D only with F; a write that clears C where the next pc needs it has no effect at all. */
function writeMisa(legal: Local<"i64">, value: Code<"i64">, next: Code<"i64">): Statement[] {
  const fixed = and(load64(state.misa), -1n ^ (MISA_C | MISA_F | MISA_D));
  const double = and(value, shrU(and(value, MISA_F), 2n));
  const vetoed = and(isZero(and(value, MISA_C)), ne(and(next, 2n), 0n));
  return [
    set(legal, or(fixed, or(and(value, MISA_C | MISA_F), and(double, MISA_D)))),
    when(isZero(vetoed), [store64(0, state.misa, legal)]),
  ];
}
