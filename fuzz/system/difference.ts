/** What differs between two pieces of plain data, and where two systems part. */
import type { FieldDifference } from "../program/finding.ts";

/** Where two systems part. */
export interface SystemDivergence {
  /** The step, counted from the first creation. */
  readonly at: number;
  readonly fields: readonly FieldDifference[];
}

/**
 * Whether two pieces of plain data are equal. `oneBefore` and `otherBefore`, if they are given, are two that were equal:
 * where both are the same objects as there, they still are, since nobody changes such data once it is made.
 */
export function isEqual(one: unknown, other: unknown, oneBefore?: unknown, otherBefore?: unknown): boolean {
  if (one === other || (one === oneBefore && other === otherBefore)) return true;
  if (!isTree(one) || !isTree(other)) return Object.is(one, other);
  const ones = isTree(oneBefore) ? oneBefore : nothing;
  const others = isTree(otherBefore) ? otherBefore : nothing;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    for (let at = 0; at < one.length; at++) {
      if (one[at] !== other[at] && !isEqual(one[at], other[at], ones[at], others[at])) return false;
    }
    return true;
  }
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  for (const name of names) {
    const [mine, theirs] = [one[name], other[name]];
    // What is there and undefined is not what is not there.
    if (
      mine === theirs
        ? mine === undefined && !(name in other)
        : !isEqual(mine, theirs, ones[name], others[name])
    )
      return false;
  }
  return true;
}

/** Every leaf on which two pieces of plain data differ, by path. */
export function differences(field: string, expect: unknown, actual: unknown): FieldDifference[] {
  if (isEqual(expect, actual)) return [];
  if (isTree(expect) && isTree(actual)) {
    const names = new Set([...Object.keys(expect), ...Object.keys(actual)]);
    return [...names].flatMap((name) =>
      differences(
        Array.isArray(expect) ? `${field}[${name}]` : `${field}.${name}`,
        expect[name],
        actual[name],
      ),
    );
  }
  return [{ field, expect: spell(expect), actual: spell(actual) }];
}

type Tree = Record<string, unknown>;

const nothing: Tree = {};

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}

function spell(value: unknown): string {
  if (typeof value === "bigint") return `0x${value.toString(16)}`;
  return value === undefined ? "absent" : isTree(value) ? "present" : String(value);
}
