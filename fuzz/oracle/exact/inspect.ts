/**
 * Integers that are read off capabilities. CHERI ISAv9, the chapter of instructions; the tag does not matter.
 */
import type { Capability } from "../../../model/contract.ts";
import type { JudgedStep } from "../oracle.ts";
import { areSame, highOf, isSealed, ORDINARY_MAX } from "./capability.ts";
import { type Clause, clauseAt } from "./clauses.ts";
import { covering } from "./encoding.ts";
import { effect, orDdc, type Rule, wrongInteger } from "./rule.ts";

const GREATEST = 2n ** 64n - 1n;

/** Lengths and tops have 65 bits; a register shows at most 2^64-1. */
function shown(value: bigint): bigint {
  return value > GREATEST ? GREATEST : value;
}

function isTrue(condition: boolean): bigint {
  return condition ? 1n : 0n;
}

/** Hardware permissions from bit 0, user permissions from bit 15. */
function permsShown(perms: bigint): bigint {
  return (perms & 0xfffn) | ((perms >> 12n) << 15n);
}

/** An object type as a signed number where it is reserved: -1 is unsealed. */
export function typeShown(otype: bigint): bigint {
  return otype > ORDINARY_MAX ? otype - 2n ** 18n : otype;
}

const inspections: Readonly<Record<string, (cs1: Capability) => bigint>> = {
  cgetperm: ({ perms }) => permsShown(perms),
  cgettype: ({ otype }) => typeShown(otype),
  cgetbase: ({ base }) => base,
  cgetlen: ({ base, top }) => shown(BigInt.asUintN(65, top - base)),
  cgettag: ({ tag }) => isTrue(tag),
  cgetsealed: (cs1) => isTrue(isSealed(cs1)),
  cgetoffset: ({ address, base }) => address - base,
  cgetflags: ({ flags }) => flags,
  cgetaddr: ({ address }) => address,
  cgethigh: highOf,
  cgettop: ({ top }) => shown(top),
};

/** Whether all that `inner` covers and permits, `outer` does. Types are not compared. */
export function isSubset(inner: Capability, outer: Capability): boolean {
  const isInside = outer.base <= inner.base && inner.top <= outer.top;
  return isInside && (inner.perms | outer.perms) === outer.perms;
}

const comparisons: Readonly<Record<string, (step: JudgedStep, cs1: number, cs2: number) => bigint>> = {
  csub: ({ before }, cs1, cs2) => before.integer(cs1) - before.integer(cs2),
  ctoptr({ before }, cs1, cs2) {
    const source = before.capability(cs1);
    return source.tag ? source.address - orDdc(before, cs2).base : 0n;
  },
  ctestsubset({ before }, cs1, cs2) {
    const outer = orDdc(before, cs1);
    const inner = before.capability(cs2);
    return isTrue(outer.tag === inner.tag && isSubset(inner, outer));
  },
  cseqx: ({ before }, cs1, cs2) => isTrue(areSame(before.capability(cs1), before.capability(cs2))),
};

/** What a length must be rounded up to, and the mask for a base, so that setting bounds is exact. */
const roundings: Readonly<Record<string, (length: bigint) => bigint>> = {
  crrl(length) {
    const { unit } = covering(0n, length);
    return ((length + unit - 1n) / unit) * unit;
  },
  cram: (length) => -covering(0n, length).unit,
};

function ruleOf(clause: Clause, compute: (step: JudgedStep) => bigint): Rule {
  const wrong = (step: JudgedStep): string[] | null => {
    const rd = step.operands["rd"]!;
    return wrongInteger(step.event, rd, rd === 0 ? 0n : BigInt.asUintN(64, compute(step)));
  };
  return { clause, effects: effect.register, isJump: false, trap: null, wrong, follow: null };
}

export const inspectRules: ReadonlyMap<string, Rule> = new Map([
  ...Object.entries(inspections).map(
    ([name, field]) =>
      [
        name,
        ruleOf(clauseAt.exact_inspection, ({ before, operands }) =>
          field(before.capability(operands["cs1"]!)),
        ),
      ] as const,
  ),
  ...Object.entries(comparisons).map(
    ([name, compute]) =>
      [
        name,
        ruleOf(clauseAt.exact_comparison, (step) =>
          compute(step, step.operands["cs1"]!, step.operands["cs2"]!),
        ),
      ] as const,
  ),
  ...Object.entries(roundings).map(
    ([name, round]) =>
      [
        name,
        ruleOf(clauseAt.exact_rounding, ({ before, operands }) => round(before.integer(operands["rs1"]!))),
      ] as const,
  ),
]);
