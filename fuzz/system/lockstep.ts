/** Runs a script on two systems, one step after the other, and compares everything that each step shows. */
import type { Step, StepReport, SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import type { FieldDifference } from "../program/finding.ts";

/** Where two systems part. */
export interface SystemDivergence {
  /** The step, counted from the first creation. */
  readonly at: number;
  readonly fields: readonly FieldDifference[];
}

/** The steps of a script: its cVMs are created first, in order. */
export function stepsOf({ cvms, steps }: SystemScript): readonly Step[] {
  return [...cvms.map((cvm): Step => ({ by: null, event: { do: "create", cvm } })), ...steps];
}

/** Runs a script on both; null if they agree to its end. */
export function compareSystems(
  script: SystemScript,
  expect: SystemUnderTest,
  actual: SystemUnderTest,
): SystemDivergence | null {
  expect.reset();
  actual.reset();
  const reports: StepReport[] = [];
  for (const [at, step] of stepsOf(script).entries()) {
    const report = expect.step(step, reports);
    const other = actual.step(step, reports);
    const fields = [
      ...differences("report", report, other),
      ...differences("view", expect.view(), actual.view()),
    ];
    if (fields.length > 0) return { at, fields };
    reports.push(report);
  }
  return null;
}

/** Every leaf on which two pieces of plain data differ, by path. */
export function differences(field: string, expect: unknown, actual: unknown): FieldDifference[] {
  if (Object.is(expect, actual)) return [];
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

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function spell(value: unknown): string {
  if (typeof value === "bigint") return `0x${value.toString(16)}`;
  return value === undefined ? "absent" : isTree(value) ? "present" : String(value);
}
