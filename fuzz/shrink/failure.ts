import type { Program } from "../../model/contract.ts";
import type { Evidence, FieldDifference } from "../program/index.ts";

/** What is kept of a failure while its program shrinks: a smaller program must fail in the same way. */
export interface FailureClass {
  /** Which oracle objects, by its letter; `differential` when two machines differ. */
  readonly oracle: string;
  /** What it objects to, without the numbers that vary from program to program. */
  readonly kind: string;
}

/**
 * Runs a program and says how it fails, or null if it does not. Must answer the same for the same program.
 */
export type Fails = (program: Program) => FailureClass | null;

/**
 * The class of a violation: its oracle and rule. Of a difference between two machines: the first field that differs
 * without indices. When one machine traps and the other does not, that is the class, since everything else follows
 * from it.
 */
export function failureOf(evidence: Evidence): FailureClass {
  if ("oracle" in evidence) return { oracle: evidence.oracle, kind: evidence.rule };
  const { at, fields } = evidence;
  const first = fields.find(({ field }) => /^trap\b/.test(field)) ?? fields[0]!;
  return { oracle: "differential", kind: at === null ? `end: ${kindOf(first)}` : kindOf(first) };
}

function kindOf({ field, expect, actual }: FieldDifference): string {
  if (field !== "trap") return field.replace(/\[[^\]]*\]/g, "");
  return expect === "none" ? "trap raised" : actual === "none" ? "trap missing" : "trap";
}

export function isSameFailure(one: FailureClass | null, other: FailureClass | null): boolean {
  return one !== null && other !== null && one.oracle === other.oracle && one.kind === other.kind;
}
