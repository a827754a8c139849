/** A system with a mistake, for the tests of those who are to find it. */
import { createSystemModel } from "../../model/intravisor/system.ts";
import type { SystemUnderTest } from "../../model/system-contract.ts";

/** The reference, but for one call, whose result is one more than it should be whenever it succeeds. */
export function mistakenAt(call: string): SystemUnderTest {
  const model = createSystemModel();
  return {
    ...model,
    name: "mistaken",
    step(step, results) {
      const report = model.step(step, results);
      const { outcome } = report;
      const isIt = step.by !== null && step.action.do === "call" && step.action.call === call;
      if (!isIt || outcome.kind !== "returned" || outcome.values[0] >= 1n << 63n) return report;
      const [a0, a1, a2] = outcome.values;
      return { ...report, outcome: { kind: "returned", values: [a0 + 1n, a1, a2] } };
    },
  };
}
