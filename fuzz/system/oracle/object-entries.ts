/** How clients come into objects: what their capability stores have for it, and what threads hold on the way. */
import type { Probe } from "../../../impl/intravisor/probe.ts";
import type { DeclaredCvm } from "./declared.ts";
import type { DeclaredObject } from "./declared-object.ts";
import { cinvoke, execute, type HeldCapability, store } from "./held.ts";
import { bindingOf } from "./ledger-objects.ts";

/** Where in a store the code half of the way into objects is. */
export function entryOffset({ places }: Probe): number {
  return places.entryPlace * places.pairBytes;
}

/** The code half of a pair that leads into objects: sealed, and of the code between them. */
export function isWayIn(held: HeldCapability, { places }: Probe): boolean {
  const { objectCodeBase, objectCodeSize } = places;
  return (
    held.otype !== null &&
    held.base === objectCodeBase &&
    held.top === objectCodeBase + objectCodeSize &&
    (held.perms & (execute | cinvoke)) === (execute | cinvoke) &&
    (held.perms & store) === 0
  );
}

/** The data half: the descriptor of an object, in the page of this very cVM. */
export function isDescriptor(
  held: HeldCapability,
  cvm: DeclaredCvm,
  { number }: DeclaredObject,
  probe: Probe,
): boolean {
  const { tableBytes, descriptorBytes } = probe.places;
  const page = probe.tableOf(cvm.slot);
  const base = page + tableBytes + number * descriptorBytes;
  return (
    page !== 0 &&
    held.otype !== null &&
    held.base === base &&
    held.top === base + descriptorBytes &&
    (held.perms & (store | execute)) === 0
  );
}

/** Whether a sealed capability is half of a pair that the cVM was given to come into objects. */
export function leadsIn(
  held: HeldCapability,
  cvm: DeclaredCvm,
  objects: Iterable<DeclaredObject>,
  probe: Probe,
): boolean {
  if (isWayIn(held, probe)) return true;
  for (const object of objects) if (isDescriptor(held, cvm, object, probe)) return true;
  return false;
}

/** The object that a handle of a cVM leads to, if it is one that it has bound. */
export function boundBy(cvm: DeclaredCvm, index: number): DeclaredObject | null {
  const handle = cvm.handles.get(index);
  return handle?.kind === "object" && bindingOf(handle.object, cvm) !== null ? handle.object : null;
}
