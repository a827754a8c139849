/** What a planted mistake of same-page merging is, and machines that have one. */
import type { KsmMachine } from "../../model/ksm-contract.ts";
import { type Patch, variantOf } from "../variant/variant.ts";

export interface KsmFault {
  readonly name: string;
  /** The invariants of which one must be seen broken, whichever machine has the mistake. */
  readonly breaks: readonly string[];
  readonly impl: readonly Patch[];
  /** None where the reference has nothing that could be mistaken. */
  readonly model: readonly Patch[];
}

/** A machine with a fault, made anew by each call. */
export async function machineWith(fault: KsmFault, where: "impl" | "model"): Promise<() => KsmMachine> {
  const variant = variantOf(fault[where]);
  if (where === "impl") {
    return (await variant.load<{ createKsm: () => KsmMachine }>("impl/ksm/index.ts")).createKsm;
  }
  return (await variant.load<{ createKsmModel: () => KsmMachine }>("model/ksm/reference.ts")).createKsmModel;
}
