/**
 * CSRs: which exist and to whom, what each reads, what it keeps of what is written.
 *
 * Source: RISC-V Privileged, CSR listing and the registers' own sections; CHERI ISAv9, capability control
 * registers.
 */
import type { Capability } from "../../../model/contract.ts";
import type { JudgedStep } from "../oracle.ts";
import { hexOf, movedTo } from "./capability.ts";
import { clauseAt } from "./clauses.ts";
import { type Counter, type Hart, MISA_C, STATUS_RESET } from "./hart.ts";
import { effect, following, type Rule, wrongInteger } from "./rule.ts";
import { csrOperand, legalReturn, legalVector, wrongSpecials } from "./system.ts";
import { illegal, PCC, systemTrap } from "./trap.ts";

const MTCC = 0x3c;
const MEPCC = 0x3f;

/** What a write leaves: the value that the CSR then has, and the special register behind it. */
interface Kept {
  readonly value: bigint;
  readonly special: { readonly scr: number; readonly value: Capability } | null;
}

interface Csr {
  readonly read: (step: JudgedStep, hart: Hart) => bigint;
  readonly keep: (given: bigint, step: JudgedStep, hart: Hart) => Kept;
  /** Takes in the value that the event says it has after a write. */
  readonly take: (value: bigint, hart: Hart) => void;
}

type Plain = "mstatus" | "misa" | "mie" | "mcounteren" | "mscratch" | "mcause" | "mtval";

/** A register of its own that keeps some bits. */
function plain(name: Plain, legal: (given: bigint) => bigint): Csr {
  return {
    read: (_, hart) => hart[name],
    keep: (given) => ({ value: legal(given), special: null }),
    take: (value, hart) => {
      hart[name] = value;
    },
  };
}

function constant(value: bigint): Csr {
  return { read: () => value, keep: () => ({ value, special: null }), take: () => undefined };
}

/** Shows the steps begun (retired) before this one. A write counts for the step that makes it. */
function counter(of: (hart: Hart) => Counter): Csr {
  return {
    read: (_, hart) => BigInt.asUintN(64, of(hart).offset + BigInt(of(hart).steps)),
    keep: (value) => ({ value, special: null }),
    take: (value, hart) => {
      of(hart).offset = value - BigInt(of(hart).steps + 1);
    },
  };
}

/** SIE MIE SPIE MPIE SPP MPRV SUM MXR TVM TW TSR by their bits. */
const STATUS_BITS = [1n, 3n, 5n, 7n, 8n, 17n, 18n, 19n, 20n, 21n, 22n];

/** Machine and user mode are all there is: MPP is 3 or 0. There is no floating point or other state. */
function legalStatus(given: bigint): bigint {
  const mpp = (given >> 11n) & 3n;
  let value = STATUS_RESET | ((mpp === 3n ? 3n : 0n) << 11n);
  for (const bit of STATUS_BITS) value |= given & (1n << bit);
  return value;
}

const MISA_D = 1n << 3n;
const MISA_F = 1n << 5n;

/** C, F and D can be switched; D needs F; C stays on while the next instruction needs it. */
const misa: Csr = {
  read: (_, hart) => hart.misa,
  keep(given, step, hart) {
    const needsC = (following(step) & 2n) !== 0n;
    if (needsC && (given & MISA_C) === 0n) return { value: hart.misa, special: null };
    const fixed = hart.misa & ~(MISA_C | MISA_D | MISA_F);
    const d = (given & MISA_F) === 0n ? 0n : given & MISA_D;
    return { value: fixed | d | (given & (MISA_C | MISA_F)), special: null };
  },
  take(value, hart) {
    hart.misa = value;
    hart.isCompressed = (value & MISA_C) !== 0n;
  },
};

/** The address of MTCC. */
const mtvec: Csr = {
  read: ({ before }) => before.capability(MTCC).address,
  keep(given, { before }) {
    const mtcc = before.capability(MTCC);
    const value = movedTo(mtcc, legalVector(mtcc.address, given));
    return { value: value.address, special: { scr: MTCC & 31, value } };
  },
  take: () => undefined,
};

/** The address of MEPCC, as an instruction could have it. */
const mepc: Csr = {
  read: ({ before }, hart) => shownReturn(before.capability(MEPCC), hart),
  keep(given, { before }, hart) {
    const value = movedTo(before.capability(MEPCC), given);
    return { value: shownReturn(value, hart), special: { scr: MEPCC & 31, value } };
  },
  take: () => undefined,
};

function shownReturn(epcc: Capability, hart: Hart): bigint {
  const { address } = legalReturn(epcc);
  return hart.isCompressed ? address : address & ~2n;
}

/** Enabled, no relocation, tag-clearing. CHERI ISAv9, xCCSR. */
const ccsr = constant((1n << 31n) | (1n << 30n) | 1n);
const zero = constant(0n);
const cycle = counter((hart) => hart.cycles);
const instret = counter((hart) => hart.retired);

const csrs: ReadonlyMap<number, Csr> = new Map([
  [0x300, plain("mstatus", legalStatus)],
  [0x301, misa],
  [0x304, plain("mie", (given) => given & 0b1010_1010_1010n)],
  [0x305, mtvec],
  [0x306, plain("mcounteren", (given) => given & 0b111n)],
  [0x340, plain("mscratch", (given) => given)],
  [0x341, mepc],
  [0x342, plain("mcause", (given) => given)],
  [0x343, plain("mtval", (given) => given)],
  [0x344, zero],
  [0x8c0, ccsr],
  [0x9c0, ccsr],
  [0xbc0, ccsr],
  [0xb00, cycle],
  [0xb02, instret],
  [0xc00, cycle],
  [0xc02, instret],
  [0xf11, zero],
  [0xf12, zero],
  [0xf13, zero],
  [0xf14, zero],
  [0xf15, zero],
]);

/** The number says who may access a CSR (bits 9:8) and whether it can be written (bits 11:10). */
function mayAccess(number: number, writes: boolean, hart: Hart): boolean {
  if (!csrs.has(number) || ((number >> 8) & 3) > hart.mode) return false;
  if (writes && number >= 0xc00) return false;
  const isShadow = number === 0xc00 || number === 0xc02;
  return !isShadow || hart.mode === 3 || (hart.mcounteren & (1n << BigInt(number & 3))) !== 0n;
}

/** Whether it writes: a set or clear of no bits at all does not. */
type Writes = (step: JudgedStep) => boolean;

const always: Writes = () => true;
const unlessNone: Writes = ({ operands }) => (operands["rs1"] ?? operands["uimm"]) !== 0;

function ruleOf(combine: (old: bigint, operand: bigint) => bigint, writes: Writes): Rule {
  return {
    clause: clauseAt.exact_csr,
    effects: effect.register | effect.csr | effect.specials,
    isJump: false,
    trap(step, hart) {
      const { event, operands, before } = step;
      if (!mayAccess(operands["csr"]!, writes(step), hart)) return illegal(event.word);
      return systemTrap(before.pcc, PCC);
    },
    wrong(step, hart) {
      const { event, operands } = step;
      const number = operands["csr"]!;
      const csr = csrs.get(number)!;
      const old = csr.read(step, hart);
      const wrongRead = wrongInteger(event, operands["rd"]!, old);
      if (wrongRead !== null) return wrongRead;
      if (!writes(step)) return event.csr === null ? wrongSpecials(step, null) : ["it wrote the CSR"];
      const kept = csr.keep(BigInt.asUintN(64, combine(old, csrOperand(step))), step, hart);
      if (event.csr === null || event.csr.number !== number) return [`CSR ${number} was not written`];
      if (event.csr.value !== kept.value) {
        return [`the CSR keeps ${hexOf(event.csr.value)}, must be ${hexOf(kept.value)}`];
      }
      return wrongSpecials(step, kept.special);
    },
    follow({ event }, hart) {
      if (event.csr !== null) csrs.get(event.csr.number)?.take(event.csr.value, hart);
    },
  };
}

const write = (_: bigint, operand: bigint): bigint => operand;
const set = (old: bigint, operand: bigint): bigint => old | operand;
const clear = (old: bigint, operand: bigint): bigint => old & ~operand;

export const csrRules: ReadonlyMap<string, Rule> = new Map([
  ["csrrw", ruleOf(write, always)],
  ["csrrwi", ruleOf(write, always)],
  ["csrrs", ruleOf(set, unlessNone)],
  ["csrrsi", ruleOf(set, unlessNone)],
  ["csrrc", ruleOf(clear, unlessNone)],
  ["csrrci", ruleOf(clear, unlessNone)],
]);
