import type { MachineUnderTest, Program } from "../../model/contract.ts";
import { runJudged } from "../lockstep/judged.ts";
import type { Divergence } from "../lockstep/stepwise.ts";
import { createJudge } from "../oracle/judge.ts";
import { stopped } from "../oracle/liveness/stopped.ts";
import type { OracleName, Violation } from "../oracle/oracle.ts";
import { type Difference, type Evidence, type Finding, ORACLES } from "../program/index.ts";

/** What speaks against a program, with the steps that led there on both sides. */
export interface Charge {
  readonly evidence: Evidence;
  readonly traces: Finding["traces"];
}

/** Two machines side by side. */
export interface Comparison {
  compare(program: Program): Divergence | null;
}

/**
 * Everything that can speak against a program: two machines, if there are two, and every oracle. What comes at the
 * earlier step is told.
 *
 * @param judged the machine whose steps are judged.
 * @param first the oracle whose objection is wanted if it still has one, whatever others say.
 */
export function accuse(
  program: Program,
  comparison: Comparison | null,
  judged: MachineUnderTest,
  first: OracleName | null,
): Charge | null {
  const divergence = comparison?.compare(program) ?? null;
  const alone = first === null ? null : runJudged(judged, program, createJudge([first]));
  const { violation, events } =
    alone?.violation == null ? runJudged(judged, program, createJudge(ORACLES)) : alone;
  const evidence = earlierOf(divergence?.difference ?? null, violation);
  if (evidence === null) return null;
  if (evidence === violation) return { evidence, traces: { expect: events, actual: [] } };
  return { evidence, traces: { expect: divergence!.expect, actual: divergence!.actual } };
}

/**
 * What came at the earlier step. At the same step the violation counts: it needs no second machine, and it says what
 * is wrong with the step, not only that another machine disagrees. A reference that throws needs no second one either.
 */
export function earlierOf(difference: Difference | null, violation: Violation | null): Evidence | null {
  if (difference === null || violation === null) return stopOf(difference) ?? difference ?? violation;
  return (violation.at ?? Infinity) <= (difference.at ?? Infinity) ? violation : difference;
}

/** What V says where the machine that is judged has thrown. */
function stopOf(difference: Difference | null): Violation | null {
  const first = difference?.fields[0];
  if (first?.field !== "defect" || first.expect === "none") return null;
  return stopped(difference!.at, first.expect);
}

/** Evidence as a finding holds it. */
export function spokenOf(evidence: Evidence): Pick<Finding, "oracle" | "difference" | "violation"> {
  return "oracle" in evidence
    ? { oracle: evidence.oracle, difference: null, violation: evidence }
    : { oracle: "D", difference: evidence, violation: null };
}
