/** The oracles of systems watching a run: each turn, host call and event is a step to them. */
import type { ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import { SystemJudge } from "../system/oracle/judge.ts";
import { systemOracles, systemRules } from "../system/oracle/oracles.ts";
import type { RunOptions } from "./runner.ts";

/**
 * A judge for one run: the first rule that is broken, with what was found. What only whole steps show (A, O) is not
 * asked: a turn may end anywhere.
 */
export function checkOf(system: ProbedSystem): NonNullable<RunOptions["judge"]> {
  const judge = new SystemJudge(system, systemOracles(["M", "T", "S", "V"], system.probe), systemRules);
  let hasBegun = false;
  return (step, report, outline) => {
    if (!hasBegun) judge.begin();
    hasBegun = true;
    const violation = judge.step(step, report, [], outline);
    if (violation === null) return null;
    const { oracle, rule, invariants, text } = violation;
    return `${oracle} ${rule} (${invariants.map((one) => `I-${one}`).join(", ")}): ${text.join("; ")}`;
  };
}
