/** Memory that objects take, and would take if every client had one of its own (5.6). */
import type { System } from "../intravisor/state.ts";
import { SLOT } from "./format.ts";
import { clientSize } from "./placement.ts";
import type { SharedObject } from "./state.ts";

/** Bytes. */
export interface Footprint {
  /** A copy of code, data and state for each client: n * (R + S). */
  readonly separate: number;
  /** Code and data once, state and an entry in the CLS table for each client: R + n * S + n * entry. */
  readonly shared: number;
}

/** Of one object, now: sharing takes effect with the bind and ends with the unbind (I-115). */
export function footprintOf({ file, bindings }: SharedObject): Footprint {
  const code = file.text.length + file.rodata.length;
  const state = clientSize(file);
  const clients = bindings.length;
  return { separate: clients * (code + state), shared: code + clients * (state + SLOT) };
}

/** Of all of them together. */
export function footprint({ objects }: Pick<System, "objects">): Footprint {
  return [...objects.values()]
    .map(footprintOf)
    .reduce((sum, one) => ({ separate: sum.separate + one.separate, shared: sum.shared + one.shared }), {
      separate: 0,
      shared: 0,
    });
}
