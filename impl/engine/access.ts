/** Data accesses: what is checked, in which order, and the code around a checked access. */
import { flag } from "./layout.ts";

/**
 * An access as `checkAccess` takes it: bits 6:0 size in bytes, bits 14:8 mask of address bits that must be zero,
 * bit 15 a store or AMO (for the cause of alignment and access faults), bits 31:16 permissions needed, as in
 * the flag word. Permissions are missed in ascending order, which is that of the manual.
 */
export function access(size: number, needs: number, rules: { aligned: boolean; store: boolean }): number {
  return size | (rules.aligned ? (size - 1) << 8 : 0) | (rules.store ? 1 << 15 : 0) | (needs << 16);
}

/** Accesses by capability: 16 bytes, always aligned. Add flag.storeCap << 16 and so on for a tagged operand. */
export const loadCapability = access(16, flag.load, { aligned: true, store: false });
export const storeCapability = access(16, flag.store, { aligned: true, store: true });
