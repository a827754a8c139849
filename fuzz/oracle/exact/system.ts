/**
 * System registers: who may touch which, what they read, what they keep; calls and returns.
 *
 * Source: RISC-V Privileged, CSRs and MRET; CHERI ISAv9, special capability registers.
 */
import type { Capability, Privilege, Trap } from "../../../model/contract.ts";
import type { JudgedStep } from "../oracle.ts";
import { areSame, differences, hexOf, movedTo, NULL, placedAt, SENTRY, UNSEALED } from "./capability.ts";
import { clauseAt } from "./clauses.ts";
import { type Hart, status } from "./hart.ts";
import { nothing } from "./nothing.ts";
import { effect, type Rule, wrongCapability, wrongTarget } from "./rule.ts";
import { cause, DDC, illegal, PCC, systemTrap, trapOf } from "./trap.ts";

const MTCC = 28;
const MEPCC = 31;
const STCC = 12;
const SEPCC = 15;

/** The special registers: the least mode that may access each. UTCC to UEPCC need the N extension: absent. */
const special: ReadonlyMap<number, Privilege> = new Map([
  [0, 0],
  [1, 0],
  [12, 1],
  [13, 1],
  [14, 1],
  [15, 1],
  [28, 3],
  [29, 3],
  [30, 3],
  [31, 3],
]);

/** xEPCC as it is read: bit 0 clear, which untags a sealed one. */
export function legalReturn(epcc: Capability): Capability {
  return (epcc.address & 1n) === 0n ? epcc : movedTo(epcc, epcc.address - 1n);
}

/** The address of a trap vector: reserved modes (2 and 3) leave the low two bits as they were. */
export function legalVector(old: bigint, address: bigint): bigint {
  return (address & 2n) === 0n ? address : ((address >> 2n) << 2n) | (old & 3n);
}

/** What CSpecialRW reads. */
function readSpecial({ before }: JudgedStep, scr: number): Capability {
  const cap = before.capability(0x20 | scr);
  if (scr === 0) return placedAt(cap, before.pc, cap.tag, cap.otype);
  return scr === MEPCC || scr === SEPCC ? legalReturn(cap) : cap;
}

/** What CSpecialRW leaves of what it writes. */
function keptSpecial({ before }: JudgedStep, scr: number, given: Capability): Capability {
  if (scr !== MTCC && scr !== STCC) return given;
  return movedTo(given, legalVector(before.capability(0x20 | scr).address, given.address));
}

/** The one special register that must have been replaced, and by what; null: none. */
export function wrongSpecials(
  { event }: JudgedStep,
  expected: { readonly scr: number; readonly value: Capability } | null,
): string[] | null {
  const [written, more] = event.specials;
  if (expected === null)
    return written === undefined ? null : [`special register ${written.scr} was written`];
  if (written === undefined || written.scr !== expected.scr || more !== undefined) {
    return [`special register ${expected.scr} alone must be written`];
  }
  return areSame(written.value, expected.value)
    ? null
    : differences(`special register ${expected.scr}`, written.value, expected.value);
}

const cspecialrw: Rule = {
  clause: clauseAt.exact_special,
  effects: effect.register | effect.specials,
  isJump: false,
  trap({ before, operands, event }, hart) {
    const scr = operands["scr"]!;
    const least = special.get(scr);
    const writesPcc = scr === 0 && operands["cs1"] !== 0;
    if (least === undefined || writesPcc || hart.mode < least) return illegal(event.word);
    return least === 0 ? null : systemTrap(before.pcc, 0x20 | scr);
  },
  wrong(step) {
    const scr = step.operands["scr"]!;
    const source = step.operands["cs1"]!;
    const kept = source === 0 ? null : { scr, value: keptSpecial(step, scr, step.before.capability(source)) };
    return (
      wrongCapability(step.event, step.operands["cd"]!, readSpecial(step, scr)) ?? wrongSpecials(step, kept)
    );
  },
  follow: null,
};

/** Makes null what the mask names of the eight registers from 8q; in the place of c0, DDC. */
const cclear: Rule = {
  clause: clauseAt.exact_cclear,
  effects: effect.cleared | effect.specials,
  isJump: false,
  trap: null,
  wrong(step) {
    const { q, m } = step.operands;
    const mask = m! * 2 ** (8 * q!);
    if (step.event.cleared !== mask) {
      return [`cleared ${hexOf(BigInt(step.event.cleared))}, must be ${hexOf(BigInt(mask))}`];
    }
    return wrongSpecials(step, mask % 2 === 1 ? { scr: DDC - 0x20, value: NULL } : null);
  },
  follow: null,
};

/** Instructions that do nothing if they do not trap; some always do. */
function trapping(trap: (step: JudgedStep, hart: Hart) => Trap | null): Rule {
  return { ...nothing, trap };
}

const ebreak = trapping(({ before }) => trapOf(cause.breakpoint, before.pc));
const ecall = trapping((_, { mode }) => trapOf(mode === 3 ? cause.machineCall : cause.userCall, 0n));

/** WFI may do nothing, and does; below machine mode it is illegal. */
const wfi = trapping(({ event }, { mode }) => (mode === 3 ? null : illegal(event.word)));

/** Where MRET goes: a sentry in MEPCC is entered unsealed, any other seal stays. */
function returnTarget(step: JudgedStep, hart: Hart): Capability {
  const epcc = legalReturn(step.before.capability(0x20 | MEPCC));
  const address = hart.isCompressed ? epcc.address : epcc.address & ~2n;
  return placedAt(epcc, address, epcc.tag, epcc.otype === SENTRY ? UNSEALED : epcc.otype);
}

/** The mode that MRET returns to: only machine and user mode can have been kept. */
function previousMode(hart: Hart): Privilege {
  return (hart.mstatus & status.mpp) === status.mpp ? 3 : 0;
}

const mret: Rule = {
  clause: clauseAt.exact_return,
  effects: effect.specials,
  isJump: true,
  trap({ before, event }, { mode }) {
    return mode === 3 ? systemTrap(before.pcc, PCC) : illegal(event.word);
  },
  wrong(step, hart) {
    const value = returnTarget(step, hart);
    return wrongSpecials(step, { scr: 0, value }) ?? wrongTarget(step.event, value.address);
  },
  follow(_, hart) {
    const mode = previousMode(hart);
    const wereOn = (hart.mstatus & status.mpie) !== 0n;
    let kept = hart.mstatus & ~(status.mie | status.mpp);
    if (mode !== 3) kept &= ~status.mprv;
    hart.mstatus = kept | status.mpie | (wereOn ? status.mie : 0n);
    hart.mode = mode;
    hart.reservation = null;
  },
};

export const systemRules: ReadonlyMap<string, Rule> = new Map([
  ["cspecialrw", cspecialrw],
  ["cclear", cclear],
  // There is no floating point: mstatus.FS is always 0.
  ["fpclear", trapping(({ event }) => illegal(event.word))],
  ["ebreak", ebreak],
  ["c.ebreak", ebreak],
  ["ecall", ecall],
  ["wfi", wfi],
  ["mret", mret],
]);

/** The operand that a CSR instruction combines with the CSR's value. */
export function csrOperand({ before, operands }: JudgedStep): bigint {
  return operands["rs1"] === undefined ? BigInt(operands["uimm"]!) : before.integer(operands["rs1"]);
}
