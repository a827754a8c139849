/**
 * Laws of capabilities that registers receive: each is what its source held, or less, or the same under another seal
 * that the instruction may set or break.
 *
 * Sources: CHERI-MIPS, S&P'20, RestrictCapProp, SealCapProp, UnsealCapProp; CHERI ISAv9, CSeal, CUnseal, CSealEntry,
 * CBuildCap, CJALR; T-CHERI (Morello, ESOP'22), store_cap_reg.
 */
import type { Capability, CapabilityIndex } from "../../../model/contract.ts";
import { areSame, ORDINARY_MAX, permit, permits, SENTRY, UNSEALED } from "../exact/capability.ts";
import type { Held, JudgedStep } from "../oracle.ts";
import type { Opinion } from "../tally.ts";
import { drawn, excess, hex, isSameElsewhere, isWithin, nameOf, PCC, resealed } from "./authority.ts";
import type { Label } from "./label.ts";

/** A tagged capability that the step put into a register, or null. */
function taggedResult({ event }: JudgedStep): Capability | null {
  const { register } = event;
  return register?.kind === "capability" && register.value.tag ? register.value : null;
}

/** restrict. */
export function resultIsRestricted(step: JudgedStep): Opinion {
  const value = taggedResult(step);
  if (value === null) return "vacuous";
  return isRestricted(step.before, value, step.event.source);
}

/** A sealed capability may only be copied. Of an unsealed one bounds and permissions may shrink, and it stays so. */
export function isRestricted(held: Held, value: Capability, source: CapabilityIndex | null): Opinion {
  if (source === null)
    return ["a tagged capability came from nowhere", ...drawn(held, [], { result: value })];
  const parent = held.capability(source);
  if (value === parent && value.tag) return "holds";
  if (parent.tag && (parent.otype === UNSEALED ? isLess(value, parent) : areSame(value, parent)))
    return "holds";
  return [lessText(value, parent, nameOf(source)), ...drawn(held, [source], { result: value })];
}

function isLess(value: Capability, parent: Capability): boolean {
  return value.otype === UNSEALED && isWithin(value, parent);
}

function lessText(value: Capability, parent: Capability, name: string): string {
  if (!parent.tag) return `${name} is untagged, and a tagged capability was derived from it`;
  if (parent.otype !== UNSEALED) return `${name} is sealed, and was changed`;
  if (value.otype !== UNSEALED) return `${name} is not sealed, and what was derived from it is`;
  return `what was derived goes beyond ${name}: ${excess(value, parent)}`;
}

/** seal: as the authority says, a tagged and unsealed capability with Seal at an ordinary type within its bounds. */
export function sealIsAuthorized(step: JudgedStep): Opinion {
  const value = taggedResult(step);
  const { source, authority } = step.event;
  if (value === null) return "vacuous";
  const held = step.before;
  // Conditional sealing passes its source on as it is.
  if (source === null || authority === null || value.otype === held.capability(source).otype) {
    return isRestricted(held, value, source);
  }
  const parent = held.capability(source);
  const sealer = held.capability(authority);
  const wrong =
    usedWrongly(sealer, permit.seal, "Seal") ??
    (value.otype !== sealer.address || value.otype > ORDINARY_MAX
      ? `does not give the type ${hex(value.otype)}`
      : null);
  if (wrong === null && parent.tag && parent.otype === UNSEALED && isWithin(value, parent)) return "holds";
  return [
    wrong === null
      ? `what was sealed goes beyond ${nameOf(source)}: ${sealedText(value, parent)}`
      : `the type ${hex(value.otype)} was given under ${nameOf(authority)}, which ${wrong}`,
    ...drawn(held, [source, authority], { result: value }),
  ];
}

function sealedText(value: Capability, parent: Capability): string {
  return parent.otype === UNSEALED ? excess(value, parent) : "it was sealed already";
}

/** What keeps a capability from sealing or unsealing with the type at its address; null if nothing. */
function usedWrongly(cap: Capability, permission: number, permissionName: string): string | null {
  if (!cap.tag) return "is untagged";
  if (cap.otype !== UNSEALED) return "is sealed";
  if (!permits(cap, permission)) return `lacks ${permissionName}`;
  return cap.address < cap.base || cap.address >= cap.top ? "points outside its bounds" : null;
}

/** unseal: the authority has Unseal at the very type, and a result is Global only if it is. */
export function unsealIsAuthorized(step: JudgedStep): Opinion {
  const value = taggedResult(step);
  const { source, authority } = step.event;
  if (value === null) return "vacuous";
  const held = step.before;
  if (source === null || authority === null) return isRestricted(held, value, source);
  const parent = held.capability(source);
  const unsealer = held.capability(authority);
  const wrong =
    usedWrongly(unsealer, permit.unseal, "Unseal") ??
    (parent.otype !== unsealer.address || parent.otype > ORDINARY_MAX
      ? `does not open the type ${hex(parent.otype)}`
      : permits(value, permit.global) && !permits(unsealer, permit.global)
        ? "is local, and the result is not"
        : null);
  if (wrong === null && parent.tag && isLess(value, parent)) return "holds";
  return [
    wrong === null
      ? `what was unsealed goes beyond ${nameOf(source)}: ${excess(value, parent)}`
      : `${nameOf(source)} was unsealed under ${nameOf(authority)}, which ${wrong}`,
    ...drawn(held, [source, authority], { result: value }),
  ];
}

/** seal_entry: a sentry of an unsealed capability, which needs no authority. */
export function sentryIsOfItsSource(step: JudgedStep): Opinion {
  const value = taggedResult(step);
  const { source } = step.event;
  if (value === null || source === null) return "vacuous";
  const parent = step.before.capability(source);
  if (parent.tag && parent.otype === UNSEALED && value.otype === SENTRY && isWithin(value, parent))
    return "holds";
  const why = !parent.tag
    ? `${nameOf(source)} is untagged`
    : parent.otype !== UNSEALED
      ? `${nameOf(source)} is sealed already`
      : value.otype === SENTRY
        ? `the sentry goes beyond ${nameOf(source)}: ${excess(value, parent)}`
        : `a sentry was asked for, and its type is ${hex(value.otype)}`;
  return [why, ...drawn(step.before, [source], { result: value })];
}

/** rebuild: within the authority, which is tagged and unsealed; a sentry only where the pattern is one. */
export function rebuiltIsCovered(step: JudgedStep): Opinion {
  const value = taggedResult(step);
  const { source, authority } = step.event;
  if (value === null || source === null || authority === null) return "vacuous";
  const held = step.before;
  const parent = held.capability(authority);
  const isSealAllowed =
    value.otype === UNSEALED || (value.otype === SENTRY && held.capability(source).otype === SENTRY);
  if (parent.tag && parent.otype === UNSEALED && isSealAllowed && isWithin(value, parent)) return "holds";
  const why = !parent.tag
    ? `${nameOf(authority)} is untagged`
    : parent.otype !== UNSEALED
      ? `${nameOf(authority)} is sealed`
      : isSealAllowed
        ? `what was rebuilt goes beyond ${nameOf(authority)}: ${excess(value, parent)}`
        : `no rebuilt capability may have the type ${hex(value.otype)}`;
  return [why, ...drawn(held, [source, authority], { result: value })];
}

/** link: a sentry of PCC at the next instruction. */
export function linkIsSentryOfPcc(step: JudgedStep): Opinion {
  const value = taggedResult(step);
  if (value === null) return "vacuous";
  const { pcc, pc } = step.before;
  const next = BigInt.asUintN(64, pc + ((step.event.word & 3) === 3 ? 4n : 2n));
  if (value.address === next && isSameElsewhere(value, resealed(pcc, SENTRY))) return "holds";
  return [
    `the link is not PCC at ${hex(next)}, sealed as a sentry`,
    ...drawn(step.before, [PCC], { link: value }),
  ];
}

/** store_cap_reg: whatever register gets a tag, the instruction had read a capability at least as great. */
export function resultsAreDerivable(step: JudgedStep, label: Label): Opinion {
  const { specials } = step.event;
  let opinion: Opinion = "vacuous";
  const value = taggedResult(step);
  if (value !== null)
    opinion = label.result === "capability" ? isDerivable(step, label, value) : beyond(step, value);
  for (let at = 0; at < specials.length && typeof opinion === "string"; at++) {
    const special = specials[at]!.value;
    if (special.tag) opinion = isDerivable(step, label, special);
  }
  return opinion;
}

function isDerivable(step: JudgedStep, label: Label, value: Capability): Opinion {
  const { event, before } = step;
  const { source, read } = event;
  if (source !== null && isFrom(before.capability(source), value, label.reseals)) return "holds";
  for (const pass of label.passes) {
    const index = pass(step);
    if (index !== null && isFrom(before.capability(index), value, label.reseals)) return "holds";
  }
  const granule = read === null ? null : before.granule(read.address);
  if (granule !== null && isFrom(granule, value, label.reseals)) return "holds";
  return beyond(step, value);
}

/** What is sealed can only be passed on, unless the instruction may break or set a seal. */
function isFrom(parent: Capability, value: Capability, reseals: boolean): boolean {
  if (!parent.tag || !isWithin(value, parent)) return false;
  return reseals || value.otype === parent.otype;
}

function beyond({ event, before }: JudgedStep, value: Capability): string[] {
  const read = [event.source, event.authority].filter((index) => index !== null);
  return [
    "a register received more than anything that the instruction had read",
    ...drawn(before, read, { received: value }),
  ];
}
