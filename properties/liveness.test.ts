import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { roster } from "../fuzz/faults/roster.ts";
import { fetchedProgram } from "../fuzz/generate/fetched-program.ts";
import { WordSource } from "../fuzz/generate/word-source.ts";
import type { BatchMachine } from "../fuzz/lockstep/batch.ts";
import { batched } from "../fuzz/lockstep/batched.ts";
import { prepare, stepCount, take } from "../fuzz/lockstep/stepwise.ts";
import { judgeOf } from "../fuzz/oracle/judge.ts";
import { budgetViolation } from "../fuzz/oracle/liveness/budget.ts";
import { livenessOracle } from "../fuzz/oracle/liveness/oracle.ts";
import type { Violation } from "../fuzz/oracle/oracle.ts";
import { injectedProgram } from "../fuzz/program/index.ts";
import { variantOf } from "../fuzz/variant/variant.ts";
import { createEngine } from "../impl/engine/index.ts";
import type { MachineUnderTest, Program, StepEvent } from "../model/contract.ts";
import { assembleProgram } from "../model/isa/index.ts";
import { createModel } from "../model/machine/reference.ts";

type Reference = typeof import("../model/machine/reference.ts");

const model = createModel();
const engine = createEngine();
const machines: readonly BatchMachine[] = [batched(model, 64), engine];
const oracle = livenessOracle();

/** What the oracle says of a run whose events and state pass through `tell`. */
function violationOn(
  program: Program,
  machine: MachineUnderTest,
  tell: (event: StepEvent) => StepEvent = (event) => event,
): Violation | null {
  const judge = judgeOf([oracle]);
  prepare(machine, program);
  judge.begin(program.start, null);
  for (let at = 0; at < stepCount(program); at++) {
    const violation = judge.step(tell(take(machine, program, at)));
    if (violation !== null) return violation;
  }
  return judge.end(machine.state());
}

describe("every run ends, having made the steps of its budget", () => {
  // Broken by the machines with a flaw below.
  test("whatever words are injected", () =>
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 ** 32 - 1 }), { maxLength: 100, size: "max" }), (words) => {
        const program = injectedProgram(words);
        for (const machine of machines) {
          expect(violationOn(program, machine)).toBeNull();
          expect(budgetViolation(machine, program)).toBeNull();
        }
      }),
    ));

  test("in programs that are fetched from memory, loop and change themselves", () =>
    fc.assert(
      fc.property(fc.string(), fc.nat({ max: 5_000 }), (seed, more) => {
        const source = new WordSource(seed, 64);
        const program = fetchedProgram(source, model, 200);
        const longer = { ...program, budgetSteps: program.budgetSteps + more };
        expect(violationOn(program, engine)).toBeNull();
        expect(budgetViolation(engine, longer)).toBeNull();
      }),
      { numRuns: 60 },
    ));

  // Hot loops are translated: the counter tells how many steps were really made.
  test.each([0, 1, 5_000, 1_000_003, 3_000_000])(
    "in a loop of %i steps, by the hart's own count",
    (budget) => {
      const { words } = assembleProgram("addi x1, x1, 1\njal x0, -4");
      const program: Program = { ...injectedProgram(words), fetch: "memory", budgetSteps: budget };
      prepare(engine, program);
      engine.run(budget);
      const readsCycle = assembleProgram("csrrs x2, mcycle, x0").words[0]!;
      const { order, register } = engine.inject(readsCycle);
      expect(order).toBe(budget);
      expect(register).toEqual({ kind: "integer", index: 2, value: BigInt(budget) });
      expect(engine.state().registers[1]!.address).toBe(BigInt(Math.ceil(budget / 2)));
    },
  );

  test("and each clause was true of some run", () => {
    expect([...oracle.counts]).toEqual([expect.any(Number), 0, 0, expect.any(Number), 0, expect.any(Number)]);
    expect(oracle.counts[0]).toBeGreaterThan(0);
    expect(oracle.counts[3]).toBeGreaterThan(0);
  });
});

describe("a machine that is not alive is found out", () => {
  const program = injectedProgram([0x13, 0x13]);

  test("one_step_one_event: an event that is told twice", () => {
    const tell = (event: StepEvent): StepEvent => ({ ...event, order: 0 });
    expect(violationOn(program, model, tell)?.rule).toBe("one_step_one_event");
  });

  test("run_ends_where_it_went: a state elsewhere than the last step", () => {
    const tell = (event: StepEvent): StepEvent => ({ ...event, pcAfter: 0n });
    expect(violationOn(program, model, tell)?.rule).toBe("run_ends_where_it_went");
  });

  const flawed = (flaw: Partial<BatchMachine>): BatchMachine => ({ ...batched(model, 64), ...flaw });
  const looping: Program = { ...program, fetch: "memory", budgetSteps: 10 };
  const crash = (): never => {
    throw new Error("unreachable");
  };
  const state = () => ({ ...model.state(), pc: 0n });

  test.each<[string, Program, Partial<BatchMachine>]>([
    ["call_returns", program, { injectAllQuiet: crash }],
    ["call_returns", looping, { run: crash }],
    ["budget_is_kept", looping, { run: () => undefined }],
    ["state_is_told", looping, { state }],
  ])("%s", (rule, onProgram, flaw) => {
    expect(budgetViolation(flawed({}), onProgram)).toBeNull();
    expect(budgetViolation(flawed(flaw), onProgram)?.rule).toBe(rule);
  });

  test("X12: a special register that does not exist stops the machine", async () => {
    const { model: patches } = roster.find(({ id }) => id === "X12")!;
    const variant = await variantOf(patches).load<Reference>("model/machine/reference.ts");
    const stopped = injectedProgram(assembleProgram("cspecialrw c1, utcc, c0").words);
    expect(budgetViolation(batched(model, 64), stopped)).toBeNull();
    expect(budgetViolation(batched(variant.createModel(), 64), stopped)?.rule).toBe("call_returns");
  });
});
