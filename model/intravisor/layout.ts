/**
 * Where cVMs lie. There is one address space without pages: what confines a cVM are the bounds of its PCC, which covers
 * the code part of its range, and of its DDC, which covers the data part. Both are exact (I-2, I-4).
 *
 * Code part: a page of stubs, the image, a page for bodies, and last the capability store, a page that PCC may load from and nothing of
 * the guest may store to. Data part: whatever the guest likes, and at its top one stack a thread.
 */

/** First address of RAM, which the Intravisor has to itself up to the arena. */
export const RAM_BASE = 0x8000_0000n;
export const ARENA_BASE = 0x8090_0000n;
export const ARENA_TOP = 0x8400_0000n;
/** Single-copy objects and what clients have for state of them: the Intravisor's own, as the places before the arena. */
export const OBJECTS_BASE = 0x8400_0000n;
export const OBJECTS_TOP = 0x8500_0000n;

export const PAGE = 4096;
/** Free bytes between two ranges, at least: a leak of bounds ends in nothing. */
export const GUARD = 4096;
/** cVMs that can be there at once. */
export const SLOTS = 256;

/** The smallest code part, without an image: stubs, places for bodies, store. */
export const CODE_SIZE_MIN = 3 * PAGE;
/** Bytes of a thread's stack, at the top of the data part: thread 0 has the highest. */
export const STACK_SIZE = 0x1000;

/** Offsets in a code part of the plain accesses of steps, by their bytes, and of the place that they come back to. */
export const accessAt = {
  load: { 1: 0x40, 2: 0x48, 4: 0x50, 8: 0x58 },
  store: { 1: 0x60, 2: 0x6c, 4: 0x78, 8: 0x84 },
  done: 0x90,
} as const;

/** A piece of the address space. */
export interface Range {
  readonly base: bigint;
  readonly size: bigint;
}

/**
 * The unit of base and length of bounds of this length: 1 below 4096, then 2^(k-9) for lengths from 2^k on
 * (CHERI ISAv9, 14-bit mantissa with an internal exponent).
 */
export function granuleOf(length: bigint): bigint {
  if (length < 4096n) return 1n;
  return 1n << BigInt(length.toString(2).length - 1 - 9);
}

/** Whether bounds can cover exactly these bytes. */
export function isExact({ base, size }: Range): boolean {
  const granule = granuleOf(size);
  return base % granule === 0n && size % granule === 0n;
}

/** Where the range of a new cVM goes; null if there is no place. */
export function place(size: bigint, taken: readonly Range[]): bigint | null {
  return placeBetween(ARENA_BASE, ARENA_TOP, size, taken);
}

/** The lowest place in an area that is aligned for the size and has its guards; null if there is none. */
export function placeBetween(
  bottom: bigint,
  top: bigint,
  size: bigint,
  taken: readonly Range[],
): bigint | null {
  const align = granuleOf(size) > BigInt(PAGE) ? granuleOf(size) : BigInt(PAGE);
  const aligned = (address: bigint) => ((address + align - 1n) / align) * align;
  const guard = BigInt(GUARD);
  let base = aligned(bottom);
  for (const range of [...taken].sort((a, b) => (a.base < b.base ? -1 : 1))) {
    if (base + size + guard <= range.base) break;
    const behind = aligned(range.base + range.size + guard);
    if (behind > base) base = behind;
  }
  return base + size + guard <= top ? base : null;
}

/** The address behind the stack of a thread. */
export function stackTop({ data }: { readonly data: Range }, thread: number): bigint {
  return data.base + data.size - BigInt(thread * STACK_SIZE);
}

/** Whether [address, address + length) lies in a range; computed without wrapping (4.5). */
export function isInside(address: bigint, length: bigint, { base, size }: Range): boolean {
  return address >= base && address + length <= base + size;
}
