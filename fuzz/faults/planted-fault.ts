import type { OracleName } from "../oracle/oracle.ts";
import type { Subject } from "../system/generate/swarm.ts";
import type { Patch } from "../variant/variant.ts";

/** Classes of mistakes of machines. */
type MachineClass =
  | "encoding and bounds"
  | "permissions and authority"
  | "sealing"
  | "control flow"
  | "tags and memory"
  | "system state";

/** Classes of mistakes of the Intravisor. */
type SystemClass =
  | "leak"
  | "authority"
  | "identity"
  | "temporal"
  | "crossing"
  | "integrity"
  | "accounting"
  | "liveness";

export type FaultClass = MachineClass | SystemClass;

/** A machine, or cVMs under an Intravisor. */
export type Level = "machine" | "system";

/**
 * What may notice a fault: an oracle, the difference from another machine (D), a law of capabilities (L); of cVMs also
 * what is there after its end (T), and what depends on the secrets of another (N).
 */
export type Catcher = OracleName | "D" | "L" | "T" | "N";

/** A real mistake that can be planted here: of a CHERI implementation, or of an Intravisor. */
export interface PlantedFault {
  /** As in the list of historical faults that it comes from. */
  readonly id: string;
  readonly kind: FaultClass;
  /** Where the mistake was made and reported: a repository with its issue or commit. */
  readonly source: string;
  /** What a program can see. */
  readonly effect: string;
  /** 1: nearly any program shows it; 5: only a precise sequence does. */
  readonly difficulty: 1 | 2 | 3 | 4 | 5;
  /** It only refuses or loses something legal: no authority is gained by it. */
  readonly over: boolean;
  /** What should notice it, whichever machine has it. D cannot when both have it. */
  readonly expect: readonly Catcher[];
  /** What most scripts of its hunt are about; absent: anything. */
  readonly subject?: Subject;
  /** The mistake as changes of the sources of the implementation. */
  readonly impl: readonly Patch[];
  /**
   * The same mistake as changes of the model's sources, so that both can agree in it; none where the model has nothing
   * that could be mistaken.
   */
  readonly model: readonly Patch[];
}

/** A fault as it is listed under its class. */
export type Row = Omit<PlantedFault, "kind" | "over"> & { readonly over?: true };

/** The faults of one class. */
export function ofKind(kind: FaultClass, rows: readonly Row[]): PlantedFault[] {
  return rows.map((row) => ({ ...row, kind, over: row.over === true }));
}

/** A row of the list of historical faults that is not planted here, and why. */
export interface NotPlanted {
  readonly id: string;
  readonly reason: string;
}
