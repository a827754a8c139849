import type { Program, StepEvent } from "../../model/contract.ts";
import { judgeSteps } from "../lockstep/judged.ts";
import { createJudge } from "../oracle/judge.ts";
import { type Objection, ORACLES } from "../program/index.ts";

/**
 * What each oracle says of the steps of either machine by themselves, its first objection only. Where two machines
 * differ this tells whose step is wrong.
 */
export function objectionsOf(
  program: Program,
  traces: { readonly expect: readonly StepEvent[]; readonly actual: readonly StepEvent[] },
): Objection[] {
  return (["expect", "actual"] as const).flatMap((side) =>
    ORACLES.flatMap((name) => {
      const violation = judgeSteps(program, traces[side], createJudge([name]));
      if (violation === null) return [];
      const { oracle, rule, at } = violation;
      return [{ side, oracle, rule, at }];
    }),
  );
}
