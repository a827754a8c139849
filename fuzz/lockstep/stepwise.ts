import type { MachineUnderTest, Program, StepEvent } from "../../model/contract.ts";
import type { Difference } from "../program/finding.ts";
import { compareEvents, compareStates } from "./compare.ts";

/** Where the words of a `memory` program lie, and where every program starts. */
const CODE_BASE = 0x8000_0000n;

/** The first difference of two runs, with the steps that led there on both sides, the differing one included. */
export interface Divergence {
  readonly difference: Difference;
  readonly expect: readonly StepEvent[];
  readonly actual: readonly StepEvent[];
}

/** Names the instruction of the last of these steps, which began with a reset. */
export type NameOf = (steps: readonly StepEvent[]) => string;

/**
 * Runs a program on two machines step by step and compares every step event and the end states.
 *
 * @returns null when they agree in everything. A machine that throws disagrees: its field is `defect`.
 */
export function compareStepwise(
  program: Program,
  expect: MachineUnderTest,
  actual: MachineUnderTest,
  nameOf: NameOf,
): Divergence | null {
  const events = { expect: [] as StepEvent[], actual: [] as StepEvent[] };
  const diverge = (difference: Difference): Divergence => ({ difference, ...events });

  for (const machine of [expect, actual]) prepare(machine, program);
  const steps = stepCount(program);
  for (let at = 0; at < steps; at++) {
    const one = attempt(() => take(expect, program, at));
    const other = attempt(() => take(actual, program, at));
    if (typeof one !== "string") events.expect.push(one);
    if (typeof other !== "string") events.actual.push(other);
    if (typeof one === "string" || typeof other === "string") {
      const instruction = typeof one === "string" ? "unknown" : nameOf(events.expect);
      return diverge({ at, instruction, fields: [defect(one, other)] });
    }
    const fields = compareEvents(one, other);
    if (fields.length > 0) return diverge({ at, instruction: nameOf(events.expect), fields });
  }

  const one = attempt(() => expect.state());
  const other = attempt(() => actual.state());
  if (typeof one === "string" || typeof other === "string") {
    return diverge({ at: null, instruction: "end state", fields: [defect(one, other)] });
  }
  const fields = compareStates(one, other);
  return fields.length === 0 ? null : diverge({ at: null, instruction: "end state", fields });
}

/** Steps that a program asks for. */
export function stepCount(program: Program): number {
  return program.fetch === "injected" ? program.words.length : program.budgetSteps;
}

/** Resets a machine and loads what a `memory` program consists of. */
export function prepare(machine: MachineUnderTest, program: Program): void {
  machine.reset(program.start);
  if (program.fetch === "memory") machine.load(CODE_BASE, codeBytes(program.words));
}

/** The words as they lie in memory: two bytes for a 16-bit word, four for any other, little-endian. */
export function codeBytes(words: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const word of words) {
    bytes.push(word & 0xff, (word >>> 8) & 0xff);
    if ((word & 3) === 3) bytes.push((word >>> 16) & 0xff, word >>> 24);
  }
  return Uint8Array.from(bytes);
}

/** Takes step `at` of a program. */
export function take(machine: MachineUnderTest, program: Program, at: number): StepEvent {
  return program.fetch === "injected" ? machine.inject(program.words[at]!) : machine.step();
}

/** The result, or what was thrown as text: a machine under test may be anybody's. */
function attempt<Result extends object>(action: () => Result): Result | string {
  try {
    return action();
  } catch (error) {
    return String(error);
  }
}

function defect(expect: object | string, actual: object | string) {
  const spell = (side: object | string) => (typeof side === "string" ? side : "none");
  return { field: "defect", expect: spell(expect), actual: spell(actual) };
}
