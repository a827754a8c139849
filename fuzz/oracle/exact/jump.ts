/**
 * Where jumps go, what they leave as link, and which targets they must refuse.
 *
 * Source: RISC-V Unprivileged, control transfer; CHERI ISAv9: jumps within PCC check bounds before alignment,
 * jumps to a capability the other way round.
 */
import type { Capability, Trap } from "../../../model/contract.ts";
import type { JudgedStep } from "../oracle.ts";
import { conditions } from "./arithmetic.ts";
import {
  areSame,
  differences,
  isSealed,
  ORDINARY_MAX,
  permit,
  permits,
  placedAt,
  SENTRY,
  UNSEALED,
} from "./capability.ts";
import { type Clause, clauseAt } from "./clauses.ts";
import type { Hart } from "./hart.ts";
import { effect, following, type Rule, wrongCapability, wrongInteger, wrongTarget } from "./rule.ts";
import { cause, code, outOfBounds, PCC, refusal, trapOf } from "./trap.ts";

const RA = 1;
/** The register that receives the data half of an invoked pair. */
const INVOKED = 31;
/** Room for the smallest instruction, which misa.C might enable at any time. */
const SMALLEST = 2n;

/** The address a jump goes to, or null for a branch that is not taken. */
type Target = (step: JudgedStep) => bigint | null;

const relative: Target = ({ before, operands }) => BigInt.asUintN(64, before.pc + BigInt(operands["imm"]!));

/** The sum of a register and an offset with bit 0 cleared. */
function even(sum: bigint): bigint {
  const address = BigInt.asUintN(64, sum);
  return address - (address & 1n);
}

const absolute: Target = ({ before, operands }) =>
  even(before.integer(operands["rs1"]!) + BigInt(operands["imm"] ?? 0));

function branch(isTaken: (step: JudgedStep) => boolean): Target {
  return (step) => (isTaken(step) ? relative(step) : null);
}

function misaligned(hart: Hart, target: bigint): Trap | null {
  return hart.isCompressed || (target & 2n) === 0n ? null : trapOf(cause.misalignedFetch, target);
}

/** What a jump leaves behind. */
type Link = (step: JudgedStep) => string[] | null;

const noLink: Link = () => null;

function integerLink(to: string | number): Link {
  return (step) =>
    wrongInteger(step.event, typeof to === "number" ? to : step.operands[to]!, following(step));
}

/** A sentry to the next instruction. */
function sentryLink(to: string | number): Link {
  return (step) => {
    const pcc = step.before.pcc;
    const cd = typeof to === "number" ? to : step.operands[to]!;
    return wrongCapability(step.event, cd, placedAt(pcc, following(step), pcc.tag, SENTRY));
  };
}

/** A jump within PCC. */
function within(clause: Clause, target: Target, link: Link): Rule {
  return {
    clause,
    effects: link === noLink ? 0 : effect.register,
    isJump: true,
    trap(step, hart) {
      const to = target(step);
      if (to === null) return null;
      return outOfBounds(step.before.pcc, PCC, to, SMALLEST) ?? misaligned(hart, to);
    },
    wrong: (step) => wrongTarget(step.event, target(step) ?? following(step)) ?? link(step),
    follow: null,
  };
}

/** A target that is entered as a capability: alignment, then bounds. */
function entryTrap(hart: Hart, cap: Capability, index: number, target: bigint): Trap | null {
  return misaligned(hart, target) ?? outOfBounds(cap, index, target, SMALLEST);
}

/** PCC must have become this capability, unsealed, at the target. */
function wrongEntry({ event }: JudgedStep, cap: Capability, target: bigint): string[] | null {
  const [written, more] = event.specials;
  if (written === undefined || written.scr !== 0 || more !== undefined) return ["PCC was not replaced"];
  const expected = placedAt(cap, target, cap.tag, UNSEALED);
  if (areSame(written.value, expected)) return wrongTarget(event, target);
  return differences("PCC", written.value, expected);
}

function offsetOf({ operands }: JudgedStep): bigint {
  return BigInt(operands["imm"] ?? 0);
}

/** CJALR and its short forms: a sentry may be jumped to, without an offset. */
function toCapability(link: Link, cdIsNull: boolean): Rule {
  return {
    clause: clauseAt.exact_capability_jump,
    effects: cdIsNull ? effect.specials : effect.specials | effect.register,
    isJump: true,
    trap(step, hart) {
      const index = step.operands["cs1"]!;
      const cap = step.before.capability(index);
      const offset = offsetOf(step);
      if (!cap.tag) return refusal(index, code.tag);
      const isEntry = cap.otype === SENTRY && offset === 0n;
      if (isSealed(cap) && !isEntry) return refusal(index, code.seal);
      if (!permits(cap, permit.execute)) return refusal(index, code.execute);
      return entryTrap(hart, cap, index, even(cap.address + offset));
    },
    wrong(step) {
      const cap = step.before.capability(step.operands["cs1"]!);
      return wrongEntry(step, cap, even(cap.address + offsetOf(step))) ?? link(step);
    },
    follow: null,
  };
}

/** The checks of a sealed pair, each on the code half before the data half. CHERI ISAv9, CInvoke. */
function pairTrap(entry: Capability, data: Capability, cs1: number, cs2: number): Trap | null {
  if (!entry.tag) return refusal(cs1, code.tag);
  if (!data.tag) return refusal(cs2, code.tag);
  if (entry.otype > ORDINARY_MAX) return refusal(cs1, code.seal);
  if (data.otype > ORDINARY_MAX) return refusal(cs2, code.seal);
  if (entry.otype !== data.otype) return refusal(cs1, code.type);
  if (!permits(entry, permit.cinvoke)) return refusal(cs1, code.cinvoke);
  if (!permits(data, permit.cinvoke)) return refusal(cs2, code.cinvoke);
  if (!permits(entry, permit.execute)) return refusal(cs1, code.execute);
  return permits(data, permit.execute) ? refusal(cs2, code.execute) : null;
}

const cinvoke: Rule = {
  clause: clauseAt.exact_invoke,
  effects: effect.specials | effect.register,
  isJump: true,
  trap({ before, operands }, hart) {
    const entry = before.capability(operands["cs1"]!);
    const data = before.capability(operands["cs2"]!);
    return (
      pairTrap(entry, data, operands["cs1"]!, operands["cs2"]!) ??
      entryTrap(hart, entry, operands["cs1"]!, even(entry.address))
    );
  },
  wrong(step) {
    const { before, operands, event } = step;
    const entry = before.capability(operands["cs1"]!);
    const data = before.capability(operands["cs2"]!);
    return (
      wrongEntry(step, entry, even(entry.address)) ??
      wrongCapability(event, INVOKED, placedAt(data, data.address, data.tag, UNSEALED))
    );
  },
  follow: null,
};

export const jumpRules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...Object.entries(conditions).map(([name, holds]): [string, Rule] => [
    name,
    within(
      clauseAt.exact_branch,
      branch(({ before, operands }) =>
        holds(before.integer(operands["rs1"]!), before.integer(operands["rs2"]!)),
      ),
      noLink,
    ),
  ]),
  ["c.beqz", within(clauseAt.exact_branch, branch(isZero), noLink)],
  [
    "c.bnez",
    within(
      clauseAt.exact_branch,
      branch((step) => !isZero(step)),
      noLink,
    ),
  ],
  ["jal", within(clauseAt.exact_jump, relative, integerLink("rd"))],
  ["jalr", within(clauseAt.exact_jump, absolute, integerLink("rd"))],
  ["jalr.pcc", within(clauseAt.exact_jump, absolute, integerLink("rd"))],
  ["c.j", within(clauseAt.exact_jump, relative, noLink)],
  ["c.jr", within(clauseAt.exact_jump, absolute, noLink)],
  ["c.jalr", within(clauseAt.exact_jump, absolute, integerLink(RA))],
  ["cjal", within(clauseAt.exact_jump, relative, sentryLink("cd"))],
  ["cjalr", toCapability(sentryLink("cd"), false)],
  ["jalr.cap", toCapability(sentryLink("cd"), false)],
  ["c.cjr", toCapability(noLink, true)],
  ["c.cjalr", toCapability(sentryLink(RA), false)],
  ["cinvoke", cinvoke],
]);

function isZero({ before, operands }: JudgedStep): boolean {
  return before.integer(operands["rs1"]!) === 0n;
}
