/**
 * What scripts reach: each call with each outcome that it can have, how its caller stood when it was made, and the corner
 * cases.
 */
import { callNamed, callWithNumber, type HostCall, hostCalls } from "../../model/intravisor/calls.ts";
import type {
  Step,
  StepReport,
  SystemUnderTest,
  SystemView,
  ThreadName,
} from "../../model/system-contract.ts";
import { type CallMade, CallsUnderWay } from "./calls-under-way.ts";
import { cornerCases } from "./corner.ts";
import { errorOf, threadText } from "./listing.ts";
import type { CornerCase, Moment } from "./moment.ts";
import { Named } from "./named.ts";
import { declaredOf, freeValued, others, waits } from "./reach-declared.ts";
import { type Came, Tally } from "./reach-tally.ts";
import type { SliceMoment } from "./slice-moment.ts";
import { SLICE_OUTCOMES, SliceReach } from "./slice-reach.ts";
import { callerState, domainOf, layerOf, NOTHING_KNOWN, type Standing, threadOf } from "./standing.ts";

/** Outcomes of one thing, and how often each was met. */
export interface ReachRow {
  readonly name: string;
  readonly outcomes: readonly Came[];
}

const CORNERS = "corner case";
const SLICES = "slice";

export class SystemReach {
  readonly #tally = new Tally();
  readonly #declared = new Map<string, readonly string[]>();
  /** The call that a thread waits in. */
  readonly #waiting = new Map<string, CallMade>();
  readonly #underWay = new CallsUnderWay();
  readonly #named: Named;
  readonly #slices = new SliceReach();
  readonly #corners: readonly CornerCase[] = cornerCases();

  /**
   * `memory`: of the system that takes the steps which are observed. `isSliced`: whether some scripts run in slices; if
   * none does, nothing is missed where nobody is stopped.
   */
  constructor(memory: Pick<SystemUnderTest, "pages">, isSliced = true) {
    this.#named = new Named(memory);
    for (const call of hostCalls) this.#declare(call.name, declaredOf(call));
    for (const [name, outcomes] of Object.entries(others)) this.#declare(name, outcomes);
    if (isSliced) this.#declare(SLICES, SLICE_OUTCOMES);
    this.#declare(
      CORNERS,
      this.#corners.map(({ name }) => name),
    );
  }

  #declare(name: string, outcomes: readonly string[]): void {
    this.#declared.set(name, outcomes);
    this.#tally.declare(name, outcomes);
  }

  /** A new script begins. */
  begin(): void {
    this.#slices.begin();
    this.#waiting.clear();
    this.#underWay.begin();
    this.#named.begin();
    for (const corner of this.#corners) corner.begin?.();
  }

  observeSlice(moment: SliceMoment): void {
    for (const outcome of this.#slices.reached(moment)) this.#tally.add(SLICES, outcome, NOTHING_KNOWN);
  }

  observe(step: Step, report: StepReport, before: SystemView, after: SystemView): void {
    const call = callOf(step);
    const standing = this.#standingOf(step, call, before);
    this.#countStep(step, call, report, standing, after);
    this.#named.follow(step, call, report, before, after);
    for (const { thread, values } of report.woken) this.#countWake(thread, values[0], before, after);
    this.#underWay.follow(after);
    this.#forgetWaits(after);
    const moment: Moment = { step, report, before, after };
    for (const corner of this.#corners)
      if (corner.isMet(moment)) this.#tally.add(CORNERS, corner.name, NOTHING_KNOWN);
  }

  #standingOf(step: Step, call: HostCall | undefined, before: SystemView): Standing {
    const named = this.#named.of(step, call, before);
    const thread = step.by === null ? undefined : threadOf(step.by, before);
    const cvm = step.by === null ? undefined : domainOf(step.by, before);
    if (step.by === null || thread === undefined || cvm === undefined) return { named };
    const entered = this.#underWay.innermost(step.by, thread.domains.length);
    return { named, caller: callerState(thread, entered), layer: layerOf(cvm, before) };
  }

  /** Who does not wait is not woken; a number may be another thread's next time. */
  #forgetWaits({ cvms }: SystemView): void {
    for (const { name, threads } of cvms) {
      for (const { thread, state } of threads) {
        if (state !== "blocked") this.#waiting.delete(threadText({ cvm: name, thread }));
      }
    }
  }

  #countStep(
    step: Step,
    call: HostCall | undefined,
    { outcome }: StepReport,
    standing: Standing,
    after: SystemView,
  ): void {
    if (outcome.kind === "refused") {
      this.#tally.add("a thread that cannot act", outcome.why, NOTHING_KNOWN);
      return;
    }
    if (step.by === null) {
      const came = outcome.kind === "done" ? (errorOf(outcome.value) ?? "ok") : outcome.kind;
      this.#tally.add(step.event.do, came, standing);
      return;
    }
    const name = call?.name ?? (step.action.do.startsWith("call") ? "no such call" : step.action.do);
    switch (outcome.kind) {
      case "blocked":
        this.#waiting.set(threadText(step.by), { call: name, standing });
        this.#tally.add(name, "waits", standing);
        return;
      case "returned": {
        const isFree = step.action.do === "load" || (name === "cp_call_return" && isInCall(standing));
        this.#tally.add(name, isFree ? "ok" : this.#meaning(name, outcome.values[0]), standing);
        return;
      }
      default:
        if (outcome.kind === "entered")
          this.#underWay.entered(step.by, depthOf(step.by, after), { call: name, standing });
        this.#tally.add(name, outcome.kind, standing);
    }
  }

  /** The error that a value is for a call; "ok" for values that are none, or that guests chose. */
  #meaning(name: string, value: bigint): string {
    const error = errorOf(value);
    if (error === null) return "ok";
    return freeValued.includes(name) && !this.#declared.get(name)?.includes(error) ? "ok" : error;
  }

  #countWake(thread: ThreadName, value: bigint, before: SystemView, after: SystemView): void {
    const [was, is] = [depthOf(thread, before), depthOf(thread, after)];
    const waited = this.#waiting.get(threadText(thread));
    this.#waiting.delete(threadText(thread));
    if (is < was) {
      const over = this.#underWay.over(thread, is);
      if (over !== undefined) this.#tally.add(over.call, this.#meaning(over.call, value), over.standing);
      return;
    }
    // A thread without caller goes on with what another has begun: nothing is known of that.
    if (waited === undefined || was === 0) return;
    const { call, standing } = waited;
    const isInside = entering.includes(call) && (is > was || errorOf(value) === null);
    if (isInside) this.#underWay.entered(thread, is, waited);
    const meaning = isInside || call === "thread_join" ? "ok" : this.#meaning(call, value);
    this.#tally.add(call, meaning === "ok" ? (waits[call] ?? "woken") : meaning, standing);
  }

  rows(): ReachRow[] {
    return this.#tally.rows();
  }

  /** How many outcomes were met. */
  reached(): number {
    return this.rows().reduce(
      (sum, { outcomes }) => sum + outcomes.filter(({ count }) => count > 0).length,
      0,
    );
  }

  /** Outcomes that were never met, as `name: outcome`. */
  never(): string[] {
    return this.rows().flatMap(({ name, outcomes }) =>
      outcomes.filter(({ count }) => count === 0).map(({ outcome }) => `${name}: ${outcome}`),
    );
  }

  /**
   * Outcomes that were met and that nothing says can be, as `name: outcome`; those that a rule says cannot be where the
   * caller stood so, with role and class.
   */
  undeclared(): string[] {
    const outcomes = this.rows().flatMap(({ name, outcomes }) =>
      outcomes
        .filter(({ outcome }) => this.#declared.get(name)?.includes(outcome) !== true)
        .map(({ outcome }) => `${name}: ${outcome}`),
    );
    return [...outcomes, ...this.#tally.impossible()];
  }
}

function callOf(step: Step): HostCall | undefined {
  if (step.by === null) return undefined;
  const { action } = step;
  if (action.do === "call") return callNamed(action.call);
  return action.do === "call-number" ? callWithNumber(action.number) : undefined;
}

/** Calls by which threads enter others. */
const entering: readonly string[] = ["cp_call", "cp_call_serve"];

/** Whether the thread was entered by a call that it can return from; of some that go on alone nobody knows how. */
function isInCall({ caller }: Standing): boolean {
  return caller === undefined || caller === "in a callee" || caller === "serving" || caller === "left alone";
}

/** Domains that a thread is in. */
function depthOf(thread: ThreadName, view: SystemView): number {
  return threadOf(thread, view)?.domains.length ?? 0;
}
