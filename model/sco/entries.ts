/**
 * The ways into the Intravisor that objects are given: back to who called them, and through the pairs that a client has put
 * in the place of their imports. Their addresses mean something to the Intravisor alone.
 */
import { hasReservedOtype } from "../capability/index.ts";
import type { Capability } from "../contract.ts";
import { code, sealedPair, sentry } from "./capabilities.ts";
import { limits } from "./format.ts";

/** Everything from here on is the Intravisor's own code. */
export const MONITOR = 0x8600_0000n;
const SIZE = 16;
const [RETURN, INVOKE, CALL_BACK] = [MONITOR, MONITOR + 16n, MONITOR + 32n];
/** Data halves name what they lead to by their address. */
const DESCRIPTORS = 0x8700_0000n;

/** Object types: one for each number of an object, and one for callbacks (I-21). */
const OTYPE_OBJECTS = 0x100n;
const OTYPE_CALLBACK = 0x200n;

/** What an object finds in c1. */
export const returnEntry = sentry(RETURN, SIZE, 0);
/** PCC of the Intravisor while it jumps back into an object. */
export const monitorCode = code(RETURN, SIZE, 0);
const invokeEntry = code(INVOKE, SIZE, 0);
const callBackEntry = code(CALL_BACK, SIZE, 0);

/** What an import leads to. */
export type Import =
  | { readonly to: "object"; readonly object: number; readonly export: number }
  | { readonly to: "client"; readonly entry: bigint };

export function pairOf(target: Import) {
  if (target.to === "client") return sealedPair(callBackEntry, target.entry, OTYPE_CALLBACK);
  const descriptor = DESCRIPTORS + BigInt(target.object * limits.exports + target.export);
  return sealedPair(invokeEntry, descriptor, OTYPE_OBJECTS + BigInt(target.object));
}

/** Whether it is a half of a pair that leads into this object. */
export function leadsTo(capability: Capability, object: number): boolean {
  return !hasReservedOtype(capability) && capability.otype === OTYPE_OBJECTS + BigInt(object);
}

/** What has been entered, from where control is and the data half; null: no pair, but the way back. */
export function enteredAt(pc: bigint, data: Capability): Import | null {
  if (pc === RETURN) return null;
  if (pc === CALL_BACK) return { to: "client", entry: data.address };
  const descriptor = Number(data.address - DESCRIPTORS);
  return {
    to: "object",
    object: Math.floor(descriptor / limits.exports),
    export: descriptor % limits.exports,
  };
}
