/** Handles: index | generation << 16, each valid in one cVM only (4.1, I-64, I-83). */
import { findCvm, withCvm } from "./change.ts";
import type { Handle, Identity, System } from "./state.ts";

const INDEX_BITS = 16n;
/** A handle is never negative; an index whose generations are used up is not handed out any more (I-83). */
const GENERATION_MAX = 2 ** 47 - 1;

/** The handle with this number in a cVM, or null. */
export function findHandle(
  system: System,
  owner: Identity,
  number: bigint,
): { index: number; handle: Handle } | null {
  const cvm = findCvm(system, owner);
  const index = Number(number & ((1n << INDEX_BITS) - 1n));
  const handle = cvm?.handles[index] ?? null;
  if (cvm === null || handle === null) return null;
  return number >> INDEX_BITS === BigInt(cvm.handleGenerations[index]!) ? { index, handle } : null;
}

/** Hands out the lowest free index; null if the cVM has no more (I-45). */
export function openHandle(
  system: System,
  owner: Identity,
  handle: Handle,
): { system: System; number: bigint } | null {
  const cvm = findCvm(system, owner)!;
  const isFree = (one: Handle | null, at: number) =>
    one === null && cvm.handleGenerations[at]! < GENERATION_MAX;
  const index = cvm.handles.findIndex(isFree);
  if (index < 0) return null;
  const generation = cvm.handleGenerations[index]! + 1;
  const opened = {
    ...cvm,
    handles: cvm.handles.with(index, handle),
    handleGenerations: cvm.handleGenerations.with(index, generation),
  };
  return { system: withCvm(system, opened), number: handleNumber(index, generation) };
}

export function replaceHandle(system: System, owner: Identity, index: number, handle: Handle | null): System {
  const cvm = findCvm(system, owner)!;
  return withCvm(system, { ...cvm, handles: cvm.handles.with(index, handle) });
}

export function handleNumber(index: number, generation: number): bigint {
  return BigInt(index) | (BigInt(generation) << INDEX_BITS);
}
