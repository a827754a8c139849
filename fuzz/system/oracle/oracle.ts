/**
 * What every oracle of this level is that needs no second system: it looks at the steps of a script, at what was
 * reported of them, and at the real state of one system, and says which rule is broken. It never asks the reference:
 * what ought to be it takes from a ledger of its own, so that a mistake that both sides make is seen.
 */
import type { Probe, ProbedThread } from "../../../impl/intravisor/probe.ts";
import type { Step, StepReport, SystemView } from "../../../model/system-contract.ts";
import type { Docket } from "./docket.ts";
import type { Holdings } from "./held.ts";
import type { Ledger } from "./ledger.ts";

/**
 * M: reachable authority. T: nothing outlives its end. S: invariants of tables and memory. V: every call ends. O: what is
 * allowed succeeds, exactly. A: authority of each machine step.
 */
export type SystemOracleName = "M" | "T" | "S" | "V" | "O" | "A";

/** A rule, by a name that stays, and the invariants of the domain page (I-n) that it checks. */
export interface SystemRule {
  readonly oracle: SystemOracleName;
  readonly name: string;
  readonly invariants: readonly number[];
  readonly statement: string;
}

export interface SystemViolation {
  readonly oracle: SystemOracleName;
  readonly rule: string;
  readonly invariants: readonly number[];
  /** The step, counted from the first creation: of what only the end shows, the last one. */
  readonly at: number;
  /** What was found and what there should be: a few lines for a reader. */
  readonly text: readonly string[];
}

/** What can be seen of a system between two steps, or between two slices of one. */
export interface Sight {
  /** Tables, without memory. */
  readonly outline: SystemView;
  readonly probe: Probe;
  /** Of all cVMs that have a place, dead ones too. */
  readonly threads: readonly ProbedThread[];
  readonly held: Holdings;
}

/** A step that was taken, or a slice of one. */
export interface SystemMoment {
  readonly at: number;
  readonly step: Step;
  /** Null: the step is still under way, or stopped somewhere. */
  readonly report: StepReport | null;
  /** Reports of the steps before, by their numbers: what `result` values refer to. */
  readonly reports: readonly StepReport[];
  /** As the system is now. */
  readonly sight: Sight;
  /** Steps of the machine that it took. */
  readonly machineSteps: number;
}

/** A step that is over. */
export type Judged = SystemMoment & { readonly report: StepReport };

/** Steps from one complete check to the next; in between only what changed is looked at. */
export const WHOLE_EVERY = 32;

export interface SystemOracle {
  readonly name: SystemOracleName;
  /** A script begins: the system is empty. */
  begin(): void;
  /** Judges by what was declared before the step. Not asked while a step is under way. */
  judge?(moment: Judged, ledger: Ledger, docket: Docket): void;
  /** Checks the state by what is declared now; `isWhole`: all of it. */
  check?(moment: SystemMoment, ledger: Ledger, docket: Docket, isWhole: boolean): void;
}
