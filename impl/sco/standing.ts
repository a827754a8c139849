/** Who is in objects, and what clients have in their states, for whoever looks on between two slices. */
import type { ClientState } from "../../model/system-contract.ts";
import type { Engine } from "../engine/index.ts";
import type { Tables, Thread } from "../intravisor/tables.ts";
import { DESCRIPTOR_BYTES, TABLE_BYTES } from "./layout.ts";
import { objectFrames } from "./stack.ts";
import { NUMBERS } from "./table.ts";

/** Numbers of the objects that a thread is in for its innermost domain; -1 for one of which that has no descriptor. */
export function insideFor(engine: Engine, thread: Thread): number[] {
  if (thread.objectPage === 0 || thread.state === "dead") return [];
  const { cvm, objects } = thread.frames.at(-1)!;
  const first = cvm.table + TABLE_BYTES;
  return objectFrames(engine, thread)
    .filter(({ at }) => at >= thread.objectPage + objects)
    .map(({ descriptor }) => {
      const number = (descriptor - first) / DESCRIPTOR_BYTES;
      return cvm.table !== 0 && Number.isInteger(number) && number >= 0 && number < NUMBERS ? number : -1;
    });
}

/** What clients have in their states, without a copy. */
export function statesOf({ objects }: Tables, { hart }: Engine): ClientState[] {
  return objects.flatMap((object) => {
    if (object === null) return [];
    const { number, stateSize: size } = object;
    const imports = object.imports.filter((slot) => slot !== null);
    return object.bindings.flatMap(({ cvm, place }) => {
      if (place === null) return [];
      const base = BigInt(place.base);
      const [bytes, tags] = [hart.ramIn(base, size), hart.tagsIn(base, size)];
      return [{ cvm: cvm.name, object: number, base, bytes, tags, imports }];
    });
  });
}
