/**
 * Memory as a domain reaches it, and as the Intravisor does in its name: only through the DDC that the domain had when
 * it called (I-6, I-41). Each byte is read at most once (I-42).
 */
import { readBytes, writeBytes } from "./bytes.ts";
import type { Caller } from "./change.ts";
import { isInside, RAM_BASE } from "./layout.ts";
import type { System } from "./state.ts";

/** Lengths beyond this are EINVAL wherever they come (4.5). */
export const LENGTH_MAX = 1n << 47n;

/** Whether the caller may read and write these bytes; any place will do for none at all. */
export function mayReach({ frame }: Caller, address: bigint, length: bigint): boolean {
  return length === 0n || isInside(address, length, frame.ddc);
}

/** The bytes, or null if the caller cannot reach all of them. */
export function readGuest(
  system: System,
  caller: Caller,
  address: bigint,
  length: bigint,
): Uint8Array | null {
  if (!mayReach(caller, address, length)) return null;
  return readBytes(system.memory, offsetOf(address, length), Number(length));
}

/** The system with these bytes written, or null if the caller cannot reach all of them; then nothing is written (I-8). */
export function writeGuest(system: System, caller: Caller, address: bigint, data: Uint8Array): System | null {
  const length = BigInt(data.length);
  if (!mayReach(caller, address, length)) return null;
  return { ...system, memory: writeBytes(system.memory, offsetOf(address, length), data) };
}

/** The little-endian words at an address, or null. */
export function readWords(system: System, caller: Caller, address: bigint, count: number): bigint[] | null {
  const bytes = readGuest(system, caller, address, BigInt(count * 8));
  if (bytes === null) return null;
  const view = new DataView(bytes.buffer);
  return Array.from({ length: count }, (_, index) => view.getBigUint64(index * 8, true));
}

/** Offset in RAM; of no bytes at all, 0. */
export function offsetOf(address: bigint, length: bigint): number {
  return length === 0n ? 0 : Number(address - RAM_BASE);
}
