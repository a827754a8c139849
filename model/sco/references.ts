/** What keeps objects alive: handles, which are creations not yet closed, bindings, and threads inside (I-108). */
import { isSame } from "../intravisor/change.ts";
import type { Identity, System, Thread } from "../intravisor/state.ts";

/** One reference to an object, and whose it is. */
export interface Reference {
  readonly object: number;
  readonly client: Identity;
  readonly by: "handle" | "binding" | "thread";
}

/** All references there are. */
export function referencesIn(system: System): Reference[] {
  const live = system.cvms.filter((cvm) => cvm !== null);
  const handles = live.flatMap(({ identity, handles }) =>
    handles.flatMap((handle) =>
      handle?.kind === "object" ? [{ object: handle.object, client: identity, by: "handle" as const }] : [],
    ),
  );
  const bindings = [...system.objects.values()].flatMap(({ number, bindings }) =>
    bindings.map(({ client }) => ({ object: number, client, by: "binding" as const })),
  );
  const threads = live.flatMap(({ threads }) => threads).filter(({ state }) => state !== "dead");
  return [...handles, ...bindings, ...threads.flatMap(referencesOf)];
}

/** Threads of a client that are in an object. */
export function threadsInside(references: readonly Reference[], client: Identity, number: number): number {
  return references.filter(
    (one) => one.by === "thread" && one.object === number && isSame(one.client, client),
  ).length;
}

/** The objects that a thread is in and for whom: however often it is in one, that counts once. */
function referencesOf({ frames }: Thread): Reference[] {
  const found: Reference[] = [];
  for (const { domain, callback, inside = [] } of frames) {
    const waiting = callback?.frames.map(({ object }) => object) ?? [];
    for (const object of [...waiting, ...inside]) {
      if (found.some((one) => one.object === object && isSame(one.client, domain))) continue;
      found.push({ object, client: domain, by: "thread" });
    }
  }
  return found;
}
