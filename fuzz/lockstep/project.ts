import { capSlot, memSlot, RECORD_BYTES, RECORD_SLOTS, slot } from "../../impl/engine/record.ts";
import type { Capability, MemoryAccess, SpecialWrite, StepEvent } from "../../model/contract.ts";

/**
 * Room for the trace records of a run, spelt by the reference: the same layout as the engine's trace, so that
 * whole runs are compared as bytes.
 */
export interface Records {
  readonly bytes: Buffer;
  /** The same memory as 64-bit slots and as their 32-bit halves, low half first. */
  readonly slots: BigUint64Array;
  readonly halves: Uint32Array;
}

const TOP_LIMIT = 1n << 64n;
const VALID = 1 << 9;
const TRAPPED = 1 << 8;
const KIND_INTEGER = 1 << 8;
const KIND_CAPABILITY = 2 << 8;

/** Zeroed room for `steps` records. */
export function records(steps: number): Records {
  const buffer = new ArrayBuffer(steps * RECORD_BYTES);
  return { bytes: Buffer.from(buffer), slots: new BigUint64Array(buffer), halves: new Uint32Array(buffer) };
}

/**
 * Writes one step event as record number `index`, whose slots must be zero. Hot: BigInts are only stored,
 * never computed with, and everything below 32 bits goes through the halves.
 */
export function project(event: StepEvent, to: Records, index: number): void {
  const { slots, halves } = to;
  const at = index * RECORD_SLOTS;
  const { trap, register, specials, csr, authority, source } = event;

  halves[2 * at] = event.word;
  halves[2 * at + 1] = trap === null ? VALID | event.mode : VALID | TRAPPED | event.mode;
  slots[at + slot.pcBefore] = event.pcBefore;
  slots[at + slot.pcAfter] = event.pcAfter;

  let what = 0;
  if (register !== null) {
    if (register.kind === "integer") {
      what = register.index | KIND_INTEGER;
      slots[at + slot.register + capSlot.address] = register.value;
    } else {
      what = register.index | KIND_CAPABILITY;
      projectCapability(register.value, to, at + slot.register);
    }
  }
  if (authority !== null) what |= (authority + 1) << 16;
  if (source !== null) what |= (source + 1) << 24;
  halves[2 * (at + slot.what)] = what;

  if (event.read !== null) projectMemory(event.read, to, at + slot.read);
  if (event.write !== null) projectMemory(event.write, to, at + slot.write);
  if (specials.length > 0) projectSpecials(specials, to, at);
  if (event.cleared !== 0) halves[2 * (at + slot.cleared)] = event.cleared;
  if (csr !== null) {
    halves[2 * (at + slot.what) + 1] = csr.number | 0x8000;
    slots[at + slot.csrValue] = csr.value;
  }
  if (trap !== null) {
    slots[at + slot.cause] = trap.cause;
    slots[at + slot.trapValue] = trap.value;
  }
}

function projectSpecials(specials: readonly SpecialWrite[], to: Records, at: number): void {
  const first = specials[0]!;
  to.halves[2 * (at + slot.special0)] = first.scr + 1;
  projectCapability(first.value, to, at + slot.special0 + 1);
  const second = specials[1];
  if (second === undefined) return;
  to.halves[2 * (at + slot.special1)] = second.scr + 1;
  projectCapability(second.value, to, at + slot.special1 + 1);
}

function projectCapability(cap: Capability, to: Records, at: number): void {
  const { slots } = to;
  const high = cap.top >= TOP_LIMIT ? 2 : 0;
  to.halves[2 * at] = cap.tag ? high | 1 : high;
  slots[at + capSlot.address] = cap.address;
  slots[at + capSlot.base] = cap.base;
  slots[at + capSlot.top] = cap.top;
  slots[at + capSlot.perms] = cap.perms;
  slots[at + capSlot.otype] = cap.otype;
  slots[at + capSlot.flags] = cap.flags;
  slots[at + capSlot.reserved] = cap.reserved;
  slots[at + capSlot.bounds] = cap.bounds;
}

function projectMemory(access: MemoryAccess, to: Records, at: number): void {
  to.halves[2 * (at + memSlot.size)] = access.tag ? access.size | 0x100 : access.size;
  to.slots[at + memSlot.address] = access.address;
  to.slots[at + memSlot.low] = access.data;
  if (access.size === 16) to.slots[at + memSlot.high] = access.data >> 64n;
}
