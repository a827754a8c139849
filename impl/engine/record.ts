/**
 * The trace record: one per step, an array of 64-bit slots in linear memory, written by the engine and
 * compared as bytes. Anything a step did not do leaves its slots zero.
 *
 * The slots are a flat spelling of the step event (model/contract.ts), so that a whole program's records can
 * be compared with one memory comparison.
 */

/** Slots of a record. A multiple of eight, so that records stay cache-line aligned. */
export const RECORD_SLOTS = 48;
export const RECORD_BYTES = RECORD_SLOTS * 8;

/** Slot numbers within a record. */
export const slot = {
  /** Bits 31:0 the word, 33:32 the mode before, bit 40 trapped, bit 41 a valid record (always 1). */
  head: 0,
  pcBefore: 1,
  pcAfter: 2,
  /** Trap cause and value; zero unless head says trapped. */
  cause: 3,
  trapValue: 4,
  /**
   * Byte 0: destination register; byte 1: 0 none, 1 integer, 2 capability; byte 2: authority index + 1 or 0;
   * byte 3: source index + 1 or 0; bytes 5:4: CSR number | 0x8000 or 0.
   */
  what: 5,
  csrValue: 6,
  cleared: 7,
  /** Capability block of the destination; an integer uses only its `address`. */
  register: 8,
  /** Two special register writes: scr number + 1 (0 = none), then the block at `special0 + 1`. */
  special0: 18,
  special1: 28,
  /** Memory read: size | tag << 8 (0 = none), address, data low, data high. */
  read: 38,
  write: 42,
} as const;

/** Slots within a capability block. */
export const capSlot = {
  /** Bit 0 tag, bit 1 bit 64 of top. */
  bits: 0,
  address: 1,
  base: 2,
  /** Low 64 bits of top. */
  top: 3,
  perms: 4,
  otype: 5,
  flags: 6,
  reserved: 7,
  bounds: 8,
} as const;

/** Slots within a memory block. */
export const memSlot = { size: 0, address: 1, low: 2, high: 3 } as const;
