/** Objects as they are seen: from the tables, and what clients have of them from memory. */
import type { BindingView, ObjectView } from "../../model/system-contract.ts";
import type { Engine } from "../engine/index.ts";
import type { Tables } from "../intravisor/tables.ts";
import { descriptorOf, objectFrames } from "./stack.ts";
import type { Binding, SharedObject } from "./table.ts";

const PAIR_BYTES = 32;

/** Everything but what states hold. */
export function viewOfObjects(tables: Tables, engine: Engine): ObjectView[] {
  const live = tables.objects.filter((object) => object !== null);
  if (live.length === 0) return [];
  const inside = insideOf(tables, engine);
  return live.map((object) => {
    const bindings = object.bindings.map((binding): BindingView => {
      const { cvm, place, mode } = binding;
      const count = inside.get(descriptorOf(binding)) ?? 0;
      const size = place === null ? 0 : object.stateSize;
      const base = BigInt(place?.base ?? 0);
      return { cvm: cvm.name, mode, base, size, data: [], tags: [], inside: count };
    });
    const within = bindings.reduce((total, binding) => total + binding.inside, 0);
    return {
      number: object.number,
      hash: object.hash,
      base: BigInt(object.place.base),
      textSize: object.textSize,
      rodataSize: object.rodataSize,
      references: object.creations + bindings.length + within,
      bindings,
    };
  });
}

/** How many threads are in what a descriptor leads to, each once. */
function insideOf({ cvms }: Tables, engine: Engine): Map<number, number> {
  const counts = new Map<number, number>();
  for (const cvm of cvms) {
    for (const thread of cvm?.threads ?? []) {
      if (thread.objectPage === 0 || thread.state === "dead") continue;
      const entered = new Set(objectFrames(engine, thread).map(({ descriptor }) => descriptor));
      for (const at of entered) counts.set(at, (counts.get(at) ?? 0) + 1);
    }
  }
  return counts;
}

/** The same with what states hold, as `runs` tells bytes. Imports are known by their tags alone. */
export function withStates(
  views: readonly ObjectView[],
  tables: Tables,
  engine: Engine,
  runs: (bytes: Uint8Array) => BindingView["data"],
): ObjectView[] {
  return views.map((view) => {
    const object = tables.objects[view.number]!;
    const bindings = view.bindings.map((one, at) => ({
      ...one,
      ...contentsOf(object, object.bindings[at]!, engine, runs),
    }));
    return { ...view, bindings };
  });
}

function contentsOf(
  object: SharedObject,
  { place }: Binding,
  engine: Engine,
  runs: (bytes: Uint8Array) => BindingView["data"],
): Pick<BindingView, "data" | "tags"> {
  if (place === null) return { data: [], tags: [] };
  const base = BigInt(place.base);
  const bytes = engine.peek(base, object.stateSize).slice();
  for (const slot of object.imports) if (slot !== null) bytes.fill(0, slot, slot + PAIR_BYTES);
  return { data: runs(bytes), tags: engine.hart.tagsIn(base, object.stateSize) };
}
