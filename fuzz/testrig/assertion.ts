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

/** What came of the assertions of a program. */
export interface Judgement {
  readonly held: number;
  readonly failed: readonly FailedAssertion[];
  /** Assertions on what no step event tells: operands read, the address of an access that trapped. */
  readonly untold: number;
}

/** Judges the assertions of a program by what was seen of each word. */
export function judge(program: Program, seen: readonly Observation[]): Judgement {
  const assertions = program.marks.filter(({ kind }) => kind === "assert");
  const told = assertions.filter((mark) => isTold(mark, seen[mark.at]));
  const failed = told.flatMap((mark) => {
    const actual = fieldOf(seen[mark.at], mark.field!);
    if (actual === BigInt(mark.value!)) return [];
    const found = actual === null ? "nothing" : `0x${actual.toString(16)}`;
    return [{ at: mark.at, field: mark.field!, expect: mark.value!, actual: found, text: mark.text ?? "" }];
  });
  return { held: told.length - failed.length, failed, untold: assertions.length - told.length };
}

function isTold({ field }: Mark, seen: Observation | undefined): boolean {
  return !/^rs[12]_/.test(field ?? "") && !(field === "mem_addr" && seen?.trap === 1);
}

/** The value of a field, or null where there is no such word or field. */
function fieldOf(seen: Observation | undefined, name: string): bigint | null {
  const field = assertableFields.find((one) => one === name);
  return seen === undefined || field === undefined ? null : BigInt(seen[field]);
}
