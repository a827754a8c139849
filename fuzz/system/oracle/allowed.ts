/** What a domain may hold: capabilities against ranges and rights that were declared. */
import type { DeclaredCvm, DeclaredFrame, Range } from "./declared.ts";
import {
  capabilityText,
  execute,
  global,
  type HeldCapability,
  type HeldRegister,
  load,
  loadCap,
  store,
} from "./held.ts";

/** What a PCC has. */
export const CODE_PERMS = global | execute | load | loadCap;
export const DATA_PERMS = load | store;
/** Numbers of registers, as they are held. */
export const PCC = 0x20;
export const DDC = 0x21;

/** Whether a domain may hold this: within its own parts, a live grant it has opened, or the buffer it serves. */
export function mayHold(cvm: DeclaredCvm, frame: DeclaredFrame, held: HeldCapability): boolean {
  const { base, top, perms } = held;
  if (base >= top) return true;
  if ((perms & ~CODE_PERMS) === 0 && lies(held, cvm.code)) return true;
  if ((perms & ~DATA_PERMS) !== 0) return false;
  if (lies(held, cvm.data)) return true;
  if (frame.buffer !== null && (perms & ~permsOf(frame.buffer.rights)) === 0 && lies(held, frame.buffer))
    return true;
  for (const handle of cvm.handles.values()) {
    if (handle.kind !== "grant" || !handle.grant.isLive) continue;
    if ((perms & ~permsOf(handle.rights)) === 0 && lies(held, handle.grant.range)) return true;
  }
  return false;
}

export function lies(held: HeldCapability, { base, size }: Range): boolean {
  return isInside(held, base, size);
}

export function isInside(held: HeldCapability, base: number, size: number): boolean {
  return held.base >= base && held.top <= base + size;
}

export function isExactly(held: HeldCapability, { base, size }: Range): boolean {
  return held.otype === null && held.base === base && held.top === base + size;
}

export function permsOf(rights: number): number {
  return ((rights & 1) === 0 ? 0 : load) | ((rights & 2) === 0 ? 0 : store);
}

export function rightsText(rights: number): string {
  return `${(rights & 1) === 0 ? "" : "R"}${(rights & 2) === 0 ? "" : "W"}`;
}

export function rangeText({ base, size }: Range): string {
  return `[0x${base.toString(16)}, 0x${(base + size).toString(16)})`;
}

/** What a domain may hold, in lines for a reader. */
export function allowedText(cvm: DeclaredCvm, { buffer }: DeclaredFrame): string[] {
  const own = `in ${cvm.name}: code ${rangeText(cvm.code)}, data ${rangeText(cvm.data)}`;
  const grants = [...cvm.handles.values()].flatMap((handle) =>
    handle.kind === "grant" && handle.grant.isLive
      ? [`open: ${rangeText(handle.grant.range)} ${rightsText(handle.rights)}`]
      : [],
  );
  return [
    own,
    ...grants,
    ...(buffer === null ? [] : [`buffer ${rangeText(buffer)} ${rightsText(buffer.rights)}`]),
  ];
}

/** A thread, for a reader. */
export interface Who {
  readonly cvm: string;
  readonly number: number;
}

/** What a register of a thread holds; the register's name alone if it is not tagged. */
export function textOf({ cvm, number }: Who, held: HeldRegister | string): string[] {
  if (typeof held === "string") return [`${cvm}.${number}: ${held} is not tagged`];
  const { register } = held;
  const spelt = register === PCC ? "PCC" : register === DDC ? "DDC" : `c${register}`;
  return [`${cvm}.${number}: ${spelt} is ${capabilityText(held)}`];
}
