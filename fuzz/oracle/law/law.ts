/** What a law of capability libraries is, and what it is judged with. */
import type { Capability } from "../../../model/contract.ts";
import type { Fields, LawFormat } from "./format.ts";
import type { CapabilityLibrary } from "./library.ts";
import type { Enclosure, Range } from "./reading.ts";

/** Which operands a law is about. Numbers are as wide as addresses. */
export type Shape = "none" | "number" | "numbers" | "capability" | "capability and number" | "capabilities";

/** A capability as an operand: as the library decodes it, and as the laws read it. */
export interface Source extends Fields, Range {
  readonly cap: Capability;
  readonly tag: boolean;
  readonly exponent: number;
  /** Its object type is not that of unsealed capabilities. */
  readonly isSealed: boolean;
  /** base <= top, and top is not beyond the address space. */
  readonly isOrdered: boolean;
  /** Ordered, and bounds setting gives just these bits for its bounds: what a program can come to hold. */
  readonly isCanonical: boolean;
}

/** Operands of one trial; a law looks at those of its shape. */
export interface Operands {
  /** `number`, and the first of `numbers`. */
  value: bigint;
  second: bigint;
  /** `capability`, and the first of `capabilities`. */
  source: Source;
  other: Source;
}

/** What is judged, and the reading to judge by. */
export interface Subject {
  readonly library: CapabilityLibrary;
  readonly format: LawFormat;
  /** What a bounds field means at an address. */
  read(field: bigint, address: bigint): Range;
  /** The tightest encodable range around another, which lies in the address space. */
  enclose(base: bigint, top: bigint): Enclosure;
}

/** True, or vacuous (null): the law says nothing about these operands. Else what was expected, and what came. */
export type Judged = true | null | string;

export interface Law {
  /** Stable, for reports and the zoo. */
  readonly name: string;
  /** Where it is stated. */
  readonly source: string;
  readonly statement: string;
  readonly shape: Shape;
  check(subject: Subject, operands: Operands): Judged;
}

/** The text of a broken law that expected two things to be equal. */
export function unequal(what: string, expected: unknown, actual: unknown): string {
  return `${what}: expected ${textOf(expected)}, got ${textOf(actual)}`;
}

function textOf(value: unknown): string {
  if (typeof value === "bigint") return `0x${value.toString(16)}`;
  if (typeof value !== "object" || value === null) return String(value);
  const fields = Object.entries(value).map(([name, part]) => `${name} ${textOf(part)}`);
  return `{ ${fields.join(", ")} }`;
}

const BESIDE_BOUNDS = ["address", "perms", "otype", "flags", "reserved"] as const;

/** In which field, tag and bounds apart, a capability is not as expected, with the fields that are to be changed. */
export function differsBesideBounds(
  expected: Fields,
  actual: Capability,
  changed: Changed = {},
): string | null {
  for (const name of BESIDE_BOUNDS) {
    const value = changed[name] ?? expected[name];
    if (actual[name] !== value) return unequal(name, value, actual[name]);
  }
  return null;
}

type Changed = Partial<Omit<Fields, "bounds">>;

/** The same with the encoded bounds. */
export function differsInFields(expected: Fields, actual: Capability, changed: Changed = {}): string | null {
  if (actual.bounds !== expected.bounds) return unequal("bounds field", expected.bounds, actual.bounds);
  return differsBesideBounds(expected, actual, changed);
}

/** What the library says of a capability's bounds, where that is not what its bits mean. */
export function misread({ read }: Subject, cap: Capability): string | null {
  const { base, top } = read(cap.bounds, cap.address);
  if (cap.base !== base) return unequal("base by its bits", base, cap.base);
  return cap.top === top ? null : unequal("top by its bits", top, cap.top);
}

export function isWithin(inner: Range, outer: Range): boolean {
  return inner.base >= outer.base && inner.top <= outer.top;
}

/** Base and top alone, as they are told. */
export function rangeOf({ base, top }: Range): Range {
  return { base, top };
}
