/** What the Intravisor knows of objects. Addresses and sizes are in bytes. */
import type { BindingView } from "../../model/system-contract.ts";
import type { Cvm } from "../intravisor/tables.ts";
import type { Place } from "./placement.ts";

/** Numbers that objects can have. */
export const NUMBERS = 64;

export interface SharedObject {
  readonly number: number;
  /** SHA-256 of the file: nothing else says what an object is. */
  readonly hash: string;
  /** Its code and its read-only data. */
  readonly place: Place;
  readonly textSize: number;
  readonly rodataBase: number;
  readonly rodataSize: number;
  /** The page with its code and its entries, for machine code to find. */
  readonly record: number;
  readonly exports: number;
  /** What a state begins with, before relocation; the rest of it is zeros. */
  readonly init: Uint8Array;
  /** Bytes of a state: such that bounds can cover it exactly. */
  readonly stateSize: number;
  readonly pointers: readonly Pointer[];
  /** For each import the offset of its slots in the state; null if it has none. */
  readonly imports: readonly (number | null)[];
  /** Handles that creating it, or looking for it, has given. */
  creations: number;
  /** In the order in which they were made. */
  readonly bindings: Binding[];
}

/** A capability in a state at first: to this client's state, or to read-only data. */
export interface Pointer {
  readonly place: number;
  readonly isState: boolean;
  readonly target: number;
  readonly size: number;
  readonly addend: number;
}

/** An object that a cVM has bound, and its state there. */
export interface Binding {
  readonly cvm: Cvm;
  readonly object: SharedObject;
  /** In library mode the object runs in the domain of its client, otherwise in one of its own. */
  readonly mode: BindingView["mode"];
  /** Null for a state of no bytes. */
  readonly place: Place | null;
}

export type Objects = (SharedObject | null)[];

export function bindingOf(object: SharedObject, cvm: Cvm): Binding | undefined {
  return object.bindings.find((binding) => binding.cvm === cvm);
}

/** What a cVM has bound, by number. */
export function bindingsOf(objects: Objects, cvm: Cvm): Binding[] {
  return objects.flatMap((object) => {
    const binding = object === null ? undefined : bindingOf(object, cvm);
    return binding === undefined ? [] : [binding];
  });
}
