import type { Mark, Program } from "../../model/contract.ts";
import type { Observation } from "../rvfi/observation.ts";
import { assertableFields } from "./trace.ts";

/** An assertion of a trace that does not hold. */
export interface FailedAssertion {
  /** Index of the word whose answer it judges. */
  readonly at: number;
  readonly field: string;
  readonly expect: string;
  /** What was there instead. */
  readonly actual: string;
  readonly text: string;
}

/** The assertions of a program. */
export function assertionsOf(program: Program): Mark[] {
  return program.marks.filter(({ kind }) => kind === "assert");
}

/** Judges the assertions of a program by what was seen of each word. */
export function failedAssertions(program: Program, seen: readonly Observation[]): FailedAssertion[] {
  return assertionsOf(program).flatMap((mark) => {
    const actual = fieldOf(seen[mark.at], mark.field!);
    if (actual === BigInt(mark.value!)) return [];
    const told = actual === null ? "nothing" : `0x${actual.toString(16)}`;
    return [{ at: mark.at, field: mark.field!, expect: mark.value!, actual: told, text: mark.text ?? "" }];
  });
}

/** The value of a field, or null where there is no such word or field. */
function fieldOf(seen: Observation | undefined, name: string): bigint | null {
  const field = assertableFields.find((one) => one === name);
  return seen === undefined || field === undefined ? null : BigInt(seen[field]);
}
