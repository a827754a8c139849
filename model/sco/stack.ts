/**
 * The stack that a thread has for objects. Each object leaves what is below its stack pointer to those it calls. Capabilities
 * cannot be stored there.
 */
import { isSealed } from "../capability/index.ts";
import type { Capability, Trap } from "../contract.ts";
import type { Thread } from "../intravisor/state.ts";
import { capabilityTrap, violation } from "../machine/causes.ts";
import { authority, pointer } from "./capabilities.ts";
import { SLOT } from "./format.ts";
import type { ObjectFrame, Piece } from "./state.ts";

/** The register that has its pointer. */
export const SP = 2;
const SIZE = 1024;
/** Where it is for those who look. */
const BASE = 0x8501_0000n;

/** What a client's call finds it to be. */
export const zeroedStack: Piece = {
  base: BASE,
  bytes: new Uint8Array(SIZE),
  tags: new Uint8Array(SIZE / SLOT),
};

/** All of the stack up to an address. */
export function stackPointer(top: bigint): Capability {
  return pointer(BASE, top - BASE, authority.data, top - BASE);
}

/** What an object that waits leaves to others: the highest address; a trap if it has no stack pointer. */
export function stackBelow({ stackTop, kept }: ObjectFrame): bigint | Trap {
  const pointer = kept!.registers.get(SP)!;
  if (!pointer.tag) return capabilityTrap(violation.tag, SP);
  if (isSealed(pointer)) return capabilityTrap(violation.seal, SP);
  const isOnStack = pointer.address >= BASE && pointer.address <= stackTop;
  return isOnStack ? pointer.address & ~0xfn : BASE;
}

/** Where a client's call begins on the stack: at the top, or below the objects that the thread has waiting. */
export function stackFor({ frames }: Thread): bigint | Trap {
  const waiting = frames.findLast(({ callback }) => callback !== null);
  return waiting === undefined ? BASE + BigInt(SIZE) : stackBelow(waiting.callback!.frames.at(-1)!);
}

/** The objects that wait find zeros in what they have left to others: those may have been another cVM's (I-99). */
export function withStackCleared(thread: Thread, top: bigint): Thread {
  const at = thread.frames.findLastIndex(({ callback }) => callback !== null);
  if (at < 0) return thread;
  const frame = thread.frames[at]!;
  const chain = frame.callback!;
  const bytes = chain.stack.bytes.slice().fill(0, 0, Number(top - BASE));
  const callback = { ...chain, stack: { ...chain.stack, bytes } };
  return { ...thread, frames: thread.frames.with(at, { ...frame, callback }) };
}
