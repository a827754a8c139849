/** Trying laws: operands are put to every law of their shape, and what came is counted. */
import type { Judged, Law, Operands, Shape, Subject } from "./law.ts";

/** How often a law was found true and vacuous, and the first operands that broke it. */
export interface Tally {
  readonly law: Law;
  holds: number;
  vacuous: number;
  first: Breach | null;
}

export interface Breach {
  readonly law: Law;
  readonly subject: Subject;
  readonly operands: Operands;
  readonly told: string;
}

/** Puts operands to the laws of a shape. */
export type Try = (shape: Shape, operands: Operands) => void;

export function tallies(laws: readonly Law[]): Tally[] {
  return laws.map((law) => ({ law, holds: 0, vacuous: 0, first: null }));
}

/** Puts operands to all laws of the shape that are not broken yet. */
export function tryingAll(subject: Subject, tally: readonly Tally[]): Try {
  const byShape = new Map<Shape, Tally[]>();
  for (const each of tally) {
    const laws = byShape.get(each.law.shape) ?? [];
    byShape.set(each.law.shape, [...laws, each]);
  }
  return (shape, operands) => {
    for (const each of byShape.get(shape) ?? []) put(subject, each, operands);
  };
}

function put(subject: Subject, each: Tally, operands: Operands): void {
  if (each.first !== null) return;
  const judged = judgedBy(each.law, subject, operands);
  if (judged === true) each.holds++;
  else if (judged === null) each.vacuous++;
  else each.first = { law: each.law, subject, operands: { ...operands }, told: judged };
}

/** What a law says. A library that throws breaks the law that asked it. */
export function judgedBy(law: Law, subject: Subject, operands: Operands): Judged {
  try {
    return law.check(subject, operands);
  } catch (error) {
    return `expected an answer, got ${String(error)}`;
  }
}
