import type { MachineUnderTest } from "../../model/contract.ts";

/** A machine that takes many steps in one call and leaves their trace records, as impl/engine/record.ts has them. */
export interface BatchMachine extends MachineUnderTest {
  /** The most steps of one call. */
  readonly stepsPerCall: number;
  /** Injects `words[0]` to `words[count - 1]` and records the steps. */
  injectAll(words: Uint32Array, count: number): void;
  /** Fetches and executes `steps` steps and records them. */
  runTraced(steps: number): void;
  /** The same as `injectAll`, without records. */
  injectAllQuiet(words: Uint32Array, count: number): void;
  /** Fetches and executes any number of steps, without records. */
  run(steps: number): void;
  /** The records of the last call, from its first step on. */
  readonly recordBytes: Uint8Array;
}
