/** Operands that break a law, made small. */
import { bitsOf, type Fields } from "./format.ts";
import type { Operands, Shape, Source, Subject } from "./law.ts";
import { sourceOf } from "./subject.ts";
import { type Breach, judgedBy } from "./trial.ts";

/** The most checks that shrinking makes. */
const CHECKS_MAX = 4000;

type Name = keyof Operands;

/** The operands that laws of a shape look at. */
export const operandNames: Readonly<Record<Shape, readonly Name[]>> = {
  none: [],
  number: ["value"],
  numbers: ["value", "second"],
  capability: ["source"],
  "capability and number": ["source", "value"],
  capabilities: ["source", "other"],
};

/** The same law broken by smaller numbers and plainer capabilities; where no single step does, it is done. */
export function shrunk(breach: Breach): Breach {
  let best = breach;
  let checks = 0;
  for (;;) {
    const next = firstSmaller();
    if (next === null) return best;
    best = next;
  }

  function firstSmaller(): Breach | null {
    const cost = costOf(best);
    for (const operands of candidates(best)) {
      if (checks++ >= CHECKS_MAX) return null;
      if (costOf({ ...best, operands }) >= cost) continue;
      const told = judgedBy(best.law, best.subject, operands);
      if (typeof told === "string") return { ...best, operands, told };
    }
    return null;
  }
}

/** Digits and ones of all numbers, and fields that are not plain. */
function costOf({ law, subject, operands }: Breach): number {
  let cost = 0;
  for (const name of operandNames[law.shape]) {
    if (name === "value" || name === "second") cost += costOfNumber(operands[name]);
    else cost += costOfSource(subject, operands[name]);
  }
  return cost;
}

function costOfNumber(value: bigint): number {
  if (value === 0n) return 0;
  const digits = value.toString(2);
  return digits.length + digits.replaceAll("0", "").length;
}

function costOfSource(subject: Subject, source: Source): number {
  const unplain = fieldNames.filter((name) => source[name] !== plainFields(subject)[name]);
  return 1000 * unplain.length + costOfNumber(source.address) + costOfNumber(source.bounds);
}

const fieldNames = ["perms", "otype", "flags", "reserved"] as const;

function plainFields({ format }: Subject): Pick<Fields, (typeof fieldNames)[number]> {
  return { perms: format.permsMask, otype: format.unsealed, flags: 0n, reserved: 0n };
}

function* candidates({ law, subject, operands }: Breach): Generator<Operands> {
  for (const name of operandNames[law.shape]) {
    if (name === "value" || name === "second") {
      for (const value of smallerNumbers(operands[name])) yield { ...operands, [name]: value };
    } else {
      for (const source of plainer(subject, operands[name])) yield { ...operands, [name]: source };
    }
  }
  if (law.shape === "capability and number") yield* shifted(subject, operands);
}

/** Zero, and everything with one bit less or moved down. */
function* smallerNumbers(value: bigint): Generator<bigint> {
  yield 0n;
  yield value >> 1n;
  for (let bit = BigInt(value.toString(2).length) - 1n; bit >= 0n; bit--) {
    if (((value >> bit) & 1n) === 1n) yield value ^ (1n << bit);
  }
}

function* plainer(subject: Subject, source: Source): Generator<Source> {
  for (const name of fieldNames) yield changed(subject, source, { [name]: plainFields(subject)[name] });
  for (const name of ["address", "bounds"] as const) {
    for (const value of smallerNumbers(source[name])) yield changed(subject, source, { [name]: value });
  }
}

/** The source elsewhere, and the number so that their sum or difference stays: what they reach together may matter. */
function* shifted(subject: Subject, operands: Operands): Generator<Operands> {
  const { source, value } = operands;
  const { addressMask } = subject.format;
  for (const address of [source.base, source.top & addressMask, ...smallerNumbers(source.address)]) {
    const moved = changed(subject, source, { address });
    yield { ...operands, source: moved, value: (source.address + value - address) & addressMask };
    yield { ...operands, source: moved, value: (value - source.address + address) & addressMask };
  }
}

function changed(subject: Subject, source: Source, fields: Partial<Fields>): Source {
  return sourceOf(subject, source.tag, bitsOf(subject.format, { ...source, ...fields }));
}
