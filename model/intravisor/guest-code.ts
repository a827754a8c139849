/**
 * Guest code, whatever it is: not what it does, but what it may do. Between two things that the Intravisor does for it,
 * a thread changes bytes that its domain may write, those of its states of objects among them, and its DDC to another that it
 * may have; and nothing else changes (I-1, I-3, I-50, I-51, I-99). What it asks for is then as determined as any call.
 */

import { bindingOf, storeInState } from "../sco/objects.ts";
import { statesIn } from "../sco/observed.ts";
import type { Action, Authority, Foretold, GuestSlice, Lent, Value } from "../system-contract.ts";
import { readBytes, writeBytes } from "./bytes.ts";
import { callWithNumber } from "./calls.ts";
import { type Caller, type Change, failed, withThread } from "./change.ts";
import { raise } from "./exceptions.ts";
import { ARENA_BASE, ARENA_TOP, isInside, RAM_BASE, type Range } from "./layout.ts";
import type { Frame, Rights, System } from "./state.ts";

const [GLOBAL, EXECUTE, LOAD, STORE, LOAD_CAP] = [1, 2, 4, 8, 0x10];
const PCC_PERMS = GLOBAL | EXECUTE | LOAD | LOAD_CAP;
const NOTHING: Range = { base: 0n, size: 0n };

/** Takes over what a thread did, and says what of it no guest can do: that is not taken over. */
export function adopt(
  system: System,
  caller: Caller,
  { written, ddc, isArbitrary, inside, lent }: GuestSlice,
): { readonly system: System; readonly violations: readonly string[] } {
  const isLent = (range: Range) => lent === undefined || isInside(range.base, range.size, lent);
  const writable = writableBy(system, caller, isArbitrary);
  const violations: string[] = [];
  let after = system;
  for (const { address, bytes } of written) {
    const at = { base: address, size: BigInt(bytes.length) };
    const isWritable = isLent(at) && writable.some((range) => isInside(at.base, at.size, range));
    const isByObjects = isArbitrary || lent !== undefined;
    const inState = isByObjects ? storeInState(after, caller.cvm.identity, address, bytes) : null;
    const stored = isWritable
      ? { ...after, memory: writeBytes(after.memory, Number(address - RAM_BASE), bytes) }
      : inState;
    if (stored === null) violations.push(`${bytes.length} bytes at 0x${address.toString(16)} written`);
    else after = stored;
  }
  if (ddc && !mayHave(system, caller, ddc)) {
    const [base, top] = [ddc.base, ddc.top].map((one) => one.toString(16));
    violations.push(`DDC from 0x${base} to 0x${top} with permissions 0x${ddc.perms.toString(16)}`);
  }
  for (const number of inside ?? []) {
    const object = after.objects.get(number);
    if (object === undefined || bindingOf(object, caller.cvm.identity) === null)
      violations.push(`in object ${number}, which is not bound`);
  }
  if (ddc === undefined && inside === undefined) return { system: after, violations };
  const { owner, thread, frame } = caller;
  const now: Frame = {
    ...frame,
    ddc: ddc === undefined ? frame.ddc : pointersUnder(caller, ddc),
    inside: inside ?? frame.inside ?? [],
  };
  return {
    system: withThread(after, owner, { ...thread, frames: thread.frames.with(-1, now) }),
    violations,
  };
}

/** What the next transition, which calls an object, comes to. */
export function foretoldBy({ system, outcome }: Change, lent: Lent): Foretold {
  return { outcome, states: statesIn(system), lent: bytesOf(system, lent) };
}

/** Bytes of data parts: what is not in the memory of any reads as none. */
export function bytesOf({ memory }: System, { base, size }: Lent): Uint8Array {
  const isThere = isInside(base, size, { base: ARENA_BASE, size: ARENA_TOP - ARENA_BASE });
  return isThere ? readBytes(memory, Number(base - RAM_BASE), Number(size)) : new Uint8Array();
}

/** Every range that a thread may write in the domain it is in. */
function writableBy(system: System, caller: Caller, isArbitrary: boolean): Range[] {
  const mine = isArbitrary ? caller.cvm.data : caller.frame.ddc;
  const shared = sharedWith(system, caller).filter(({ rights }) => rights.includes("w"));
  return [mine, ...shared.map(({ range }) => range)];
}

interface Shared {
  readonly range: Range;
  readonly rights: Rights;
}

/** What others have granted the domain, as it has opened it, and the buffer of the call it serves. */
function sharedWith(system: System, { cvm, frame }: Caller): Shared[] {
  const granted = cvm.handles.flatMap((handle) => {
    const grant = handle?.kind === "grant" ? system.grants.get(handle.grant) : undefined;
    return grant === undefined ? [] : [{ range: grant.range, rights: (handle as { rights: Rights }).rights }];
  });
  const buffer = frame.activation?.buffer ?? null;
  return buffer === null ? granted : [...granted, buffer];
}

/** Whether a domain may have installed this as its DDC: part of what it has, with no more permissions. */
function mayHave(system: System, caller: Caller, { base, top, perms }: Authority): boolean {
  const within = (range: Range) => isInside(base, top - base, range);
  if (within(caller.cvm.code) && (perms & ~PCC_PERMS) === 0) return true;
  if ((perms & ~(LOAD | STORE)) !== 0) return false;
  const needed = [...((perms & LOAD) === 0 ? "" : "r"), ...((perms & STORE) === 0 ? "" : "w")];
  const isEnough = ({ range, rights }: Shared) =>
    within(range) && needed.every((right) => rights.includes(right));
  return within(caller.cvm.data) || sharedWith(system, caller).some(isEnough);
}

/**
 * Where a call may be given pointers to: what DDC covers, if it is one over the domain's own data. Under anything else,
 * such as a grant, there are none: what is shared is not the caller's to hand on (I-41).
 */
function pointersUnder({ cvm }: Caller, ddc: Authority | null): Range {
  if (ddc === null || (ddc.perms & (LOAD | STORE)) !== (LOAD | STORE)) return NOTHING;
  const size = ddc.top - ddc.base;
  return isInside(ddc.base, size, cvm.data) ? { base: ddc.base, size } : NOTHING;
}

/** The call that a thread has asked for, with its arguments as it gave them. */
export function serve(system: System, caller: Caller, number: bigint, args: readonly bigint[]): Change {
  const call = callWithNumber(number);
  return call === undefined ? failed(system, "ENOSYS") : call.perform(system, caller, args);
}

/**
 * Guest code has trapped, under this DDC. What its registers were is not said: where they are shown are bytes that it may
 * write.
 */
export function trap(
  system: System,
  caller: Caller,
  cause: bigint,
  value: bigint,
  ddc: Authority | null,
): Change {
  const isWritable = ddc !== null && (ddc.perms & STORE) !== 0;
  const reach = isWritable ? { base: ddc.base, size: ddc.top - ddc.base } : NOTHING;
  const faulting = { ...caller, frame: { ...caller.frame, ddc: reach } };
  return raise(system, faulting, { cause, value, pc: 0n, registers: new Map() });
}

/** The action with numbers in the place of everything that depends on when it is taken. */
export function settled(action: Action, meaning: (value: Value) => bigint): Action {
  const number = (value: Value): Value => ({ kind: "number", value: meaning(value) });
  switch (action.do) {
    case "call":
    case "call-number":
      return { ...action, args: action.args.map(number) };
    case "load":
    case "fill":
    case "place":
      return { ...action, address: number(action.address) };
    case "store":
      return { ...action, address: number(action.address), value: number(action.value) };
    case "narrow":
      return { ...action, address: number(action.address), length: number(action.length) };
    case "body":
    case "go":
      return action;
  }
}
