import type { Program } from "../../../model/contract.ts";
import type { BatchMachine } from "../../lockstep/batch.ts";
import { prepare, stepCount } from "../../lockstep/stepwise.ts";
import type { Violation } from "../oracle.ts";

const NOP = 0x13;

/**
 * What a machine owes whoever gives it a budget of steps: the call returns, it made just these steps, and the
 * machine can go on and be asked for its state. The first of these rules that it breaks on a program, or
 * null.
 *
 * - `call_returns`: nothing is thrown.
 * - `budget_is_kept`: the step after the call is numbered with the budget.
 * - `state_is_told`: the state stands where that step went.
 */
export function budgetViolation(machine: BatchMachine, program: Program): Violation | null {
  const budget = stepCount(program);
  try {
    prepare(machine, program);
    runQuietly(machine, program, budget);
    const { order, pcAfter } = machine.inject(NOP);
    if (order !== budget) {
      return broken("budget_is_kept", `the step after a budget of ${budget} is numbered ${order}`);
    }
    if (machine.state().pc === pcAfter) return null;
    return broken("state_is_told", "the state stands elsewhere than the last step went");
  } catch (error) {
    return broken("call_returns", String(error));
  }
}

function runQuietly(machine: BatchMachine, program: Program, budget: number): void {
  if (program.fetch === "memory") {
    machine.run(budget);
    return;
  }
  const words = Uint32Array.from(program.words);
  for (let from = 0; from < budget; from += machine.stepsPerCall) {
    const count = Math.min(machine.stepsPerCall, budget - from);
    machine.injectAllQuiet(words.subarray(from, from + count), count);
  }
}

function broken(rule: string, line: string): Violation {
  return { oracle: "V", rule, at: null, instruction: "end state", text: [line] };
}
