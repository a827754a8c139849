import type { FaultId } from "../../impl/engine/fault.ts";

export type FaultClass =
  | "encoding and bounds"
  | "permissions and authority"
  | "sealing"
  | "control flow"
  | "tags and memory"
  | "system state";

export interface PlantedFault {
  readonly id: FaultId;
  readonly kind: FaultClass;
  /** Where the mistake was made and reported: a repository with its issue or commit. */
  readonly source: string;
  /** What a program can see. */
  readonly effect: string;
  /** Where the engine has it. */
  readonly planted: string;
  /** 1: nearly any program shows it; 5: only a precise sequence does. */
  readonly difficulty: 1 | 2 | 3 | 4 | 5;
}

/** Identifier, difficulty, source, place, effect. */
type Row = readonly [FaultId, PlantedFault["difficulty"], string, string, string];

/** The faults of one class. */
export function ofKind(kind: FaultClass, rows: readonly Row[]): PlantedFault[] {
  return rows.map(([id, difficulty, source, planted, effect]) => ({
    id,
    kind,
    source,
    effect,
    planted,
    difficulty,
  }));
}
