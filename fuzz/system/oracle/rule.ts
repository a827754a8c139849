import type { SystemOracleName, SystemRule } from "./oracle.ts";

/** A row of a table of rules: what is stated, and the invariants that it checks. */
type Row = readonly [name: string, invariants: readonly number[], statement: string];

/** The rules of an oracle, by the names that its code has for them. */
export function rulesOf<Key extends string>(
  oracle: SystemOracleName,
  rows: Readonly<Record<Key, Row>>,
): Readonly<Record<Key, SystemRule>> {
  const rules: Partial<Record<Key, SystemRule>> = {};
  for (const key in rows) {
    const [name, invariants, statement] = rows[key];
    rules[key] = { oracle, name, invariants, statement };
  }
  return rules as Record<Key, SystemRule>;
}
