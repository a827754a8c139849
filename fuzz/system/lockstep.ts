/**
 * Runs a script on two systems, one step after the other, and compares everything that each step shows.
 *
 * After each step reports and tables are compared; the bytes of every cVM as they are, and tags, now and then and at the
 * end. Where anything differs the script runs again with the whole view after each step, which says where and what.
 */
import type {
  Step,
  StepReport,
  SystemScript,
  SystemUnderTest,
  SystemView,
} from "../../model/system-contract.ts";
import { differences, isEqual, type SystemDivergence } from "./difference.ts";
import { asSliced, needsSlices, runSlices, stepsOf } from "./slices.ts";

export { differences, isEqual, type SystemDivergence } from "./difference.ts";
export { stepsOf } from "./slices.ts";

const PAGE = 4096;
const ZEROS = new Uint8Array(PAGE);
/** Steps from one comparison of what memory holds to the next. */
const MEMORY_EVERY = 8;
/** Steps from one comparison of whole views, tags too, to the next. */
const WHOLE_EVERY = 64;

/** Runs a script on both; null if they agree to its end. Afterwards both are where they parted, or at the end. */
export function compareSystems(
  script: SystemScript,
  expect: SystemUnderTest,
  actual: SystemUnderTest,
): SystemDivergence | null {
  const sliced = needsSlices(script) ? asSliced(expect, actual) : null;
  if (sliced !== null) return runSlices(script, sliced.expect, sliced.actual).difference;
  const steps = stepsOf(script);
  const follower = new Follower(expect, actual);
  const reports: StepReport[] = [];
  expect.reset();
  follower.begin();
  for (const step of steps) {
    const report = expect.step(step, reports);
    if (!follower.agrees(step, report, reports, expect.outline())) break;
    reports.push(report);
  }
  if (reports.length === steps.length && follower.agreesInAll()) return null;
  return locate(steps, expect, actual) ?? { at: reports.length, fields: [UNSTEADY] };
}

/** A difference that does not come again. */
export const UNSTEADY = { field: "run", expect: "the same each time", actual: "differed once" };

/** Takes the steps that another system has just taken, and says whether it agrees. */
export class Follower {
  readonly #expect: SystemUnderTest;
  readonly #actual: SystemUnderTest;
  #steps = 0;
  /** The outlines that were last found to be equal. */
  #equal: readonly [SystemView, SystemView] | null = null;

  constructor(expect: SystemUnderTest, actual: SystemUnderTest) {
    this.#expect = expect;
    this.#actual = actual;
  }

  begin(): void {
    this.#actual.reset();
    this.#steps = 0;
    this.#equal = null;
  }

  /** `outline` is that of the system followed, after the step; `reports` are those of the steps before. */
  agrees(step: Step, report: StepReport, reports: readonly StepReport[], outline: SystemView): boolean {
    const other = attempt(this.#actual, step, reports);
    this.#steps++;
    const found = this.#actual.outline();
    if (!isEqual(report, other) || !isEqual(outline, found, ...(this.#equal ?? []))) return false;
    this.#equal = [outline, found];
    if (this.#steps % MEMORY_EVERY === 0 && !outline.cvms.every(({ name }) => this.#holdsTheSame(name))) {
      return false;
    }
    return this.#steps % WHOLE_EVERY !== 0 || this.agreesInAll();
  }

  /** Whether the whole views agree. */
  agreesInAll(): boolean {
    return isEqual(this.#expect.view(), this.#actual.view());
  }

  #holdsTheSame(name: string): boolean {
    const [expect, actual] = [this.#expect.pages(name), this.#actual.pages(name)];
    return expect.every((page, index) => {
      const other = actual[index] ?? null;
      return page === other || Buffer.compare(page ?? ZEROS, other ?? ZEROS) === 0;
    });
  }
}

/** The first step after which the whole views differ, and how. */
function locate(
  steps: readonly Step[],
  expect: SystemUnderTest,
  actual: SystemUnderTest,
): SystemDivergence | null {
  expect.reset();
  actual.reset();
  const reports: StepReport[] = [];
  for (const [at, step] of steps.entries()) {
    const report = expect.step(step, reports);
    const other = attempt(actual, step, reports);
    if ("thrown" in other) return { at, fields: differences("report", "a report", other.thrown) };
    const fields = [
      ...differences("report", report, other),
      ...differences("view", expect.view(), actual.view()),
    ];
    if (fields.length > 0) return { at, fields };
    reports.push(report);
  }
  return null;
}

/** The step; what was thrown, where an implementation gives up: its next reset brings it back. */
function attempt(
  system: SystemUnderTest,
  step: Step,
  reports: readonly StepReport[],
): StepReport | { readonly thrown: string } {
  try {
    return system.step(step, reports);
  } catch (error) {
    return { thrown: `thrown: ${(error as Error).message}` };
  }
}
