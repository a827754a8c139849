import type { Instruction, Operand } from "../../model/isa/index.ts";
import { declared, fetchOutcomes, injectionOutcomes } from "./declared.ts";
import { CLASSES, ROLES } from "./operand.ts";
import { OUTCOMES, type Outcome, outcomeIndex, type Shape } from "./outcome.ts";

/** Where a register operand lies in the word, and how it is read. */
export interface RegisterField {
  readonly at: number;
  readonly ones: number;
  readonly least: number;
  /** `base` is an integer in integer mode and a capability in capability mode. */
  readonly kind: "integer" | "capability" | "base";
}

/** One instruction in the reach table, or one of the two rows for steps that have none. */
export interface Row {
  readonly name: string;
  readonly shape: Shape;
  readonly outcomes: readonly Outcome[];
  /** The first two source registers, in the order of the manual: cs1 before rs2. */
  readonly sources: readonly RegisterField[];
  /** First cell of the row. */
  readonly base: number;
  /** For each place in `OUTCOMES`, which block of cells it has; undeclared outcomes share the last block. */
  readonly blocks: Uint8Array;
}

/** Cells of one outcome of one instruction: a class for the mode, the first and the second operand. */
export const BLOCK_CELLS = ROLES.length * CLASSES.length;

/** Rows for steps without an instruction: the fetch failed, or the word means nothing. */
export const FETCH = "(fetch)";
export const ILLEGAL = "(illegal word)";

/** The shape of the reach table: which rows there are and where their cells lie. */
export interface Layout {
  readonly rows: readonly Row[];
  readonly cells: number;
  readonly rowOf: ReadonlyMap<Instruction, Row>;
  readonly fetch: Row;
  readonly illegal: Row;
}

/**
 * Lays out the table for a set of instructions: the same set in the same order gives the same layout. Programs
 * that are only injected meet no access fault of the fetch.
 */
export function layoutOf(instructions: readonly Instruction[], canFetch: boolean): Layout {
  const rows: Row[] = [];
  let cells = 0;
  const add = (
    name: string,
    shape: Shape,
    outcomes: readonly Outcome[],
    operands: readonly Operand[],
  ): Row => {
    const blocks = new Uint8Array(OUTCOMES.length).fill(outcomes.length);
    outcomes.forEach((outcome, block) => {
      blocks[outcomeIndex(outcome)] = block;
    });
    const row = { name, shape, outcomes, sources: sourcesOf(operands), base: cells, blocks };
    rows.push(row);
    cells += (outcomes.length + 1) * BLOCK_CELLS;
    return row;
  };

  const fetch = add(FETCH, "plain", canFetch ? fetchOutcomes : injectionOutcomes, []);
  const illegal = add(ILLEGAL, "plain", ["illegal instruction"], []);
  const rowOf = new Map<Instruction, Row>();
  for (const instruction of instructions) {
    const { shape, outcomes } = declared(instruction.name);
    rowOf.set(instruction, add(instruction.name, shape, outcomes, instruction.operands));
  }
  return { rows, cells, rowOf, fetch, illegal };
}

const kinds: Readonly<Record<string, RegisterField["kind"]>> = {
  rs1: "integer",
  rs2: "integer",
  cs1: "capability",
  cs2: "capability",
  base: "base",
};

function sourcesOf(operands: readonly Operand[]): RegisterField[] {
  return operands
    .filter(({ name, slices }) => name in kinds && slices.length === 1)
    .toSorted((one, other) => Number(one.name.endsWith("2")) - Number(other.name.endsWith("2")))
    .map(({ name, slices, least }) => ({
      at: slices[0]!.at,
      ones: slices[0]!.ones,
      least,
      kind: kinds[name]!,
    }));
}
