/** What a path is made of, as it was followed. */
import type { Arm } from "./emission.ts";
import type { Link } from "./operation.ts";

/** One instruction of a path. */
export interface PathStep {
  readonly pc: bigint;
  /** Encoding mode. */
  readonly mode: number;
  readonly word: number;
  readonly length: number;
  readonly arm: Arm;
  /** Slot addresses. */
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  readonly imm: number;
  /** rd becomes rs1 with another address, or untagged. */
  readonly movesAddress: boolean;
  /** What it leaves in rd, if it is a jump that leaves a link. */
  readonly links: Link | null;
}

export interface Path {
  /** Its place in the table. */
  readonly number: number;
  /** All under one PCC but for the encoding mode, until the last is done. */
  readonly steps: readonly PathStep[];
  /** Where the last step led: to the first, in its mode, if the path is a loop. */
  readonly end: bigint;
  readonly isLoop: boolean;
}
