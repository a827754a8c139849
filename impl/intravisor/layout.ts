/**
 * Where the Intravisor keeps things in guest memory. Below the arena everything is its own; no capability that a cVM
 * ever has covers any of it, but for the sealed thread blocks.
 */

export const RAM_SIZE = 96 << 20;
export const RAM_BASE = 0x8000_0000;
export const ARENA_BASE = 0x8090_0000;
export const ARENA_TOP = 0x8400_0000;

/** Behind the arena: single-copy objects and what clients have of their state; then pages of the Intravisor's own. */
export const OBJECTS_BASE = 0x8400_0000;
export const OBJECTS_TOP = 0x8500_0000;
export const OWN_PAGES_BASE = 0x8500_0000;
export const OWN_PAGES_TOP = RAM_BASE + RAM_SIZE;

export const PAGE = 4096;
export const GUARD = 4096;
/** cVMs that a system has room for, unless it is asked for another number. */
export const SLOTS = 256;

export const GATE_AT = RAM_BASE + 0x1000;
export const GATE_SIZE = 0x1000;

/** The code between clients and objects (impl/sco/object-code.ts). */
export const OBJECT_CODE_AT = RAM_BASE + 0x2000;
export const OBJECT_CODE_SIZE = 0x1000;

/** The code that copies for devices, and where it puts bytes down: those of a whole disk (device-copy.ts). */
export const COPIER_AT = RAM_BASE + 0x4000;
export const BOUNCE_AT = RAM_BASE + 0x88_0000;
export const BOUNCE_SIZE = 0x8000;

/** One block a thread: as many for each slot as for any other. */
export const BLOCKS_AT = RAM_BASE + 0x1_0000;
export const BLOCK_BYTES = 512;
export const BLOCKS = 16384;
/** Pairs of gates that a capability store has a place for, the last of them for no thread. */
export const PAIR_PLACES = 64;

/**
 * Offsets in a thread block: the caller's DDC as found at entry, the Intravisor's DDC, PCC of the domain to go back to,
 * the call-scoped buffer of a callee, the thread's page for calls into objects; then integers.
 */
export const block = {
  ddc: 0,
  monitor: 16,
  pcc: 32,
  buffer: 48,
  objects: 64,
  /** ra, sp, gp, tp, s0 to s10; c27 is the buffer's. */
  preserved: 80,
  /** a0 to a7. */
  arguments: 208,
  number: 272,
  /** 1 while a thread is between the gate's ends: the gate cannot be entered again. */
  inUse: 280,
  /** a0 to a2. */
  results: 288,
  /** Where the gate goes out to: ra, or the entry of a callee. */
  target: 312,
  /** The identity of the cVM in whose domain the thread is. */
  domain: 320,
} as const;

/** Where things are in a code part: stubs, image, and in its last page the capability store. */
export const IMAGE_AT = 0x1000;
export const CODE_SIZE_MIN = 3 * PAGE;
/** In front of the store is a page for code that the host is asked to run, a place for each of the first stacks. */
export const BODY_BYTES = 256;
export const BODY_PLACES = PAGE / BODY_BYTES;
export const STACK_SIZE = 0x1000;

/** In the capability store: for each thread the sealed code and data half of its gate, then the records of handles. */
export const STORE_PAIR_BYTES = 32;
export const STORE_HANDLES_AT = 2048;
/** The place of a pair that no thread has: the way into objects, once the cVM has bound any. */
export const OBJECT_ENTRY_PLACE = PAIR_PLACES - 1;
/**
 * A record: the capability of a grant, then its generation, then its rights (bit 0 read, bit 1 write). Of an object that
 * is bound: the sealed data half of its pair, then 0, then its generation and from bit 48 how many exports it has.
 */
export const RECORD_BYTES = 32;

/** The unit of base and length of bounds of this length (CHERI ISAv9). */
export function granuleOf(length: number): number {
  if (length < 4096) return 1;
  return 2 ** (Math.floor(Math.log2(length)) - 9);
}
