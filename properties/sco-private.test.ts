/**
 * The specification of single-copy objects in one sentence: each client behaves exactly as if it had a private copy of the
 * whole object. Scripts of clients are run again with files that nobody shares, and for each client alone.
 */
import { describe, expect, test } from "vitest";
import { Random } from "../fuzz/generate/random.ts";
import { clientScript } from "../fuzz/sco/clients.ts";
import { findParting, withPrivateCopies } from "../fuzz/sco/private.ts";
import { stepsOf } from "../fuzz/system/lockstep.ts";
import { createIntravisor } from "../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../model/intravisor/system.ts";
import { assembleProgram } from "../model/isa/index.ts";
import type { Step, StepReport, SystemUnderTest } from "../model/system-contract.ts";

const SCRIPTS = 8;
const STEPS = 60;

const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const model = createSystemModel();
const system = createIntravisor({ assemble });

function scripts(seed: string) {
  const random = new Random(seed);
  return Array.from({ length: SCRIPTS }, (_, index) => {
    random.restart(index);
    return clientScript(random, model, STEPS);
  });
}

/** The system, whose objects give one more to whoever is not the first that has called any. */
class Leaking implements SystemUnderTest {
  readonly name = "leaking";
  readonly #inner: SystemUnderTest;
  #calls = 0;

  constructor(inner: SystemUnderTest) {
    this.#inner = inner;
  }

  reset(): void {
    this.#calls = 0;
    this.#inner.reset();
  }

  step(step: Step, results: readonly StepReport[]): StepReport {
    const report = this.#inner.step(step, results);
    const isCall = step.by !== null && step.action.do === "call" && step.action.call === "sco_call";
    if (!isCall || report.outcome.kind !== "returned") return report;
    const [value, ...rest] = report.outcome.values;
    // Who is alone does not see how many calls others have made.
    const seen = BigInt.asUintN(64, value + BigInt(this.#calls++));
    return { ...report, outcome: { kind: "returned", values: [seen, ...rest] } };
  }

  view = () => this.#inner.view();
  outline = () => this.#inner.outline();
  pages = (cvm: string) => this.#inner.pages(cvm);
}

describe("each client of an object", () => {
  test("behaves as with a private copy, whoever else there is and whatever they do (I-99) (I-103) (I-104)", () => {
    for (const [index, script] of scripts("private copies").entries())
      expect(findParting(script, system), `script ${index}`).toBeNull();
  });

  test("behaves so in the reference too (I-99) (I-109)", () => {
    for (const [index, script] of scripts("private copies in the reference").entries())
      expect(findParting(script, model), `script ${index}`).toBeNull();
  });

  test("shares objects in these scripts, and does not when they are run apart (I-107)", () => {
    const counts = scripts("private copies").map((script) => {
      const [shared, apart] = [stepsOf(script), withPrivateCopies(script).steps].map((steps) =>
        clientsIn(steps),
      );
      expect(apart).toBeLessThanOrEqual(1);
      return shared!;
    });
    expect(Math.max(...counts)).toBeGreaterThan(1);
  });

  test("would be seen to notice others if it did (I-99)", () => {
    const leaking = new Leaking(model);
    expect(scripts("private copies").some((script) => findParting(script, leaking) !== null)).toBe(true);
  });
});

/** The most clients that an object has at the end of these steps. */
function clientsIn(steps: readonly Step[]): number {
  model.reset();
  const reports: StepReport[] = [];
  for (const step of steps) reports.push(model.step(step, reports));
  return Math.max(0, ...model.outline().objects.map(({ bindings }) => bindings.length));
}
