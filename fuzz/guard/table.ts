/**
 * The table of guards: for every instruction each guard that it may come to, and which ways it was decided.
 */
import type { Program } from "../../model/contract.ts";
import { jsonText } from "../program/hex.ts";
import { writeWhole } from "../program/index.ts";
import { cellsOf } from "./collect.ts";
import type { InstrumentedModel } from "./instrumented-model.ts";
import type { Guard } from "./place.ts";
import type { Reason } from "./reason.ts";
import { reasonOf } from "./reasons.ts";
import { cellOf } from "./tally.ts";

/** One guard of one instruction (or of `step`), decided one way. */
export interface Cell {
  readonly row: string;
  readonly guard: Guard;
  readonly polarity: boolean;
  readonly reached: boolean;
  /** Why it cannot be reached; null if nobody says so. */
  readonly why: string | null;
}

export interface GuardTable {
  readonly guards: readonly Guard[];
  readonly cells: readonly Cell[];
  /** Cells that were counted although the source does not lead to their guard: a defect of the call graph. */
  readonly unforeseen: readonly string[];
  /** Reasons that claim no cell. */
  readonly idle: readonly string[];
}

/** Runs the programs on the model and says what each instruction's guards came to. */
export function guardTable(
  instrumented: InstrumentedModel,
  programs: readonly Program[],
  reasons: readonly Reason[],
): GuardTable {
  const { guards, tally, guardsOf } = instrumented;
  const model = instrumented.createModel();
  const met = new Set<number>();
  for (const program of programs) for (const cell of cellsOf(program, model, instrumented)) met.add(cell);
  // Words may be given as signed numbers too, which no program holds.
  tally.clear();
  model.inject(-1);
  for (const cell of tally.cells()) met.add(cell);

  const cells: Cell[] = [];
  const unforeseen: string[] = [];
  const used = new Set<unknown>();
  tally.rows.forEach((row, rowNumber) => {
    const own = new Set(guardsOf(row));
    guards.forEach((guard, number) => {
      for (const polarity of [false, true]) {
        const reached = met.has(cellOf(rowNumber, number, polarity));
        // Between instructions machines are also reset and looked at, which is no step.
        if (!own.has(number)) {
          if (reached && rowNumber > 0) unforeseen.push(`${row}: ${guard.key}`);
          continue;
        }
        const reason = reasonOf(reasons, guard, polarity, row);
        used.add(reason);
        cells.push({ row, guard, polarity, reached, why: reason?.why ?? null });
      }
    });
  });
  const idle = reasons.filter((reason) => !used.has(reason)).map(({ why, guards: of }) => `${why}: ${of}`);
  return { guards, cells, unforeseen, idle };
}

/** `row: guard: polarity`. */
export function cellText({ row, guard, polarity }: Cell): string {
  return `${row}: ${guard.key}: ${polarity}`;
}

/** Writes the table as JSON; the schema is told in fuzz/README.md. */
export function writeGuardTable(path: string, { guards, cells }: GuardTable): void {
  const rows = new Map<string, { guard: number; true: string; false: string }[]>();
  const numbers = new Map(guards.map((guard, number) => [guard, number]));
  for (let at = 0; at < cells.length; at += 2) {
    const [no, yes] = [cells[at]!, cells[at + 1]!];
    const row = rows.get(no.row) ?? [];
    row.push({ guard: numbers.get(no.guard)!, true: mark(yes), false: mark(no) });
    rows.set(no.row, row);
  }
  const instructions = [...rows].map(([name, decided]) => ({ name, decided }));
  const reached = cells.filter((cell) => cell.reached).length;
  writeWhole(
    path,
    jsonText({
      format: "capwright-guard-table",
      version: 1,
      cells: cells.length,
      reached,
      guards,
      instructions,
    }),
  );
}

function mark({ reached, why }: Cell): string {
  return reached ? "reached" : (why ?? "missing");
}
