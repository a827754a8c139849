import type { MachineUnderTest } from "../../model/contract.ts";

/** A machine that takes many steps in one call and leaves their trace records, as impl/engine/record.ts has them. */
export interface BatchMachine extends MachineUnderTest {
  /** The most steps of one call. */
  readonly batchMax: number;
  /** Injects `words[0]` to `words[count - 1]`; `count` is at most `batchMax`. */
  injectBatch(words: Uint32Array, count: number): void;
  /** Fetches and executes `count` steps; `count` is at most `batchMax`. */
  stepBatch(count: number): void;
  /** The records of the last batch, from its first step on. A view that is replaced when memory moves. */
  records(): Uint8Array;
}
