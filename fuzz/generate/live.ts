import type { Capability, Privilege } from "../../model/contract.ts";

/**
 * What a generator sees of the machine that executes its words: the live state of the reference. Everything
 * is read only; looking costs no step.
 */
export interface LiveMachine {
  readonly ramBase: bigint;
  readonly ramSize: number;
  /** A register as a whole; an integer is a null capability with that address. */
  readonly registers: (index: number) => Capability;
  /** A special register by scr number; PCC has the current pc as its address. */
  readonly special: (number: number) => Capability;
  readonly pc: () => bigint;
  readonly mode: () => Privilege;
  readonly capabilityMode: () => boolean;
  /** The tag of the granule that an address in RAM lies in. */
  readonly tagAt: (address: bigint) => boolean;
}
