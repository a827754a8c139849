/**
 * Runs a script on two systems in slices: threads of an implementation stop anywhere, and the reference follows.
 *
 * What the Intravisor does is compared as exactly as ever: each call when it is served, each event, each wake-up. What
 * guest code does is taken over from the implementation if it is something that the guest may do. A step that nobody
 * interrupts and that is no arbitrary code is compared whole, as if it was atomic.
 */
import type {
  Action,
  Event,
  Outcome,
  ReferenceSystem,
  SliceReport,
  Step,
  SteppedSystem,
  StepReport,
  SystemScript,
  SystemUnderTest,
  ThreadName,
  ThreadView,
  Written,
} from "../../model/system-contract.ts";
import type { FieldDifference } from "../program/finding.ts";
import { differences, isEqual, type SystemDivergence } from "./difference.ts";
import { threadText } from "./listing.ts";
import { writtenIn, writtenText } from "./slice-memory.ts";
import { type ActionStep, type Current, callOf, idle, isStale } from "./slice-step.ts";

/** Machine steps of a slice where nothing says how many. */
const REST = 1 << 16;
/** Slices of one step at its end, more than the longest copy takes. */
const SLICES_MAX = 4096;

/** One slice, or one event, as it was. */
export interface SliceMoment {
  readonly at: number;
  readonly by: ThreadName | null;
  readonly slice: SliceReport | null;
  /** What the thread was about, and the domains that it is in afterwards. */
  readonly action: Action | null;
  readonly depth: number;
  readonly event: Event | null;
}

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
  const run = new Slices(script, expect, actual, watch);
  try {
    run.all();
    return { reports: run.reports, difference: null };
  } catch (error) {
    if (error instanceof Parted) return { reports: run.reports, difference: error.difference };
    const thrown = `thrown: ${(error as Error).message}`;
    return {
      reports: run.reports,
      difference: { at: run.at, fields: differences("slice", "a slice", thrown) },
    };
  }
}

class Parted extends Error {
  readonly difference: SystemDivergence;

  constructor(difference: SystemDivergence) {
    super("the systems differ");
    this.difference = difference;
  }
}

class Slices {
  readonly reports: StepReport[] = [];
  /** The step under way. */
  at = 0;
  readonly #expect: ReferenceSystem;
  readonly #actual: SteppedSystem;
  readonly #watch: (moment: SliceMoment) => void;
  readonly #script: SystemScript;
  readonly #steps: readonly Step[];
  /** Steps of each thread and of the world that are to come, by name. */
  readonly #queues = new Map<string, number[]>();
  readonly #currents = new Map<string, Current>();
  /** Threads that have run arbitrary code. */
  readonly #wild = new Set<string>();
  /** Threads whose program was left, to go on or not. */
  readonly #left = new Set<string>();

  constructor(
    script: SystemScript,
    expect: ReferenceSystem,
    actual: SteppedSystem,
    watch: (moment: SliceMoment) => void,
  ) {
    this.#expect = expect;
    this.#actual = actual;
    this.#watch = watch;
    this.#script = script;
    this.#steps = stepsOf(script);
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
      if (this.reports[at] === undefined) this.#finish(at);
      this.#bringHome();
    }
    this.#same("view", this.#expect.view(), this.#actual.view());
  }

  #queue(name: string): number[] {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    return queue;
  }

  #happen(at: number): void {
    this.at = at;
    const step = this.#steps[at]!;
    const report = this.#expect.step(step, this.reports);
    this.#same("report", report, this.#actual.step(step, this.reports));
    this.#sameState();
    this.reports[at] = report;
    this.#queues.set(
      "",
      this.#queue("").filter((one) => one !== at),
    );
    this.#others(null, report);
    const event = step.by === null ? step.event : null;
    this.#watch({ at, by: null, slice: null, action: null, depth: 0, event });
  }

  /** A step to its end, that of its thread before it first. */
  #finish(at: number): void {
    const { by } = this.#steps[at]!;
    if (by === null) {
      this.#happen(at);
      return;
    }
    for (let slices = 0; this.reports[at] === undefined; slices++) {
      const current = this.#currents.get(threadText(by));
      if (current !== undefined && this.#stateOf(by) === "blocked") {
        const outcome: Outcome =
          current.at === at ? { kind: "blocked" } : { kind: "refused", why: "blocked" };
        this.reports[at] = { outcome, woken: current.at === at ? current.woken : [], devices: [] };
        return;
      }
      if (slices > SLICES_MAX) throw new Error("a step did not end");
      this.#turn(by, REST);
    }
  }

  /** Whoever was woken comes back. */
  #bringHome(): void {
    for (const [name, current] of [...this.#currents]) {
      for (let slices = 0; this.#currents.get(name) === current; slices++) {
        if (this.#stateOf(current.step.by) !== "ready") break;
        if (slices > SLICES_MAX) throw new Error("a step did not end");
        this.#turn(current.step.by, REST);
      }
    }
  }

  /** One slice of a thread. */
  #turn(by: ThreadName, steps: number): void {
    const name = threadText(by);
    const current = this.#currents.get(name) ?? this.#begin(by);
    if (current === null || this.#stateOf(by) !== "ready") return;
    this.at = current.at ?? this.at;
    if (current.asked !== null && this.#serve(by, current)) return;
    if (current.kind === "local") current.allowed.push(this.#would(current));
    // A piece of a program ends where it is out of the gate again.
    const most = current.kind === "go" ? Math.max(1, current.left) : steps;
    const slice = this.#actual.run(by, Math.min(steps, most));
    this.#show(by, current, slice);
    this.#follow(by, current, slice);
  }

  #show(by: ThreadName, { step }: Current, slice: SliceReport): void {
    const depth = this.#threadOf(by)?.domains.length ?? 0;
    this.#watch({ at: this.at, by, slice, action: step.action, depth, event: null });
  }

  #would({ step }: Current): Outcome {
    return this.#expect.guest.would(step, this.reports).outcome;
  }

  /** The next step of a thread; null if it has none, or it is over at once. */
  #begin(by: ThreadName): Current | null {
    const name = threadText(by);
    if (!this.#left.has(name) && this.#actual.runnable().some((one) => threadText(one) === name)) {
      return this.#beginStray(by);
    }
    const at = this.#queue(name).shift();
    if (at === undefined) return null;
    this.at = at;
    const step = this.#steps[at] as ActionStep;
    const action = this.#expect.guest.settled(by, step.action, this.reports);
    const ended = this.#actual.begin(by, step.action, this.reports);
    const would = this.#expect.guest.would({ by, action }, this.reports).outcome;
    if (ended !== null || would.kind === "refused") {
      const isPlaceless = action.do === "body" && ended?.kind === "returned";
      if (!isPlaceless) this.#same("report.outcome", would, ended);
      this.reports[at] = { outcome: ended!, woken: [], devices: [] };
      return null;
    }
    const call = callOf(action);
    const kind = call !== null ? "call" : action.do === "body" || action.do === "go" ? action.do : "local";
    if (kind === "body" || kind === "go") this.#wild.add(name);
    return this.#set(name, { ...idle(), at, step: { by, action }, kind, call });
  }

  /** What a thread does that another began, whose cVM is gone: it goes on in the cVM where it was. */
  #beginStray(by: ThreadName): Current {
    const name = threadText(by);
    this.#wild.add(name);
    return this.#set(name, {
      ...idle(),
      at: null,
      step: { by, action: { do: "go" } },
      kind: "go",
      call: null,
    });
  }

  #set(name: string, current: Current): Current {
    this.#left.delete(name);
    this.#currents.set(name, current);
    return current;
  }

  /** Serves what a thread has asked for; true if its step is over, or waits. */
  #serve(by: ThreadName, current: Current): boolean {
    const slice = this.#actual.run(by, 0);
    const { number, args } = current.asked!;
    current.asked = null;
    const report = this.#expect.guest.serve(by, number, args);
    this.#same("report", report, {
      outcome: slice.served,
      woken: slice.woken,
      devices: slice.devices,
    });
    this.#sameState();
    current.answer = report.outcome;
    this.#others(current, report);
    this.#show(by, current, slice);
    if (slice.end.kind === "preempted") return false;
    if (slice.end.kind !== "blocked") this.#over(by, current, slice.end as Outcome);
    return true;
  }

  /** What a thread has done by itself. */
  #follow(by: ThreadName, current: Current, slice: SliceReport): void {
    const { end } = slice;
    current.left -= slice.steps;
    if (current.kind === "local" && current.isWhole && end.kind === "returned" && this.#hasPointers(by)) {
      const report = this.#expect.step(current.step, this.reports);
      this.#same("report", report, { outcome: end, woken: slice.woken, devices: slice.devices });
      this.#sameState();
      this.#over(by, current, end);
      return;
    }
    current.isWhole = false;
    if (end.kind === "faulted") {
      this.#trapped(by, current, slice);
      return;
    }
    this.#adopt(by, { written: writtenIn(this.#expect, this.#actual), ddc: slice.ddc });
    this.#same("report", { woken: [], devices: [] }, { woken: slice.woken, devices: slice.devices });
    this.#sameTables();
    this.#others(current, slice);
    if (end.kind === "asks") {
      current.asked = { number: end.number, args: end.args };
      if (current.call !== null) this.#same("asks", current.call, current.asked);
    } else if (end.kind === "preempted") {
      const isUsedUp = current.kind === "go" && current.left <= 0 && slice.place !== "gate";
      if (!isUsedUp) return;
      this.#over(by, current, { kind: "returned", values: [0n, 0n, 0n] });
      this.#left.add(threadText(by));
    } else this.#ended(by, current, end);
  }

  /** The step is over, and has to have come to what was seen on its way. */
  #ended(by: ThreadName, current: Current, end: Outcome): void {
    const { answer, allowed } = current;
    if (end.kind === "refused") throw new Error(`a thread that can run was refused: ${end.why}`);
    if (current.kind === "call" && answer?.kind === "returned" && end.kind === "entered") {
      // Somebody who waited for room has been let in.
      this.#same("report.outcome.values", answer.values, end.values.slice(0, 3));
    } else if (current.kind === "call" || (end.kind === "entered" && answer?.kind === "entered")) {
      this.#same("report.outcome", answer, end);
    }
    if (current.kind === "local" && this.#hasPointers(by)) {
      // Whoever loses what is copied in the middle is told so, whatever it finds afterwards.
      const isChanging = allowed.some((one) => !isEqual(one, allowed[0]));
      const isAllowed = allowed.some((one) => isEqual(one, end)) || (isChanging && isStale(end));
      const isLoad = current.step.action.do === "load";
      if (!isAllowed && !isLoad) this.#same("report.outcome", allowed.at(-1), end);
    }
    this.#over(by, current, end);
  }

  #trapped(by: ThreadName, current: Current, slice: SliceReport): void {
    const { cause, value } = slice.end as Extract<Outcome, { kind: "faulted" }>;
    // Some of what has changed is what comes of the trap: it is seen once the reference has taken that too.
    const isArbitrary = this.#wild.has(threadText(by));
    this.#expect.guest.adopt(by, { written: writtenIn(this.#expect, this.#actual), isArbitrary });
    this.#adopt(by, { written: [], ddc: slice.ddc });
    const report = this.#expect.guest.trap(by, cause, value, slice.ddc);
    // A handler finds registers on its stack that nobody else knows of.
    const shown = writtenIn(this.#expect, this.#actual);
    if (shown.length > 0) this.#adopt(by, { written: shown });
    this.#same("report", report, { outcome: slice.end, woken: slice.woken, devices: slice.devices });
    this.#sameState();
    const isExpected = current.kind !== "call" && (current.kind !== "local" || !this.#isSure(current));
    if (!isExpected) this.#same("report.outcome", current.allowed.at(-1) ?? current.answer, slice.end);
    this.#others(current, report);
    this.#over(by, current, slice.end as Outcome);
  }

  /** Whether a step of one's own cannot but succeed. */
  #isSure({ allowed, step: { by } }: Current): boolean {
    return !this.#wild.has(threadText(by)) && allowed.every(({ kind }) => kind !== "faulted");
  }

  #adopt(by: ThreadName, what: { written: readonly Written[]; ddc?: SliceReport["ddc"] }): void {
    if (this.#stateOf(by) !== "ready") {
      if (what.written.length > 0) this.#part("slice.written", "nothing", writtenText(what.written));
      return;
    }
    const isArbitrary = this.#wild.has(threadText(by));
    const violations = this.#expect.guest.adopt(by, { ...what, isArbitrary });
    if (violations.length > 0) this.#part("slice.guest", "what the guest may do", violations.join("; "));
  }

  /** The step is over: whatever is still to come of its thread comes after it. */
  #over(by: ThreadName, { at, woken, devices }: Current, outcome: Outcome): void {
    this.#currents.delete(threadText(by));
    if (at !== null) this.reports[at] = { outcome, woken, devices };
  }

  /** What a slice or an event means for what others are about. */
  #others(acting: Current | null, { woken, devices }: Pick<StepReport, "woken" | "devices">): void {
    acting?.woken.push(...woken);
    acting?.devices.push(...devices);
    const runnable = new Set(woken.length === 0 ? [] : this.#actual.runnable().map(threadText));
    for (const { thread, values } of woken) {
      const name = threadText(thread);
      const current = this.#currents.get(name);
      if (current === undefined) continue;
      current.answer = { kind: "returned", values };
      current.asked = null;
      if (!runnable.has(name)) this.#over(thread, current, current.answer);
    }
    for (const current of [...this.#currents.values()]) {
      if (current !== acting) current.isWhole = false;
      const { by } = current.step;
      if (this.#stateOf(by) === null) this.#over(by, current, { kind: "refused", why: "no such thread" });
    }
  }

  /** A thread of a cVM that runs, as the reference has it. */
  #threadOf({ cvm, thread }: ThreadName): ThreadView | undefined {
    const found = this.#expect.outline().cvms.find(({ name }) => name === cvm);
    return found?.state === "running" ? found.threads[thread] : undefined;
  }

  /** Whether a thread is there and can run; null if it is gone. */
  #stateOf(by: ThreadName): "ready" | "blocked" | null {
    const state = this.#threadOf(by)?.state ?? "dead";
    return state === "dead" ? null : state;
  }

  /** Whether a thread is under a DDC of its own, so that its plain accesses are determined. */
  #hasPointers(by: ThreadName): boolean {
    return (this.#threadOf(by)?.ddcTop ?? 0n) > 0n;
  }

  #sameTables(): void {
    const [expect, actual] = [this.#expect.outline(), this.#actual.outline()];
    if (!isEqual(expect, actual)) this.#same("view", expect, actual);
  }

  #sameState(): void {
    this.#sameTables();
    const written = writtenIn(this.#expect, this.#actual);
    if (written.length > 0) this.#part("view.data", "as the reference has it", writtenText(written));
  }

  #same(field: string, expect: unknown, actual: unknown): void {
    const fields = differences(field, expect, actual);
    if (fields.length > 0) throw new Parted({ at: this.at, fields });
  }

  #part(field: string, expect: string, actual: string): never {
    const fields: FieldDifference[] = [{ field, expect, actual }];
    throw new Parted({ at: this.at, fields });
  }
}
