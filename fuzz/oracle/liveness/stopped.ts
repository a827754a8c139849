import type { Violation } from "../oracle.ts";

/** What V says of a machine that throws instead of taking a step. */
export function stopped(at: number | null, error: string): Violation {
  const text = [`the machine did not take the step: ${error}`];
  return { oracle: "V", rule: "call_returns", at, instruction: "any", text };
}
