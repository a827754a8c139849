/**
 * What threads are about in slices, each from the beginning of its step to the end: what the Intravisor does for them is
 * what the reference does, and what they do by themselves is what a guest may do.
 */
import type {
  GuestSlice,
  Outcome,
  SliceReport,
  StepReport,
  ThreadName,
} from "../../model/system-contract.ts";
import { isEqual } from "./difference.ts";
import { threadText } from "./listing.ts";
import { Callbacks } from "./slice-callback.ts";
import type { SliceMoment } from "./slice-moment.ts";
import { ObjectVisit } from "./slice-object.ts";
import type { Sides } from "./slice-sides.ts";
import { type ActionStep, type Current, idle, isStale, kindOf } from "./slice-step.ts";

/** More machine steps than objects are given. */
const LONG = 1 << 20;
/** Calls of the guest's own that go by what is in c27. */
const USE_BUFFER: readonly string[] = ["cp_buffer_read", "cp_buffer_write"];

/** An object has called back a client under whose DDC the reference cannot say what it does: nothing more is compared. */
export class Lost extends Error {}

export class Course {
  /** How steps of the script ended, by number. */
  readonly reports: StepReport[] = [];
  readonly #sides: Sides;
  readonly #watch: (moment: SliceMoment) => void;
  readonly #callbacks: Callbacks;
  readonly #currents = new Map<string, Current>();
  /** Threads that have run arbitrary code. */
  readonly #wild = new Set<string>();
  /** Threads whose program was left, to go on or not. */
  readonly #left = new Set<string>();

  constructor(sides: Sides, watch: (moment: SliceMoment) => void) {
    this.#sides = sides;
    this.#callbacks = new Callbacks(sides);
    this.#watch = watch;
  }

  /** What a thread is about. */
  of(by: ThreadName): Current | undefined {
    return this.#currents.get(threadText(by));
  }

  /** What all threads are about. */
  all(): Current[] {
    return [...this.#currents.values()];
  }

  /** One slice of a thread that can run. */
  run(by: ThreadName, current: Current, steps: number): void {
    this.#sides.at = current.at ?? this.#sides.at;
    if (current.asked !== null && this.#serve(by, current)) return;
    if (current.kind === "local") current.allowed.push(this.#would(current));
    current.visit?.goesOn();
    // A piece of a program ends where it is out of the gate again.
    const most = current.kind === "go" ? Math.max(1, current.left) : steps;
    const isAtOnce = current.visit !== null && this.#callbacks.areIn(by);
    const slice = this.#sides.actual.run(by, isAtOnce ? LONG : Math.min(steps, most));
    this.#show(by, current, slice, null);
    this.#follow(by, current, slice);
    const visit = current.visit?.end ?? null;
    if (visit !== null) this.tell({ at: this.#sides.at, by, action: current.step.action, visit });
  }

  #show(by: ThreadName, { step: { action } }: Current, slice: SliceReport, served: bigint | null): void {
    this.tell({ at: this.#sides.at, by, action, slice, served });
  }

  /** Shows a moment to whoever watches. */
  tell(what: Pick<SliceMoment, "at" | "by"> & Partial<SliceMoment>): void {
    const depth = what.by === null ? 0 : (this.#sides.threadOf(what.by)?.domains.length ?? 0);
    const inside = what.by === null ? [] : this.#sides.actual.inside(what.by);
    const nothing = { slice: null, action: null, event: null, served: null, visit: null };
    this.#watch({ ...nothing, depth, inside, ...what });
  }

  #would({ step }: Current): Outcome {
    return this.#sides.expect.guest.would(step, this.reports).outcome;
  }

  /** Whether a thread has something under way that another began, whose cVM is gone. */
  isStray(by: ThreadName): boolean {
    const name = threadText(by);
    return !this.#left.has(name) && this.#sides.actual.runnable().some((one) => threadText(one) === name);
  }

  /** A thread begins a step of the script; null if that is over at once. */
  begin(by: ThreadName, at: number, step: ActionStep): Current | null {
    const name = threadText(by);
    this.#sides.at = at;
    const action = this.#sides.expect.guest.settled(by, step.action, this.reports);
    const ended = this.#sides.actual.begin(by, step.action, this.reports);
    const would = this.#sides.expect.guest.would({ by, action }, this.reports).outcome;
    if (action.do === "place" && ended?.kind === "returned") {
      this.#placed(at, { by, action }, ended);
      return null;
    }
    if (ended !== null || would.kind === "refused") {
      const isPlaceless = action.do === "body" && ended?.kind === "returned";
      if (!isPlaceless) this.#sides.same("report.outcome", would, ended);
      this.reports[at] = { outcome: ended!, woken: [], devices: [] };
      return null;
    }
    const doing = kindOf(action);
    if (doing.kind === "body" || doing.kind === "go") this.#wild.add(name);
    const visit = doing.kind === "object" ? new ObjectVisit(this.#sides, { by, action }) : null;
    this.#sides.followInside();
    return this.#set(name, { ...idle(), at, step: { by, action }, ...doing, visit });
  }

  /** Bytes were put into memory at once, as the host does it for a guest. */
  #placed(at: number, step: ActionStep, ended: Outcome): void {
    if (this.#sides.hasPointers(step.by)) {
      const report = this.#sides.expect.step(step, this.reports);
      this.#sides.same("report.outcome", report.outcome, ended);
    } else this.#adopt(step.by, { written: this.#sides.written() });
    this.#sides.sameState();
    this.reports[at] = { outcome: ended, woken: [], devices: [] };
    this.others(null, this.reports[at]);
    this.tell({ at, by: step.by, action: step.action });
  }

  /** A stray thread goes on in the cVM where it is. */
  beginStray(by: ThreadName): Current {
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
    const { number, args } = current.asked!;
    if (this.#callbacks.areMadeBy(number)) this.#endVisits(by);
    const goesBack = this.#callbacks.endWith(by, number);
    const slice = this.#sides.actual.run(by, goesBack ? LONG : 0);
    current.asked = null;
    this.#sides.followInside();
    const report = this.#sides.expect.guest.serve(by, number, args);
    this.#sides.same("report", report, {
      outcome: goesBack ? slice.end : slice.served,
      woken: slice.woken,
      devices: slice.devices,
    });
    this.#callbacks.served(by, number, report.outcome);
    this.#sides.followInside();
    this.#sides.sameState();
    current.answer = report.outcome;
    this.others(current, report);
    this.#show(by, current, slice, number);
    if (slice.end.kind === "preempted") return false;
    if (slice.end.kind !== "blocked") this.#over(by, current, slice.end as Outcome);
    return true;
  }

  /** Lets calls into objects come back that threads of a domain have under way: from now on they may be called back. */
  #endVisits(by: ThreadName): void {
    const domain = this.#sides.domainOf(by);
    for (const current of this.all()) {
      const { by: other } = current.step;
      const isVisit = current.visit !== null && this.#sides.domainOf(other) === domain;
      if (isVisit && this.#sides.stateOf(other) === "ready") this.run(other, current, LONG);
    }
  }

  /** What a thread has done by itself. */
  #follow(by: ThreadName, current: Current, slice: SliceReport): void {
    const { end } = slice;
    current.left -= slice.steps;
    const isOver = end.kind === "returned" || (current.visit !== null && end.kind === "entered");
    if (current.isWhole && isOver && this.#isForeseen(by, current)) {
      const report = this.#sides.expect.step(current.step, this.reports);
      this.#sides.same("report", report, { outcome: end, woken: slice.woken, devices: slice.devices });
      this.#sides.sameState();
      current.visit?.isWhole();
      this.#over(by, current, end);
      return;
    }
    if (current.visit !== null && end.kind === "entered") throw new Lost();
    current.isWhole = false;
    if (end.kind === "faulted") {
      this.#trapped(by, current, slice);
      return;
    }
    current.visit?.begins();
    this.#adopt(by, { written: this.#sides.written(), ddc: slice.ddc, ...this.#amongObjects(by, current) });
    current.visit?.stops();
    this.#sides.same("report", { woken: [], devices: [] }, { woken: slice.woken, devices: slice.devices });
    this.#sides.sameTables();
    this.others(current, slice);
    if (end.kind === "asks") {
      if (this.#sides.actual.inside(by).length > 0) this.#sides.part("slice.end", "not in an object", "asks");
      current.asked = { number: end.number, args: end.args };
      if (current.call !== null) this.#sides.same("asks", current.call, current.asked);
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
      this.#sides.same("report.outcome.values", answer.values, end.values.slice(0, 3));
    } else if (current.kind === "call" || (end.kind === "entered" && answer?.kind === "entered")) {
      this.#sides.same("report.outcome", answer, end);
    }
    current.visit?.ends(end);
    if (this.#isDetermined(by, current)) {
      // Whoever loses what is copied in the middle is told so, whatever it finds afterwards.
      const isChanging = allowed.some((one) => !isEqual(one, allowed[0]));
      const isAllowed = allowed.some((one) => isEqual(one, end)) || (isChanging && isStale(end));
      const isLoad = current.step.action.do === "load";
      if (!isAllowed && !isLoad) this.#sides.same("report.outcome", allowed.at(-1), end);
    }
    this.#over(by, current, end);
  }

  #trapped(by: ThreadName, current: Current, slice: SliceReport): void {
    const { cause, value } = slice.end as Extract<Outcome, { kind: "faulted" }>;
    // Some of what has changed is what comes of the trap: it is seen once the reference has taken that too.
    const isArbitrary = this.#wild.has(threadText(by));
    this.#sides.expect.guest.adopt(by, { written: this.#sides.written(), isArbitrary });
    this.#adopt(by, { written: [], ddc: slice.ddc });
    const report = this.#sides.expect.guest.trap(by, cause, value, slice.ddc);
    // A handler finds registers on its stack that nobody else knows of.
    const shown = this.#sides.written();
    if (shown.length > 0) this.#adopt(by, { written: shown });
    this.#sides.same("report", report, { outcome: slice.end, woken: slice.woken, devices: slice.devices });
    this.#sides.followInside();
    this.#sides.sameState();
    const isOwn = current.kind === "local" || current.kind === "object";
    const isExpected = current.kind !== "call" && (!isOwn || !this.#isSure(current));
    if (!isExpected) this.#sides.same("report.outcome", current.allowed.at(-1) ?? current.answer, slice.end);
    this.others(current, report);
    this.#over(by, current, slice.end as Outcome);
  }

  /** Where a thread is among objects, and what it may write there. */
  #amongObjects(by: ThreadName, { visit }: Current): Pick<GuestSlice, "inside" | "lent"> {
    const inside = this.#sides.actual.inside(by);
    // Under a DDC that the reference does not know, what is lent is whatever may be written under that.
    if (visit === null || !this.#sides.hasPointers(by)) return { inside };
    return { inside, lent: visit.lent ?? this.#sides.reachOf(by) };
  }

  #adopt(by: ThreadName, what: Omit<GuestSlice, "isArbitrary">): void {
    this.#sides.adopt(by, { ...what, isArbitrary: this.#wild.has(threadText(by)) });
  }

  /**
   * Whether the reference knows what a step of one's own comes to. Under a DDC that is not the domain's it does not; nor
   * what stands in the register of the buffer once code of the guest's own may have put something there.
   */
  #isDetermined(by: ThreadName, { kind, step: { action } }: Current): boolean {
    if (kind !== "local" || !this.#sides.hasPointers(by)) return false;
    return !(action.do === "call" && USE_BUFFER.includes(action.call) && this.#wild.has(threadText(by)));
  }

  /** Whether a step that nobody interrupts comes to what the reference says. */
  #isForeseen(by: ThreadName, current: Current): boolean {
    return this.#isDetermined(by, current) || current.visit?.isForeseen === true;
  }

  /** Whether a step of one's own cannot but succeed. */
  #isSure({ allowed, step: { by } }: Current): boolean {
    return !this.#wild.has(threadText(by)) && allowed.every(({ kind }) => kind !== "faulted");
  }

  /** The step is over: whatever is still to come of its thread comes after it. */
  #over(by: ThreadName, { at, woken, devices }: Current, outcome: Outcome): void {
    this.#currents.delete(threadText(by));
    if (at !== null) this.reports[at] = { outcome, woken, devices };
  }

  /** What a slice or an event means for what others are about. */
  others(acting: Current | null, { woken, devices }: Pick<StepReport, "woken" | "devices">): void {
    acting?.woken.push(...woken);
    acting?.devices.push(...devices);
    const runnable = new Set(woken.length === 0 ? [] : this.#sides.actual.runnable().map(threadText));
    for (const { thread, values } of woken) {
      const name = threadText(thread);
      const current = this.#currents.get(name);
      if (current === undefined) continue;
      current.answer = { kind: "returned", values };
      current.asked = null;
      if (!runnable.has(name)) this.#over(thread, current, current.answer);
    }
    for (const current of this.all()) {
      if (current !== acting) current.isWhole = false;
      const { by } = current.step;
      if (this.#sides.stateOf(by) === null)
        this.#over(by, current, { kind: "refused", why: "no such thread" });
    }
  }
}
