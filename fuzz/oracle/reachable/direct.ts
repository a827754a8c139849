/**
 * The cheap half of the oracle: by which rule of the closure, if any, something that a step left behind follows at
 * once from what was held before and what the step says it came from. Bounds and permissions are compared; nothing
 * is worked out.
 */
import type { Capability, MemoryAccess } from "../../../model/contract.ts";
import {
  areSame,
  fromMemory,
  highOf,
  isSealed,
  permit,
  permits,
  SENTRY,
  UNSEALED,
} from "../exact/capability.ts";
import type { Held, JudgedStep } from "../oracle.ts";
import {
  hasSameAuthority,
  isOrdinary,
  isSystemCode,
  isWithinAuthority,
  mayLoadCapability,
  maySeal,
  mayUnseal,
  openedBy,
} from "./authority.ts";
import { type Rule, rule } from "./rule.ts";

/** No rule: it may still be reachable by several. */
export const NONE = -1;

const PCC = 0x20;
const DDC_SCR = 1;
const INVOKED_DATA = 31;
const MEPCC = 0x3f;
const MTCC = 0x3c;

/** For the tagged capability in the destination register. */
export function ruleOfRegister({ name, operands, event, before }: JudgedStep, value: Capability): Rule | -1 {
  const { source, authority, read, register } = event;
  if (read !== null) return ruleOfLoad(value, read, authority, before);
  if (source === null) return NONE;
  const from = before.capability(source);
  const by = authority === null ? null : before.capability(authority);
  switch (name) {
    case "cspecialrw":
      return ruleOfSpecialRead(value, operands["scr"]!, before);
    case "cinvoke": {
      const isData = register!.index === INVOKED_DATA && by !== null && isPair(from, by);
      return isData && hasSameAuthority(value, by) && !isSealed(value) ? rule.invoke : NONE;
    }
    case "cbuildcap":
      return by === null ? NONE : ruleFrom(value, by, null);
    case "cjalr":
    case "jalr.cap":
    case "c.cjalr":
    case "c.cjr":
      // The source is where the jump goes; the link comes from PCC.
      return ruleFrom(value, before.pcc, null);
    default:
      return ruleFrom(value, from, by);
  }
}

/** For a special register other than PCC. */
export function ruleOfSpecial({ event, before }: JudgedStep, scr: number, value: Capability): Rule | -1 {
  if (event.csr !== null) return ruleFrom(value, before.capability(PCC | scr), null);
  return event.source === null ? NONE : ruleFrom(value, before.capability(event.source), null);
}

/** For PCC, when the step replaced it as a whole. */
export function ruleOfCode({ name, event, before }: JudgedStep, value: Capability): Rule | -1 {
  const { source, authority } = event;
  if (source === null) return NONE;
  const from = before.capability(source);
  switch (name) {
    case "cinvoke": {
      const isCode = authority !== null && isPair(from, before.capability(authority));
      return isCode && hasSameAuthority(value, from) && !isSealed(value) ? rule.invoke : NONE;
    }
    case "mret":
      // MRET asks for no permission to execute: the next fetch does.
      if (source !== MEPCC || !maySystem(before)) return NONE;
      return isOpenedSentry(value, from) ? rule.invoke : asSystem(ruleFrom(value, from, null));
    default:
      if (!permits(value, permit.execute)) return NONE;
      return isOpenedSentry(value, from) ? rule.invoke : ruleFrom(value, from, null);
  }
}

/** For what a trap leaves: PCC was MTCC, and MEPCC was PCC. Both as they were, whatever they are. */
export function isTrapEntry(scr: number, value: Capability, before: Held): boolean {
  const from = scr === 0 ? before.capability(MTCC) : before.pcc;
  if (!value.tag) return true;
  return from.tag && value.otype === from.otype && hasSameAuthority(value, from);
}

/** The capability that a tagged store left in memory, by the bits that were stored. */
export function storedCapability({ event, before }: JudgedStep, write: MemoryAccess): Capability {
  const { source } = event;
  const address = BigInt.asUintN(64, write.data);
  const half = write.data >> 64n;
  if (source !== null) {
    const from = before.capability(source);
    if (from.tag && from.address === address && highOf(from) === half) return from;
  }
  return fromMemory(true, address, half);
}

/** For the tagged capability in the granule that a step stored to. */
export function ruleOfGranule({ event, before }: JudgedStep, value: Capability): Rule | -1 {
  return event.source === null ? NONE : ruleFrom(value, before.capability(event.source), null);
}

/** By one capability, and for sealing and unsealing another that allows it. */
function ruleFrom(value: Capability, from: Capability, by: Capability | null): Rule | -1 {
  if (!from.tag) return NONE;
  if (isSealed(from)) {
    if (areSame(value, from)) return rule.reg;
    const isOpened = by !== null && !isSealed(value) && mayUnseal(by, from.otype);
    return isOpened && isWithinAuthority(value, openedBy(from, by)) ? rule.unseal : NONE;
  }
  if (!isWithinAuthority(value, from)) return NONE;
  if (value.otype === UNSEALED) return hasSameAuthority(value, from) ? rule.reg : rule.restrict;
  if (value.otype === SENTRY) return rule.sealEntry;
  return by !== null && maySeal(by, value.otype) ? rule.seal : NONE;
}

function ruleOfLoad(
  value: Capability,
  { address, size }: MemoryAccess,
  authority: number | null,
  before: Held,
): Rule | -1 {
  if (authority === null || size !== 16) return NONE;
  const found = before.granule(address);
  if (found === null || !areSame(found, value)) return NONE;
  return mayLoadCapability(before.capability(authority), address) ? rule.mem : NONE;
}

function ruleOfSpecialRead(value: Capability, scr: number, before: Held): Rule | -1 {
  const from = ruleFrom(value, before.capability(PCC | scr), null);
  if (scr === 0 || scr === DDC_SCR) return from;
  return maySystem(before) ? asSystem(from) : NONE;
}

function asSystem(from: Rule | -1): Rule | -1 {
  return from === NONE ? NONE : rule.sysReg;
}

/** Whether the step may touch the system registers of its mode; supervisor mode is not there. */
function maySystem({ mode, pcc }: Held): boolean {
  return mode === 3 && isSystemCode(pcc);
}

function isOpenedSentry(value: Capability, from: Capability): boolean {
  return from.tag && from.otype === SENTRY && !isSealed(value) && hasSameAuthority(value, from);
}

/** Code and data sealed with one type, and meant to be invoked. CInvoke. */
function isPair(code: Capability, data: Capability): boolean {
  return (
    code.tag &&
    data.tag &&
    code.otype === data.otype &&
    isOrdinary(code.otype) &&
    permits(code, permit.cinvoke) &&
    permits(data, permit.cinvoke) &&
    permits(code, permit.execute) &&
    !permits(data, permit.execute)
  );
}
