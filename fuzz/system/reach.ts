/** What scripts reach: each call with each outcome that it can have, and the corner cases. */
import { callNamed, callWithNumber, type HostCall, hostCalls } from "../../model/intravisor/calls.ts";
import type { Step, StepReport, SystemView, ThreadName } from "../../model/system-contract.ts";
import { CallsUnderWay } from "./calls-under-way.ts";
import { cornerCases } from "./corner.ts";
import { errorOf, threadText } from "./listing.ts";
import type { CornerCase, Moment } from "./moment.ts";
import type { SliceMoment } from "./slice-moment.ts";
import { SLICE_OUTCOMES, SliceReach } from "./slice-reach.ts";

/** Outcomes of one thing, and how often each was met. */
export interface ReachRow {
  readonly name: string;
  readonly outcomes: readonly { readonly outcome: string; readonly count: number }[];
}

/** Calls that may wait, and how the wait ends when it does not end with an error. */
const waits: Readonly<Record<string, string>> = {
  sleep: "woken",
  thread_join: "woken",
  futex_wait: "woken",
  cp_file_wait: "woken",
  net_rx: "woken",
  cp_call: "woken inside",
  cp_call_serve: "woken inside",
  cp_call_wait: "woken",
  cps_accept: "woken",
  cps_send: "woken",
  cps_recv: "woken",
  cps_poll: "woken",
};
/** How calls end well that do not simply return. */
const goods: Readonly<Record<string, readonly string[]>> = {
  cp_call: ["entered"],
  cp_call_serve: ["entered"],
  sco_call: ["ok", "entered"],
  sco_return: ["ok", "entered"],
  futex_wait: [],
};
/** Calls that give back what guests choose: their values say nothing. */
const freeValued: readonly string[] = [
  "cp_call_return",
  "cp_call_wait",
  "thread_join",
  "sco_call",
  "sco_return",
];
/** What cannot be met while steps are atomic. */
const unreachable: Readonly<Record<string, readonly string[]>> = {
  // The grants of a cVM that dies are gone before anybody can ask for them.
  cp_file_probe: ["ENODEV"],
  // One cVM may not have so much state that there is no room for it.
  sco_bind: ["ENOSPC"],
  // The stub that calls belongs to the cVM that the thread is in.
  sco_call: ["EPERM"],
};

/** Outcomes of what is no host call. */
const others: Readonly<Record<string, readonly string[]>> = {
  "no such call": ["ENOSYS"],
  load: ["ok", "faulted"],
  store: ["ok", "faulted"],
  fill: ["ok", "faulted"],
  place: ["ok", "faulted"],
  narrow: ["ok", "EINVAL"],
  create: ["ok", "EINVAL", "E2BIG", "EEXIST", "ENOENT", "ELOOP", "ENOMEM"],
  kill: ["ok", "ENOENT", "EBUSY"],
  reclaim: ["ok", "ENOENT", "EBUSY"],
  advance: ["ok"],
  "a thread that cannot act": ["blocked", "no such thread"],
};

const CORNERS = "corner case";
const SLICES = "slice";

function declaredOf({ name, errors }: HostCall): readonly string[] {
  const wait = waits[name];
  const good = goods[name] ?? ["ok"];
  const never = unreachable[name] ?? [];
  return [
    ...good,
    ...(wait === undefined ? [] : ["waits", wait]),
    ...errors.filter((error) => !never.includes(error)),
  ];
}

export class SystemReach {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #declared = new Map<string, readonly string[]>();
  /** The call that a thread waits in. */
  readonly #waiting = new Map<string, string>();
  readonly #underWay = new CallsUnderWay();
  readonly #slices = new SliceReach();
  readonly #corners: readonly CornerCase[] = cornerCases();

  constructor() {
    for (const call of hostCalls) this.#declare(call.name, declaredOf(call));
    for (const [name, outcomes] of Object.entries(others)) this.#declare(name, outcomes);
    this.#declare(SLICES, SLICE_OUTCOMES);
    this.#declare(
      CORNERS,
      this.#corners.map(({ name }) => name),
    );
  }

  #declare(name: string, outcomes: readonly string[]): void {
    this.#declared.set(name, outcomes);
    this.#counts.set(name, new Map(outcomes.map((outcome) => [outcome, 0])));
  }

  /** A new script begins. */
  begin(): void {
    this.#slices.begin();
    this.#waiting.clear();
    this.#underWay.begin();
    for (const corner of this.#corners) corner.begin?.();
  }

  observeSlice(moment: SliceMoment): void {
    for (const outcome of this.#slices.reached(moment)) this.#count(SLICES, outcome);
  }

  observe(step: Step, report: StepReport, before: SystemView, after: SystemView): void {
    this.#countStep(step, report, before);
    for (const { thread, values } of report.woken) this.#countWake(thread, values[0], before, after);
    this.#underWay.follow(after);
    this.#forgetWaits(after);
    const moment: Moment = { step, report, before, after };
    for (const corner of this.#corners) if (corner.isMet(moment)) this.#count(CORNERS, corner.name);
  }

  /** Who does not wait is not woken; a number may be another thread's next time. */
  #forgetWaits({ cvms }: SystemView): void {
    for (const { name, threads } of cvms) {
      for (const { thread, state } of threads) {
        if (state !== "blocked") this.#waiting.delete(threadText({ cvm: name, thread }));
      }
    }
  }

  #countStep(step: Step, { outcome }: StepReport, before: SystemView): void {
    if (outcome.kind === "refused") {
      this.#count("a thread that cannot act", outcome.why);
      return;
    }
    if (step.by === null) {
      this.#count(step.event.do, outcome.kind === "done" ? (errorOf(outcome.value) ?? "ok") : outcome.kind);
      return;
    }
    const call = callOf(step);
    const name = call?.name ?? (step.action.do.startsWith("call") ? "no such call" : step.action.do);
    switch (outcome.kind) {
      case "blocked":
        this.#waiting.set(threadText(step.by), name);
        this.#count(name, "waits");
        return;
      case "returned": {
        const isFree = step.action.do === "load" || (name === "cp_call_return" && isInCall(step.by, before));
        this.#count(name, isFree ? "ok" : this.#meaning(name, outcome.values[0]));
        return;
      }
      default:
        if (outcome.kind === "entered") this.#underWay.entered(step.by, name);
        this.#count(name, outcome.kind);
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
    const name = this.#waiting.get(threadText(thread));
    this.#waiting.delete(threadText(thread));
    if (is < was) {
      const over = this.#underWay.over(thread, is);
      if (over !== undefined) this.#count(over, this.#meaning(over, value));
      return;
    }
    // A thread without caller goes on with what another has begun: nothing is known of that.
    if (name === undefined || was === 0) return;
    const isInside = entering.includes(name) && (is > was || errorOf(value) === null);
    if (isInside) this.#underWay.entered(thread, name);
    const meaning = isInside || name === "thread_join" ? "ok" : this.#meaning(name, value);
    this.#count(name, meaning === "ok" ? (waits[name] ?? "woken") : meaning);
  }

  #count(name: string, outcome: string): void {
    const row = this.#counts.get(name);
    if (row === undefined) this.#counts.set(name, new Map([[outcome, 1]]));
    else row.set(outcome, (row.get(outcome) ?? 0) + 1);
  }

  rows(): ReachRow[] {
    return [...this.#counts].map(([name, outcomes]) => ({
      name,
      outcomes: [...outcomes].map(([outcome, count]) => ({ outcome, count })),
    }));
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

  /** Outcomes that were met and that nothing says can be, as `name: outcome`. */
  undeclared(): string[] {
    return this.rows().flatMap(({ name, outcomes }) =>
      outcomes
        .filter(({ outcome }) => this.#declared.get(name)?.includes(outcome) !== true)
        .map(({ outcome }) => `${name}: ${outcome}`),
    );
  }
}

function callOf({ action }: Extract<Step, { action: unknown }>): HostCall | undefined {
  if (action.do === "call") return callNamed(action.call);
  return action.do === "call-number" ? callWithNumber(action.number) : undefined;
}

/** Calls by which threads enter others. */
const entering: readonly string[] = ["cp_call", "cp_call_serve"];

function isInCall({ cvm, thread }: ThreadName, { cvms }: SystemView): boolean {
  const view = cvms.find(({ name }) => name === cvm)?.threads[thread];
  return view !== undefined && (view.worker || view.domains.length > 1);
}

/** Domains that a thread is in. */
function depthOf({ cvm, thread }: ThreadName, { cvms }: SystemView): number {
  return cvms.find(({ name }) => name === cvm)?.threads[thread]?.domains.length ?? 0;
}
