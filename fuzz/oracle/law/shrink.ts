/** Operands that break a law, made small. */
import { bitsOf, type Fields } from "./format.ts";
import type { Operands, Shape, Source, Subject } from "./law.ts";
import { sourceOf } from "./subject.ts";
import type { Breach } from "./trial.ts";

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
    for (const operands of smaller(best)) {
      if (checks++ >= CHECKS_MAX) return null;
      const told = best.law.check(best.subject, operands);
      if (typeof told === "string") return { ...best, operands, told };
    }
    return null;
  }
}

function* smaller({ law, subject, operands }: Breach): Generator<Operands> {
  for (const name of operandNames[law.shape]) {
    if (name === "value" || name === "second") {
      for (const value of smallerNumbers(operands[name])) yield { ...operands, [name]: value };
    } else {
      for (const source of plainer(subject, operands[name])) yield { ...operands, [name]: source };
    }
  }
}

/** Zero, and everything with one bit less or moved down. Each is smaller than the number. */
function* smallerNumbers(value: bigint): Generator<bigint> {
  if (value === 0n) return;
  yield 0n;
  yield value >> 1n;
  for (let bit = BigInt(value.toString(2).length) - 1n; bit >= 0n; bit--) {
    if (((value >> bit) & 1n) === 1n) yield value ^ (1n << bit);
  }
}

/** Every permission, unsealed, without flags; then with smaller bounds field and address. */
function* plainer(subject: Subject, source: Source): Generator<Source> {
  const { format } = subject;
  const plain = { perms: format.permsMask, otype: format.unsealed, flags: 0n, reserved: 0n };
  for (const name of ["perms", "otype", "flags", "reserved"] as const) {
    if (source[name] !== plain[name]) yield changed(subject, source, { [name]: plain[name] });
  }
  for (const name of ["address", "bounds"] as const) {
    for (const value of smallerNumbers(source[name])) yield changed(subject, source, { [name]: value });
  }
}

function changed(subject: Subject, source: Source, fields: Partial<Fields>): Source {
  return sourceOf(subject, source.tag, bitsOf(subject.format, { ...source, ...fields }));
}
