import type { Program } from "../../model/contract.ts";

/** A TestRIG trace: its program, and what only its own shrinker knows. */
export interface TestrigTrace {
  /** Full-line comments are `note` marks, words that must stay are `keep` marks. */
  readonly program: Program;
  /** Regions that its shrinker removes as a whole. They nest; none crosses another. */
  readonly scopes: readonly Scope[];
}

/** Words `from` up to, not including, `to`. */
export interface Scope {
  readonly from: number;
  readonly to: number;
}

/** Fields that an assertion may name. */
export const assertableFields = [
  "valid",
  "order",
  "insn",
  "trap",
  "halt",
  "intr",
  "rs1_addr",
  "rs2_addr",
  "rs1_rdata",
  "rs2_rdata",
  "rd_addr",
  "rd_wdata",
  "pc_rdata",
  "pc_wdata",
  "mem_addr",
  "mem_rmask",
  "mem_wmask",
  "mem_rdata",
  "mem_wdata",
] as const;

/** The first line of a trace in the V2 form. */
export const V2_HEADER = "#>QCVENGINE_TEST_V2.0";
