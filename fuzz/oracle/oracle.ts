/**
 * What every oracle that needs no second machine is: it watches the events of one run and says which rule a step
 * breaks. Oracles see events, and what the events told before; they never ask the machine, and they work out
 * bounds, permissions and types by themselves, so that a mistake in a capability library is not theirs too.
 */
import type {
  Capability,
  CapabilityIndex,
  MachineState,
  Privilege,
  Start,
  StepEvent,
} from "../../model/contract.ts";

/**
 * A: authority of each step. M: reachable authority. O: what is allowed succeeds, exactly. S: well-formed state.
 * V: every run ends.
 */
export type OracleName = "A" | "M" | "O" | "S" | "V";

/** A rule of an oracle that a step broke. */
export interface Violation {
  readonly oracle: OracleName;
  /** The clause broken, as in `clauses`: `store_cap_reg`. */
  readonly rule: string;
  /** The step, from 0; null when only the end of the run shows it. */
  readonly at: number | null;
  /** The instruction of the step; `end state` when `at` is null. */
  readonly instruction: string;
  /** The authority claimed, why it does not cover the effect, what was gained: a few lines for a reader. */
  readonly text: readonly string[];
}

/** What is held before a step, as far as the events of the run have told. */
export interface Held {
  readonly mode: Privilege;
  readonly pc: bigint;
  /** PCC as it was last replaced as a whole, or read: its address may lag behind pc. Costs nothing to read. */
  readonly pcc: Capability;
  /** A register (0-31) or special register (0x20 | scr) as a whole; an integer is a null capability with that address. */
  capability(index: CapabilityIndex): Capability;
  /** Its address, without making a capability of an integer. */
  integer(index: CapabilityIndex): bigint;
  /** Whether it is tagged, without making a capability of an integer. */
  isTagged(index: CapabilityIndex): boolean;
  /** The tagged capability that was stored to the granule with this 16-byte aligned address, or null. */
  granule(address: bigint): Capability | null;
  /** All granules that hold a tagged capability, by ascending address. */
  granules(): readonly { readonly address: bigint; readonly cap: Capability }[];
}

/** A step to be judged. */
export interface JudgedStep {
  readonly event: StepEvent;
  /** Name of the instruction by its definition; `illegal` for a word that has none. */
  readonly name: string;
  /** Its operands by the names of its pattern. */
  readonly operands: Readonly<Record<string, number>>;
  readonly before: Held;
}

/** Places of the counts of a clause. */
export const COUNT_TRUE = 0;
export const COUNT_FALSE = 1;
export const COUNT_VACUOUS = 2;
export const COUNTS_PER_CLAUSE = 3;

export interface Oracle {
  readonly name: OracleName;
  /** Its rules, by stable names. */
  readonly clauses: readonly string[];
  /** For each clause how often it was found true, false, and vacuous, since the oracle was made. */
  readonly counts: Float64Array;
  /**
   * A run begins. `code`: the bytes loaded at the start of RAM, from where the words are fetched; null when the words
   * are injected and all of RAM is zero.
   */
  begin(start: Start, code: Uint8Array | null): void;
  /** Judges one step; called before `Held` takes the step in. */
  step(step: JudgedStep): Violation | null;
  /** Judges the end of a run that broke nothing, with the state that the machine reports. */
  end(state: MachineState): Violation | null;
}
