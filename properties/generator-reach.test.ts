import { describe, expect, test } from "vitest";
import { fetchedProgram } from "../fuzz/generate/fetched-program.ts";
import { WordSource } from "../fuzz/generate/word-source.ts";
import { prepare } from "../fuzz/lockstep/stepwise.ts";
import { Reach } from "../fuzz/reach/reach.ts";
import { BLOCK_CELLS, layoutOf } from "../fuzz/reach/rows.ts";
import { instructions } from "../model/isa/index.ts";
import { createModel } from "../model/machine/reference.ts";

const PROGRAMS = 8_000;
const FETCHED_PROGRAMS = 200;
const FETCHED_STEPS = 300;
const START = { preset: "dii" } as const;

const model = createModel();
const layout = layoutOf(instructions, true);
const reach = new Reach(layout);
const tally = { steps: 0, traps: 0, user: 0, capability: 0 };

const source = new WordSource("generator audit", 128);
for (let program = 0; program < PROGRAMS; program++) {
  source.begin([]);
  model.reset(START);
  reach.begin(START);
  for (let word = source.next(model); word >= 0; word = source.next(model)) {
    if (model.capabilityMode()) tally.capability++;
    const event = model.inject(word);
    reach.note(event);
    tally.steps++;
    if (event.trap !== null) tally.traps++;
    if (event.mode === 0) tally.user++;
  }
}
for (let count = 0; count < FETCHED_PROGRAMS; count++) {
  const program = fetchedProgram(source, model, FETCHED_STEPS);
  prepare(model, program);
  reach.begin(START);
  for (let step = 0; step < FETCHED_STEPS; step++) reach.note(model.step());
}

/** `instruction: outcome` for every outcome that is declared, by whether it was reached. */
function outcomes(isReached: boolean): string[] {
  return layout.rows.flatMap((row) =>
    row.outcomes.flatMap((outcome, block) => {
      const from = row.base + block * BLOCK_CELLS;
      const count = reach.counts.subarray(from, from + BLOCK_CELLS).reduce((sum, one) => sum + one, 0);
      return count > 0 === isReached ? [`${row.name}: ${outcome}`] : [];
    }),
  );
}

describe("generation by execution", () => {
  test("reaches every instruction", () => {
    const reached = new Set(outcomes(true).map((cell) => cell.replace(/: .*/, "")));
    const missed = instructions.map(({ name }) => name).filter((name) => !reached.has(name));
    expect(missed).toEqual([]);
  });

  test("reaches nearly every outcome of every instruction in half a million steps", () => {
    const missed = outcomes(false);
    const share = outcomes(true).length / (outcomes(true).length + missed.length);
    expect(share, `missed: ${missed.join(", ")}`).toBeGreaterThan(0.97);
  });

  test("does useful work in most steps, in both encoding modes and both privileges", () => {
    expect(tally.traps / tally.steps).toBeLessThan(0.15);
    expect(tally.traps / tally.steps).toBeGreaterThan(0.03);
    expect(tally.capability / tally.steps).toBeGreaterThan(0.15);
    expect(tally.user / tally.steps).toBeGreaterThan(0.02);
  });
});
