/** Runs a script on both systems, checks what it expects of each, and tells what is wrong. */
import { errorNumbers } from "../../model/intravisor/errors.ts";
import type {
  Expectation,
  SecretPair,
  Step,
  StepReport,
  SystemScript,
  SystemUnderTest,
  SystemView,
  ThreadName,
  Value,
} from "../../model/system-contract.ts";
import { reportText, resultText } from "./listing.ts";
import { compareSystems, type SystemDivergence, stepsOf } from "./lockstep.ts";
import type { JudgedSystem } from "./oracle/judged.ts";
import type { SystemViolation } from "./oracle/oracle.ts";
import type { Leak } from "./oracle/pair/pair.ts";
import { leakText } from "./oracle/pair/story.ts";
import { asSliced, needsSlices, runSlices } from "./slices.ts";

/** An expectation that a system does not meet. */
export interface Unmet {
  /** The step, counted from the first creation. */
  readonly at: number;
  /** Name of the system. */
  readonly system: string;
  readonly expect: string;
  readonly actual: string;
}

/**
 * What is wrong with a script: the systems differ, one does not do as the script expects, or on one two worlds can be
 * told apart, or one breaks a rule.
 */
export type Failure =
  | { readonly kind: "difference"; readonly difference: SystemDivergence }
  | { readonly kind: "expectation"; readonly unmet: Unmet }
  | { readonly kind: "leak"; readonly system: string; readonly pair: SecretPair; readonly leak: Leak }
  | { readonly kind: "violation"; readonly violation: SystemViolation };

/** The step at which something is wrong, counted from the first creation. */
export function stepOfFailure(failure: Failure): number {
  switch (failure.kind) {
    case "difference":
      return failure.difference.at;
    case "expectation":
      return failure.unmet.at;
    case "leak":
      return failure.leak.at;
    case "violation":
      return failure.violation.at;
  }
}

/** The first rule that a system breaks in a script; `reference` is what it follows where it is run in slices. */
export function violationIn(
  script: SystemScript,
  reference: SystemUnderTest,
  judged: JudgedSystem,
): SystemViolation | null {
  if (needsSlices(script)) compareSystems(script, reference, judged);
  else {
    judged.reset();
    const reports: StepReport[] = [];
    for (const step of stepsOf(script)) {
      reports.push(judged.step(step, reports));
      if (judged.violation !== null) break;
    }
  }
  return judged.finish();
}

/** What is wrong with a script first; null if nothing is. A difference goes before expectations. */
export function judgeScript(
  script: SystemScript,
  expect: SystemUnderTest,
  actual: SystemUnderTest,
): Failure | null {
  const both = needsSlices(script) ? asSliced(expect, actual) : null;
  if (both !== null) {
    const { reports, difference } = runSlices(script, both.expect, both.actual);
    if (difference !== null) return { kind: "difference", difference };
    const unmet = unmetOf(script, { reports, views: [] }, actual.name);
    return unmet === null ? null : { kind: "expectation", unmet };
  }
  const difference = compareSystems(script, expect, actual);
  if (difference !== null) return { kind: "difference", difference };
  const unmet = unmetIn(script, expect) ?? unmetIn(script, actual);
  return unmet === null ? null : { kind: "expectation", unmet };
}

/** The first expectation that one system does not meet. */
export function unmetIn(script: SystemScript, system: SystemUnderTest): Unmet | null {
  if (script.steps.every(({ expect }) => expect?.result === undefined)) return null;
  return unmetOf(script, runOn(script, system), system.name);
}

/** The first expectation that a run does not meet. */
function unmetOf(script: SystemScript, run: Run, system: string): Unmet | null {
  const steps = stepsOf(script);
  for (const [at, step] of steps.entries()) {
    const wanted = step.expect?.result;
    if (wanted === undefined) continue;
    const expect = meaning(wanted, step, at, run);
    const actual = resultOf(at, step, run.reports);
    if (expect === actual) continue;
    const told = actual === null ? `no result (${reportText(run.reports[at]!)})` : resultText(actual);
    return {
      at,
      system,
      expect: expect === null ? "an address" : resultText(expect),
      actual: told,
    };
  }
  return null;
}

interface Run {
  readonly reports: readonly StepReport[];
  /** What there was before each step; of a run in slices there is none. */
  readonly views: readonly SystemView[];
}

export function runOn(script: SystemScript, system: SystemUnderTest): Run {
  system.reset();
  const reports: StepReport[] = [];
  const views: SystemView[] = [];
  for (const step of stepsOf(script)) {
    views.push(system.outline());
    reports.push(system.step(step, reports));
  }
  return { reports, views };
}

/** a0 of a step: of a call that waits, what it has when it comes back. Null if there is none. */
function resultOf(at: number, { by }: Step, reports: readonly StepReport[]): bigint | null {
  const { outcome } = reports[at]!;
  switch (outcome.kind) {
    case "returned":
      return outcome.values[0];
    case "entered":
      return outcome.values[0] ?? null;
    case "done":
      return outcome.value;
    case "blocked":
      return by === null ? null : wokenWith(by, reports.slice(at));
    default:
      return null;
  }
}

function wokenWith({ cvm, thread }: ThreadName, reports: readonly StepReport[]): bigint | null {
  for (const { woken } of reports) {
    const found = woken.find((one) => one.thread.cvm === cvm && one.thread.thread === thread);
    if (found !== undefined) return found.values[0];
  }
  return null;
}

/** What an expectation stands for at its step; null: the place that it names is not there. */
function meaning(
  wanted: NonNullable<Expectation["result"]>,
  step: Step,
  at: number,
  { reports, views }: Run,
): bigint | null {
  if (wanted.kind === "error") return BigInt.asUintN(64, -errorNumbers[wanted.error]);
  return valueIn(wanted, step, views[at]?.cvms ?? [], reports);
}

function valueIn(
  value: Value,
  { by }: Step,
  cvms: SystemView["cvms"],
  reports: readonly StepReport[],
): bigint | null {
  switch (value.kind) {
    case "number":
      return value.value;
    case "at": {
      const acting = cvms.find(({ name }) => name === by?.cvm)?.threads[by?.thread ?? 0];
      const wanted = value.cvm ?? acting?.domains.at(-1);
      const cvm = cvms.find(({ name }) => name === wanted);
      if (cvm === undefined) return null;
      const base = value.part === "code" ? cvm.base : cvm.dataBase;
      return BigInt.asUintN(64, base + value.offset);
    }
    case "result": {
      const outcome = reports[value.step]?.outcome;
      return outcome?.kind === "returned" ? (outcome.values[value.index] ?? 0n) : 0n;
    }
  }
}

/** What is wrong, in lines. */
export function failureText(failure: Failure): string[] {
  if (failure.kind === "leak") return leakText(failure.pair, failure.system, failure.leak);
  if (failure.kind === "violation") return violationText(failure.violation);
  if (failure.kind === "expectation") {
    const { at, system, expect, actual } = failure.unmet;
    return [`step ${at}: ${system} does not do as expected: expected ${expect}, found ${actual}`];
  }
  const { at, fields } = failure.difference;
  const shown = fields
    .slice(0, 12)
    .map(({ field, expect, actual }) => `  ${field}: expected ${expect}, found ${actual}`);
  const rest = fields.length > shown.length ? [`  and ${fields.length - shown.length} more`] : [];
  return [`step ${at}: the systems differ`, ...shown, ...rest];
}

function violationText({ oracle, rule, invariants, at, text }: SystemViolation): string[] {
  const numbers = invariants.map((number) => `I-${number}`).join(", ");
  return [
    `step ${at}: oracle ${oracle}: rule "${rule}" is broken (${numbers})`,
    ...text.map((line) => `  ${line}`),
  ];
}
