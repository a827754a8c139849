/**
 * What ends is taken out of every register (I-55, I-56): of threads that stand anywhere, of what is kept of their
 * callers, and of what the gate has put aside for them, and the code between clients and objects. Memory of guests holds
 * no capabilities, so there is no more.
 */
import type { Capability } from "../../model/contract.ts";
import type { Authority } from "../../model/system-contract.ts";
import { setIntegerIn, taggedIn } from "../engine/hart.ts";
import type { Engine } from "../engine/index.ts";
import { isEndedEntry, isOfObject, sweepObjectStack } from "../sco/revocation.ts";
import type { Objects } from "../sco/table.ts";
import { authority } from "./authority.ts";
import { blockOf } from "./domain.ts";
import { type Forge, perms } from "./forge.ts";
import { ARENA_BASE, block } from "./layout.ts";
import type { Cvm, Frame, RightBits, Tables, Thread } from "./tables.ts";

const DDC = 0x21;
const REGISTERS: readonly number[] = [...Array.from({ length: 31 }, (_, index) => index + 1), DDC];
/** Where the DDC of a caller is kept, and the buffer of the call that it serves. */
const KEPT_DATA = [21, 23] as const;

/**
 * Makes every register null that holds what its domain does not have any more: neither its own code or data, nor a grant
 * that it has open, nor the buffer of the call that it serves.
 */
export function sweepRegisters(engine: Engine, forge: Forge, tables: Tables): void {
  const running = engine.hart.save();
  for (const cvm of tables.cvms) {
    for (const thread of cvm?.threads ?? [])
      if (thread.state !== "dead") sweep(engine, forge, tables, thread);
  }
  engine.hart.restore(running);
}

function sweep(engine: Engine, forge: Forge, { objects }: Tables, thread: Thread): void {
  const { frames, context } = thread;
  const innermost = frames.at(-1)!;
  const isGone: Lost = (frame, value) => isLost(objects, frame, value);
  const clean = (kept: Uint8Array, among: readonly number[], frame: Frame) =>
    cleaned(engine, kept, among, frame, isGone);
  clean(context, REGISTERS, innermost);
  for (const [depth, { caller }] of frames.entries()) {
    if (caller !== null && depth > 0) clean(caller.capabilities, KEPT_DATA, frames[depth - 1]!);
  }
  for (const frame of frames) {
    const { doing, suspended } = frame;
    if (doing.ddc !== null && !isStill(objects, frame, doing.ddc)) doing.ddc = null;
    if (suspended !== null) clean(suspended.context, REGISTERS, frame);
  }
  sweepObjectStack(engine, forge, thread, isGone);
  forge.begin();
  forge.loadFrom(blockOf(thread) + block.ddc);
  if (isGone(innermost, engine.hart.capability(5))) forge.erase(blockOf(thread) + block.ddc);
}

type Lost = (frame: Frame, value: Capability) => boolean;

function cleaned(
  engine: Engine,
  context: Uint8Array,
  among: readonly number[],
  frame: Frame,
  isGone: Lost,
): void {
  const tagged = among.filter((register) => taggedIn(context, register) !== null);
  if (tagged.length === 0) return;
  engine.hart.restore(context);
  for (const register of tagged) {
    const value = engine.hart.capability(register);
    if (isGone(frame, value)) setIntegerIn(context, register, value.address);
  }
}

/**
 * Whether a capability is to guests' memory, or to objects, and its domain has that no more. Sealed ones open nothing by
 * themselves, but for the way into an object.
 */
function isLost(objects: Objects, frame: Frame, value: Capability): boolean {
  const held = authority(value);
  if (held === null) return isEndedEntry(objects, frame.cvm, value);
  return held.base >= BigInt(ARENA_BASE) && !isStill(objects, frame, held);
}

/** Whether a domain has this, from whichever source. */
function isStill(objects: Objects, { cvm, call }: Frame, { base, top, perms: allowed }: Authority): boolean {
  const within = (at: number, size: number) => base >= BigInt(at) && top <= BigInt(at + size);
  if (within(cvm.codeBase, cvm.codeSize) || within(cvm.dataBase, cvm.dataSize)) return true;
  if (isOfObject(objects, cvm, { base, top })) return true;
  const needed = (allowed & perms.load ? 1 : 0) | (allowed & perms.store ? 2 : 0);
  const isEnough = (rights: RightBits) => (needed & ~rights) === 0;
  const buffer = call?.buffer ?? null;
  if (buffer !== null && within(buffer.base, buffer.size) && isEnough(buffer.rights)) return true;
  return grantsOf(cvm).some(({ grant, rights }) => within(grant.base, grant.size) && isEnough(rights));
}

function grantsOf({ handles }: Cvm) {
  return handles.filter((handle) => handle?.kind === "grant").filter(({ grant }) => grant.live);
}
