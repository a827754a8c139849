import type { KsmMachine } from "../../model/ksm-contract.ts";
import { KsmWorldMachine } from "./machine.ts";

/** A machine with same-page merging: flat frames, balanced trees ordered by content, real checksums. */
export function createKsm(): KsmMachine & { scanPages(count: number): number } {
  let machine: KsmWorldMachine | null = null;
  const current = () => {
    if (machine === null) throw new Error("no world: reset comes first");
    return machine;
  };
  return {
    reset: (world) => {
      machine = new KsmWorldMachine(world);
    },
    apply: (op) => current().apply(op),
    view: () => current().view(),
    scanPages: (count) => current().scanPages(count),
  };
}
