/** What an instance of a service consists of, in units: a page, or several that are simulated as one. */
import type { Library } from "./library.ts";

export interface Service {
  /** Pages that a unit stands for. */
  readonly grain: number;
  /** By unit of code and read-only data of the libraries: the class of its contents. */
  readonly shared: readonly number[];
  /** How many classes those are. */
  readonly sharedClasses: number;
  /** Units of every instance: what its libraries store to; a heap. */
  readonly state: number;
  readonly heap: number;
  /** Units of the heap whose contents are the same in all instances, and of those that are rewritten all the time. */
  readonly equal: number;
  readonly rewritten: number;
}

/** Shares of a heap, from 0 to 1. */
export interface HeapShares {
  readonly equal: number;
  readonly rewritten: number;
}

/** A service whose instances have these libraries and a heap of so many pages. */
export function serviceOf(libraries: readonly Library[], heapPages: number, shares: HeapShares): Service {
  const classes = new Map<string, number>();
  const shared = libraries
    .flatMap((library) => library.shared)
    .map((hash) => {
      const known = classes.get(hash) ?? classes.size;
      classes.set(hash, known);
      return known;
    });
  const state = libraries.reduce((sum, { statePages }) => sum + statePages, 0);
  return { grain: 1, shared, sharedClasses: classes.size, state, ...heapOf(heapPages, shares) };
}

/**
 * A service of which only sizes are known. Every unit of its libraries is like no other one of the same instance. Of what
 * libraries need, the part that is stored to is as large as in the libraries that were measured.
 */
export function scaledService(
  libraries: readonly Library[],
  pages: { readonly instance: number; readonly libraries: number },
  grain: number,
  shares: HeapShares,
): Service {
  const shared = libraries.reduce((sum, library) => sum + library.shared.length, 0);
  const state = libraries.reduce((sum, { statePages }) => sum + statePages, 0);
  const units = Math.round(pages.instance / grain);
  const sharedUnits = Math.round(pages.libraries / grain);
  const stateUnits = Math.min(units - sharedUnits, Math.round((sharedUnits * state) / Math.max(1, shared)));
  return {
    grain,
    shared: Array.from({ length: sharedUnits }, (_, unit) => unit),
    sharedClasses: sharedUnits,
    state: stateUnits,
    ...heapOf(units - sharedUnits - stateUnits, shares),
  };
}

function heapOf(heap: number, shares: HeapShares): Pick<Service, "heap" | "equal" | "rewritten"> {
  return { heap, equal: Math.round(heap * shares.equal), rewritten: Math.round(heap * shares.rewritten) };
}

/** Units of one instance that has everything for itself. */
export function instanceUnits({ shared, state, heap }: Service): number {
  return shared.length + state + heap;
}
