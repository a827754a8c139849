/**
 * Runs a script on two systems in slices: threads of an implementation stop anywhere, and the reference follows.
 *
 * What the Intravisor does is compared as exactly as ever: each call when it is served, each event, each wake-up. What
 * guest code does is taken over from the implementation if it is something that the guest may do. A step that nobody
 * interrupts and that is no arbitrary code is compared whole, as if it was atomic.
 */
import type {
  Outcome,
  ReferenceSystem,
  Step,
  SteppedSystem,
  StepReport,
  SystemScript,
  SystemUnderTest,
  ThreadName,
} from "../../model/system-contract.ts";
import { differences, type SystemDivergence } from "./difference.ts";
import { threadText } from "./listing.ts";
import { Course, Lost } from "./slice-course.ts";
import type { SliceMoment } from "./slice-moment.ts";
import { Parted, Sides } from "./slice-sides.ts";
import type { ActionStep, Current } from "./slice-step.ts";

/** Machine steps of a slice where nothing says how many. */
const REST = 1 << 16;
/** Slices of one step at its end, more than the longest copy takes. */
const SLICES_MAX = 4096;

/** The steps of a script: its cVMs are created first, in order. */
export function stepsOf({ cvms, steps }: Pick<SystemScript, "cvms" | "steps">): readonly Step[] {
  return [...cvms.map((cvm): Step => ({ by: null, event: { do: "create", cvm } })), ...steps];
}

/** Whether a script's steps cannot be taken as atomic ones. */
export function needsSlices({ schedule, steps }: SystemScript): boolean {
  return (
    schedule.length > 0 ||
    steps.some((step) => step.by !== null && (step.action.do === "body" || step.action.do === "go"))
  );
}

/** The two as what can be run in slices; null if they cannot. */
export function asSliced(
  expect: SystemUnderTest,
  actual: SystemUnderTest,
): { expect: ReferenceSystem; actual: SteppedSystem } | null {
  if (!("guest" in expect) || !("begin" in actual)) return null;
  return { expect: expect as ReferenceSystem, actual: actual as SteppedSystem };
}

/** How far a script came, and where the systems part, if they do. Reports are those of the implementation, by step. */
export interface SliceRun {
  readonly reports: readonly StepReport[];
  readonly difference: SystemDivergence | null;
}

/** Runs a script on both in slices. */
export function runSlices(
  script: SystemScript,
  expect: ReferenceSystem,
  actual: SteppedSystem,
  watch: (moment: SliceMoment) => void = () => {},
): SliceRun {
  expect.reset();
  actual.reset();
  const sides = new Sides(expect, actual);
  const run = new Slices(script, sides, watch);
  try {
    run.all();
    return { reports: run.reports, difference: null };
  } catch (error) {
    if (error instanceof Lost) return { reports: run.reports, difference: null };
    if (error instanceof Parted) return { reports: run.reports, difference: error.difference };
    const thrown = `thrown: ${(error as Error).message}`;
    return {
      reports: run.reports,
      difference: { at: sides.at, fields: differences("slice", "a slice", thrown) },
    };
  }
}

/** The order in which steps begin and threads run. */
class Slices {
  readonly #sides: Sides;
  readonly #course: Course;
  readonly #script: SystemScript;
  readonly #steps: readonly Step[];
  /** Steps of each thread and of the world that are to come, by name. */
  readonly #queues = new Map<string, number[]>();

  constructor(script: SystemScript, sides: Sides, watch: (moment: SliceMoment) => void) {
    this.#sides = sides;
    this.#course = new Course(sides, watch);
    this.#script = script;
    this.#steps = stepsOf(script);
  }

  get reports(): readonly StepReport[] {
    return this.#course.reports;
  }

  all(): void {
    const { cvms, schedule } = this.#script;
    for (const [at, step] of this.#steps.entries()) {
      if (at < cvms.length) this.#happen(at);
      else this.#queue(step.by === null ? "" : threadText(step.by)).push(at);
    }
    for (const { thread, steps } of schedule) {
      if (thread !== null) this.#turn(thread, steps);
      else {
        const at = this.#queue("").shift();
        if (at !== undefined) this.#happen(at);
      }
    }
    for (let at = cvms.length; at < this.#steps.length; at++) {
      if (this.#course.reports[at] === undefined) this.#finish(at);
      this.#bringHome();
    }
    this.#sides.same("view", this.#sides.expect.view(), this.#sides.actual.view());
  }

  #queue(name: string): number[] {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    return queue;
  }

  #happen(at: number): void {
    this.#sides.at = at;
    const step = this.#steps[at]!;
    const report = this.#sides.expect.step(step, this.#course.reports);
    this.#sides.same("report", report, this.#sides.actual.step(step, this.#course.reports));
    this.#sides.followInside();
    this.#sides.sameState();
    this.#course.reports[at] = report;
    this.#queues.set(
      "",
      this.#queue("").filter((one) => one !== at),
    );
    this.#course.others(null, report);
    const event = step.by === null ? step.event : null;
    this.#course.tell({ at, by: null, event });
  }

  /** A step to its end, that of its thread before it first. */
  #finish(at: number): void {
    const { by } = this.#steps[at]!;
    if (by === null) {
      this.#happen(at);
      return;
    }
    for (let slices = 0; this.#course.reports[at] === undefined; slices++) {
      const current = this.#course.of(by);
      if (current !== undefined && this.#sides.stateOf(by) === "blocked") {
        const outcome: Outcome =
          current.at === at ? { kind: "blocked" } : { kind: "refused", why: "blocked" };
        this.#course.reports[at] = { outcome, woken: current.at === at ? current.woken : [], devices: [] };
        return;
      }
      if (slices > SLICES_MAX) throw new Error("a step did not end");
      this.#turn(by, REST);
    }
  }

  /** Whoever was woken comes back. */
  #bringHome(): void {
    for (const current of this.#course.all()) {
      const { by } = current.step;
      for (let slices = 0; this.#course.of(by) === current; slices++) {
        if (this.#sides.stateOf(by) !== "ready") break;
        if (slices > SLICES_MAX) throw new Error("a step did not end");
        this.#turn(by, REST);
      }
    }
  }

  /** One slice of a thread. */
  #turn(by: ThreadName, steps: number): void {
    const current = this.#course.of(by) ?? this.#begin(by);
    if (current !== null && this.#sides.stateOf(by) === "ready") this.#course.run(by, current, steps);
  }

  /** The next step of a thread; null if it has none, or it is over at once. */
  #begin(by: ThreadName): Current | null {
    if (this.#course.isStray(by)) return this.#course.beginStray(by);
    const at = this.#queue(threadText(by)).shift();
    return at === undefined ? null : this.#course.begin(by, at, this.#steps[at] as ActionStep);
  }
}
