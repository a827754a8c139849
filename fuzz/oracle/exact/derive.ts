/**
 * Capabilities made of other capabilities: which result exactly, and when it keeps its tag.
 *
 * Nothing here traps: what may not be comes out untagged. Source: CHERI ISAv9, the chapter of instructions.
 */
import type { Capability } from "../../../model/contract.ts";
import type { JudgedStep } from "../oracle.ts";
import {
  copied,
  fromMemory,
  isSealed,
  isWithin,
  movedQuickly,
  movedTo,
  NULL,
  ORDINARY_MAX,
  permit,
  permits,
  placedAt,
  SENTRY,
  UNSEALED,
} from "./capability.ts";
import { type Clause, clauseAt } from "./clauses.ts";
import { boundsAt, covering } from "./encoding.ts";
import { isSubset, typeShown } from "./inspect.ts";
import { effect, orDdc, type Rule, wrongCapability } from "./rule.ts";

const SP = 2;

type Derive = (step: JudgedStep) => Capability;

const cs1: Derive = ({ before, operands }) => before.capability(operands["cs1"]!);
const cs2: Derive = ({ before, operands }) => before.capability(operands["cs2"]!);
const rs2 = ({ before, operands }: JudgedStep): bigint => before.integer(operands["rs2"]!);

/** Tagged and unsealed: only such a source gives a tagged result. */
function isChangeable(cap: Capability): boolean {
  return cap.tag && !isSealed(cap);
}

/**
 * Base at the address, `length` bytes, both rounded outward; tagged only if the source covers what was asked
 * for.
 */
export function bounded(source: Capability, length: bigint, mustBeExact: boolean): Capability {
  const { address, perms, otype, flags, reserved } = source;
  const { field, isExact } = covering(address, length);
  const { base, top } = boundsAt(field, address);
  const isCovered = source.base <= address && address + length <= source.top;
  const tag = isChangeable(source) && isCovered && (isExact || !mustBeExact);
  return { tag, address, base, top, perms, otype, flags, reserved, bounds: field };
}

/** A tagged and unsealed authority with this permission that points at an object type within its bounds. */
function authorizes(authority: Capability, permission: number): boolean {
  return (
    isChangeable(authority) && permits(authority, permission) && isWithin(authority, authority.address, 1n)
  );
}

function sealed(source: Capability, authority: Capability): Capability {
  const maySeal = authorizes(authority, permit.seal) && authority.address <= ORDINARY_MAX;
  const otype = BigInt.asUintN(18, authority.address);
  return copied(source, isChangeable(source) && maySeal, source.perms, otype);
}

/** Passes its source on where the authority does not ask for sealing, or there is nothing to seal. CCSeal. */
function sealedIfAsked(source: Capability, authority: Capability): Capability {
  const asks = authority.tag && isWithin(authority, authority.address, 1n);
  const isMinusOne = authority.address === 2n ** 64n - 1n;
  return asks && !isMinusOne && !isSealed(source) ? sealed(source, authority) : source;
}

function unsealed(source: Capability, authority: Capability): Capability {
  const isOrdinary = source.otype <= ORDINARY_MAX;
  const names = authority.address === source.otype;
  const tag = source.tag && isOrdinary && names && authorizes(authority, permit.unseal);
  const perms = permits(authority, permit.global) ? source.perms : source.perms & ~BigInt(permit.global);
  return copied(source, tag, perms, UNSEALED);
}

/**
 * The bits of `wanted` without a seal other than a sentry's, tagged if the authority could have made them: it
 * covers them, and setting its bounds to theirs gives the same encoding. CBuildCap.
 */
function rebuilt(authority: Capability, wanted: Capability): Capability {
  const isLeast = wanted.base <= wanted.top && isSubset(wanted, authority);
  const tag =
    isChangeable(authority) &&
    isLeast &&
    authority.reserved === wanted.reserved &&
    covering(wanted.base, wanted.top - wanted.base).field === wanted.bounds;
  return copied(wanted, tag, wanted.perms, wanted.otype === SENTRY ? SENTRY : UNSEALED);
}

/** Points at the object type of `typed`; reserved ones are nobody's to point at. CCopyType. */
function pointingAtType(source: Capability, typed: Capability): Capability {
  const placed = movedTo(source, BigInt.asUintN(64, typeShown(typed.otype)));
  return typed.otype <= ORDINARY_MAX ? placed : copied(placed, false, placed.perms, placed.otype);
}

/** Permissions in the order of the encoding, of a mask as CGetPerm shows them. */
function permsOf(mask: bigint): bigint {
  return (mask & 0xfffn) | (((mask >> 15n) & 0xfn) << 12n);
}

function flagged(source: Capability, flags: bigint): Capability {
  const { address, base, top, perms, otype, reserved, bounds } = source;
  return { tag: isChangeable(source), address, base, top, perms, otype, flags, reserved, bounds };
}

function fromPointer(step: JudgedStep): Capability {
  const offset = rs2(step);
  if (offset === 0n) return NULL;
  const source = orDdc(step.before, step.operands["cs1"]!);
  return movedQuickly(source, source.base + offset);
}

/** The address increased by an operand. */
function increased(step: JudgedStep, source: Capability, operand: string): Capability {
  return movedQuickly(source, source.address + BigInt(step.operands[operand]!));
}

interface Row {
  readonly clause: Clause;
  readonly derive: Derive;
  /** The destination where it is no operand. */
  readonly to?: number;
}

const stackPointer: Derive = ({ before }) => before.capability(SP);

const rows: Readonly<Record<string, Row>> = {
  cmove: { clause: clauseAt.exact_move, derive: cs1 },
  ccleartag: {
    clause: clauseAt.exact_move,
    derive: (step) => copied(cs1(step), false, cs1(step).perms, cs1(step).otype),
  },
  candperm: {
    clause: clauseAt.exact_candperm,
    derive(step) {
      const source = cs1(step);
      return copied(source, isChangeable(source), source.perms & permsOf(rs2(step)), source.otype);
    },
  },
  csetflags: { clause: clauseAt.exact_csetflags, derive: (step) => flagged(cs1(step), rs2(step) & 1n) },
  csetaddr: { clause: clauseAt.exact_address, derive: (step) => movedTo(cs1(step), rs2(step)) },
  csetoffset: {
    clause: clauseAt.exact_address,
    derive: (step) => movedQuickly(cs1(step), cs1(step).base + rs2(step)),
  },
  cincoffset: {
    clause: clauseAt.exact_address,
    derive: (step) => movedQuickly(cs1(step), cs1(step).address + rs2(step)),
  },
  cincoffsetimm: { clause: clauseAt.exact_address, derive: (step) => increased(step, cs1(step), "imm") },
  "c.cincoffset16csp": {
    clause: clauseAt.exact_address,
    derive: (step) => increased(step, stackPointer(step), "nzimm"),
    to: SP,
  },
  "c.cincoffset4cspn": {
    clause: clauseAt.exact_address,
    derive: (step) => increased(step, stackPointer(step), "nzuimm"),
  },
  cfromptr: { clause: clauseAt.exact_address, derive: fromPointer },
  auipcc: {
    clause: clauseAt.exact_address,
    derive(step) {
      const pcc = placedAt(step.before.pcc, step.before.pc, true, UNSEALED);
      return movedTo(pcc, BigInt.asUintN(64, step.before.pc + BigInt(step.operands["imm"]!)));
    },
  },
  csetbounds: { clause: clauseAt.exact_csetbounds, derive: (step) => bounded(cs1(step), rs2(step), false) },
  csetboundsexact: {
    clause: clauseAt.exact_csetbounds,
    derive: (step) => bounded(cs1(step), rs2(step), true),
  },
  csetboundsimm: {
    clause: clauseAt.exact_csetbounds,
    derive: (step) => bounded(cs1(step), BigInt(step.operands["uimm"]!), false),
  },
  csethigh: {
    clause: clauseAt.exact_csethigh,
    derive: (step) => fromMemory(false, cs1(step).address, rs2(step)),
  },
  cseal: { clause: clauseAt.exact_seal, derive: (step) => sealed(cs1(step), cs2(step)) },
  ccseal: { clause: clauseAt.exact_seal, derive: (step) => sealedIfAsked(cs1(step), cs2(step)) },
  csealentry: {
    clause: clauseAt.exact_seal,
    derive: (step) => copied(cs1(step), isChangeable(cs1(step)), cs1(step).perms, SENTRY),
  },
  cunseal: { clause: clauseAt.exact_unseal, derive: (step) => unsealed(cs1(step), cs2(step)) },
  cbuildcap: {
    clause: clauseAt.exact_cbuildcap,
    derive: (step) => rebuilt(orDdc(step.before, step.operands["cs1"]!), cs2(step)),
  },
  ccopytype: { clause: clauseAt.exact_ccopytype, derive: (step) => pointingAtType(cs1(step), cs2(step)) },
};

function ruleOf({ clause, derive, to }: Row): Rule {
  const wrong = (step: JudgedStep): string[] | null => {
    const cd = to ?? step.operands["cd"]!;
    return wrongCapability(step.event, cd, cd === 0 ? NULL : derive(step));
  };
  return { clause, effects: effect.register, isJump: false, trap: null, wrong, follow: null };
}

export const deriveRules: ReadonlyMap<string, Rule> = new Map(
  Object.entries(rows).map(([name, each]) => [name, ruleOf(each)]),
);
