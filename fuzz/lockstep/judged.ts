import type { MachineUnderTest, Program, StepEvent } from "../../model/contract.ts";
import type { Judge } from "../oracle/judge.ts";
import { stopped } from "../oracle/liveness/stopped.ts";
import type { Violation } from "../oracle/oracle.ts";
import { codeBytes, prepare, stepCount, take } from "./stepwise.ts";

/** What the oracles say of a program on one machine, and the steps that they saw. */
export interface Judged {
  readonly violation: Violation | null;
  readonly events: readonly StepEvent[];
}

/** Runs a program on one machine until it breaks a rule or throws; its end state too is judged. */
export function runJudged(machine: MachineUnderTest, program: Program, judge: Judge): Judged {
  prepare(machine, program);
  begin(judge, program);
  const events: StepEvent[] = [];
  const steps = stepCount(program);
  for (let at = 0; at < steps; at++) {
    let event: StepEvent;
    try {
      event = take(machine, program, at);
    } catch (error) {
      return { violation: stopped(at, String(error)), events };
    }
    events.push(event);
    const violation = judge.step(event);
    if (violation !== null) return { violation, events };
  }
  return { violation: judge.end(machine.state()), events };
}

/** The first rule that steps of a program broke, wherever they were recorded. */
export function judgeSteps(program: Program, events: readonly StepEvent[], judge: Judge): Violation | null {
  begin(judge, program);
  for (const event of events) {
    const violation = judge.step(event);
    if (violation !== null) return violation;
  }
  return null;
}

function begin(judge: Judge, { start, fetch, words }: Program): void {
  judge.begin(start, fetch === "memory" ? codeBytes(words) : null);
}
