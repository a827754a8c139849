/**
 * Counts of guards, by the instruction that was executing. Instrumented code of a variant imports that variant's
 * copy of this module, so that each variant counts for itself.
 */

/** Guards that fit. */
export const GUARDS_MAX = 1024;
const ROWS_MAX = 512;

/** The label of a default clause, which no value equals. */
export const OTHERWISE = Symbol("otherwise");

/** What is counted while no instruction executes: fetching, taking traps, resets. */
export const STEP = "step";

const rows = new Map<string, number>([[STEP, 0]]);
const counts = new Uint32Array(ROWS_MAX * GUARDS_MAX * 2);
/** Where the counts of the current row begin. */
let from = 0;
let cells = 0;

/** Counts a condition and passes it on. Hot. */
export function noteTruth<Value>(guard: number, value: Value): Value {
  const at = from + 2 * guard + (value ? 1 : 0);
  if (counts[at]!++ === 0) cells++;
  return value;
}

/** Counts whether there is a value, null being none, and passes it on. Hot. */
export function notePresence<Value>(guard: number, value: Value): Value {
  noteTruth(guard, value !== null && value !== undefined);
  return value;
}

/** Counts for each label of a switch whether it is chosen, and passes the value on. The guards are numbered on. */
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
  /** How often a guard was decided so, or 0 if it was never. */
  count(row: number, guard: number, polarity: boolean): number;
  /** Cells (instruction, guard, polarity) that were counted at least once so far. */
  reached(): number;
  /** All counts back to zero. */
  clear(): void;
}

/** What this copy of the module has counted so far. */
export function tally(): Tally {
  return {
    rows: [...rows.keys()],
    count: (row, guard, polarity) => counts[2 * (row * GUARDS_MAX + guard) + (polarity ? 1 : 0)]!,
    reached: () => cells,
    clear() {
      counts.fill(0);
      cells = 0;
    },
  };
}
