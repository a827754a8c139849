/**
 * Counts of guards, by the instruction that was executing. Instrumented code of a variant imports that
 * variant's copy of this module, so that each variant counts for itself.
 */

/** Guards that fit. */
const GUARDS_MAX = 1024;
const ROWS_MAX = 512;

/** The label of a default clause, which no value equals. */
export const OTHERWISE = Symbol("otherwise");

/** What is counted while no instruction executes: fetching, taking traps, resets. */
export const STEP = "step";

const rows = new Map<string, number>([[STEP, 0]]);
const counts = new Uint32Array(ROWS_MAX * GUARDS_MAX * 2);
/** Where the counts of the current row begin. */
let from = 0;
/** Cells counted since the last clearing. */
const met: number[] = [];

/** Counts a condition and passes it on. Hot. */
export function noteTruth<Value>(guard: number, value: Value): Value {
  const at = from + 2 * guard + (value ? 1 : 0);
  if (counts[at]!++ === 0) met.push(at);
  return value;
}

/** Counts whether there is a value, null being none, and passes it on. Hot. */
export function notePresence<Value>(guard: number, value: Value): Value {
  noteTruth(guard, value !== null && value !== undefined);
  return value;
}

/**
 * Counts for each label of a switch whether it is chosen, and passes the value on. The guards are numbered
 * on.
 */
export function noteCase<Value>(first: number, value: Value, labels: readonly unknown[]): Value {
  const chosen = labels.indexOf(value);
  labels.forEach((label, index) => {
    noteTruth(first + index, label === OTHERWISE ? chosen < 0 : chosen === index);
  });
  return value;
}

/** An instruction's meaning, counted under its name. */
export function during<Arguments extends unknown[], Result>(
  name: string,
  execute: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  if (rows.size === ROWS_MAX) throw new Error(`defect: more than ${ROWS_MAX} instructions`);
  const own = rows.size * GUARDS_MAX * 2;
  rows.set(name, rows.size);
  return (...given) => {
    from = own;
    try {
      return execute(...given);
    } finally {
      from = 0;
    }
  };
}

export interface Tally {
  /** `STEP` and the instructions, in the order of their definition. */
  readonly rows: readonly string[];
  /** How often a cell was counted since the last `clear`. */
  count(cell: number): number;
  /** The cells counted since then, each once, in the order in which they were first met. */
  cells(): readonly number[];
  clear(): void;
}

/** The number of the cell of a guard that is decided so while an instruction executes. */
export function cellOf(rowNumber: number, guard: number, polarity: boolean): number {
  return 2 * (rowNumber * GUARDS_MAX + guard) + (polarity ? 1 : 0);
}

/** What this copy of the module counts. */
export function tally(): Tally {
  return {
    rows: [...rows.keys()],
    count: (cell) => counts[cell]!,
    cells: () => [...met],
    clear() {
      for (const cell of met) counts[cell] = 0;
      met.length = 0;
    },
  };
}
