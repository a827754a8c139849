/** Objects as they are compared with those of another system. */

import { noBytes, runsOf, writeBytes } from "../intravisor/bytes.ts";
import { findCvm } from "../intravisor/change.ts";
import type { System } from "../intravisor/state.ts";
import type { ObjectView } from "../system-contract.ts";
import { type ObjectFile, SLOT } from "./format.ts";
import { type Reference, referencesIn, threadsInside } from "./references.ts";
import type { Binding, Piece, SharedObject } from "./state.ts";
import { kinds } from "./verification.ts";

/** All objects; `outline`: without what states hold. */
export function viewOfObjects(system: System, depth: "outline" | "contents"): ObjectView[] {
  if (system.objects.size === 0) return [];
  const references = referencesIn(system);
  return [...system.objects.values()].map((object) => ({
    number: object.number,
    hash: object.hash,
    base: object.text.base,
    textSize: object.text.bytes.length,
    rodataSize: object.rodata.bytes.length,
    references: references.filter((one) => one.object === object.number).length,
    bindings: object.bindings.map((binding) => viewOfBinding(system, references, object, binding, depth)),
  }));
}

function viewOfBinding(
  system: System,
  references: readonly Reference[],
  { number, file }: SharedObject,
  { client, mode, state }: Binding,
  depth: "outline" | "contents",
): ObjectView["bindings"][number] {
  const isWhole = depth === "contents";
  return {
    cvm: findCvm(system, client)?.name ?? "",
    mode,
    base: state.base,
    size: state.bytes.length,
    data: isWhole ? runsOf(writeBytes(noBytes, 0, shown(file, state)), 0, state.bytes.length) : [],
    tags: isWhole ? [...state.tags.keys()].filter((at) => state.tags[at] === 1).map((at) => at * SLOT) : [],
    inside: threadsInside(references, client, number),
  };
}

/** A state without what is in the place of its imports: that means something to one system only. */
function shown({ relocations }: ObjectFile, { bytes }: Piece): Uint8Array {
  const rest = bytes.slice();
  for (const { kind, place } of relocations)
    if (kind === kinds.imported) rest.fill(0, place, place + 2 * SLOT);
  return rest;
}
