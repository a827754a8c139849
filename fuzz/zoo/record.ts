/** What the zoo leaves behind for reports: plain data, JSON on disk (`zoo.json`). */
import type { Plant } from "../faults/plant.ts";
import type { Catcher, FaultClass, Level } from "../faults/planted-fault.ts";

/** Which of two has a fault. In both it is a common mistake, of which a comparison says nothing. */
export type Where = Plant["where"];

/** One seed's search for a planted fault by generated programs; of cVMs, by scripts. */
export interface Hunt {
  readonly seed: string;
  /** Who objected first; null if nobody did within the budget: then the figures say how far the search went. */
  readonly foundBy: Exclude<Catcher, "L"> | null;
  /** Programs and steps of the machine, or scripts and their steps, up to the one that showed the fault, this one included. */
  readonly programs: number;
  readonly steps: number;
  /** Milliseconds, shrinking included. */
  readonly elapsedMs: number;
  readonly signature: string | null;
  /** Words of the shrunk program, or steps of the shrunk script. */
  readonly size: number | null;
  /** No single one of them can be dropped; checked by dropping each. */
  readonly isOneMinimal: boolean | null;
  /**
   * Oracles that object to it when it is shrunk, too. Where D found it: to the steps of the machine under test alone,
   * without a second one.
   */
  readonly alsoSeenBy: readonly Catcher[];
}

/** One seed's search by the laws of the capability library, without a machine. */
export interface LawHunt {
  readonly seed: string;
  /** The law that failed first; null if all held for as many tests as there may be. */
  readonly law: string | null;
  /** Tests up to the one that failed, this one included. */
  readonly tests: number;
}

/** A fault in one place, and how each seed did. */
export interface Specimen {
  readonly id: string;
  readonly kind: FaultClass;
  readonly difficulty: number;
  /** It only refuses or loses something legal. */
  readonly over: boolean;
  readonly where: Where;
  readonly expected: readonly Catcher[];
  readonly hunts: readonly Hunt[];
  /** Empty where the laws were not asked, or the fault is not in the capability library that they look at. */
  readonly laws: readonly LawHunt[];
  /** In both machines, but not alike: the difference that the plants show, by its signature. Never counts as found. */
  readonly mismatch: string | null;
}

/** Everything that one run of the zoo found out. */
export interface ZooRecord {
  readonly format: "capwright-zoo";
  readonly version: 2;
  readonly level: Level;
  readonly seed: string;
  /** Hunts for each specimen. */
  readonly seeds: number;
  /** The most seconds for one hunt, on one core. */
  readonly seconds: number;
  readonly oracles: readonly Catcher[];
  /** Whether somebody ended it before every specimen was hunted. */
  readonly interrupted: boolean;
  readonly elapsedMs: number;
  readonly specimens: readonly Specimen[];
}
