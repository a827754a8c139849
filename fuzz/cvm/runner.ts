/**
 * Runs the cVMs of a plan on the implementation: round robin among the threads that can go on, a quantum of machine steps
 * each, its length drawn from a seed. Everything that a run does follows from plan, seed, quantum and budget.
 *
 * Time is virtual: a nanosecond for each machine step, and when everybody waits, as much as the first of them waits for.
 */
import type { ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import type {
  Action,
  Event,
  Outcome,
  SliceReport,
  Step,
  StepReport,
  SystemView,
  ThreadName,
} from "../../model/system-contract.ts";
import { Random } from "../generate/random.ts";
import { threadText } from "../system/listing.ts";
import type { Plan } from "./plan.ts";
import { type Asked, Chronicle, type RunRecord } from "./record.ts";

export interface RunOptions {
  readonly seed: string;
  /** Machine steps that a thread gets at a time: on average; a turn is from 1 to twice as many less 1. */
  readonly quantum: number;
  /** Machine steps of the whole run, at most. */
  readonly stepsMax: number;
  /** Sees what happens, as it does. */
  readonly onMoment: (moment: Moment) => void;
  /** Judges each step that a whole one stands for: what is broken, or null. */
  readonly judge: ((step: Step, report: StepReport, outline: SystemView) => string | null) | null;
}

/** What a run shows while it runs. */
export type Moment = { readonly time: bigint } & (
  | { readonly kind: "starts" | "ends"; readonly cvm: string }
  | { readonly kind: "console"; readonly cvm: string; readonly bytes: Uint8Array }
  | { readonly kind: "served"; readonly thread: ThreadName; readonly asked: Asked; readonly outcome: Outcome }
  | { readonly kind: "wakes"; readonly thread: ThreadName; readonly value: bigint }
  | { readonly kind: "faults"; readonly thread: ThreadName; readonly text: string }
  | { readonly kind: "breaks"; readonly rule: string }
);

const NS_PER_SECOND = 1_000_000_000n;
const GO: Action = { do: "go" };

/** Runs a plan until nothing can go on or the budget is used up. The system is reset first. */
export function runPlan(plan: Plan, system: ProbedSystem, options: RunOptions): RunRecord {
  return new Run(plan, system, options).all();
}

class Run {
  readonly #plan: Plan;
  readonly #system: ProbedSystem;
  readonly #options: RunOptions;
  readonly #random: Random;
  readonly #record: Chronicle;
  #steps = 0;
  #time = 0n;
  #outline: SystemView;
  /** How many of `plan.starts` have been started, and when the last was. */
  #started = 0;
  #startedAt = 0n;
  /** The thread whose turn it was last. */
  #last: ThreadName | null = null;
  readonly #asked = new Map<string, Asked>();
  /** A rule was broken: what else is, follows from that. */
  #isBroken = false;

  constructor(plan: Plan, system: ProbedSystem, options: RunOptions) {
    this.#plan = plan;
    this.#system = system;
    this.#options = options;
    this.#random = new Random(options.seed);
    system.reset();
    for (const { description } of plan.cvms) this.#happen({ do: "create", cvm: description });
    this.#outline = system.outline();
    this.#record = new Chronicle(plan, system);
  }

  all(): RunRecord {
    let verdict: RunRecord["verdict"] = "steps used up";
    while (this.#steps < this.#options.stepsMax) {
      this.#startDue();
      const thread = this.#next();
      if (thread !== null) this.#turn(thread);
      else if (!this.#passTime()) {
        verdict = this.#isOver() ? "ended" : "deadlock";
        break;
      }
    }
    return this.#record.finish(
      { ...this.#options, verdict, steps: this.#steps, time: this.#time },
      this.#outline,
    );
  }

  /** Starts whatever is to start by now: thread 0 of it begins to get turns. */
  #startDue(): void {
    const { starts, cvms } = this.#plan;
    while (this.#started < starts.length && this.#startsAt() === "now") {
      const { name } = cvms[starts[this.#started]!]!.description;
      this.#started++;
      this.#startedAt = this.#time;
      // It may have ended with the layer around it.
      if (!this.#isRunning(name)) continue;
      this.#system.begin({ cvm: name, thread: 0 }, GO, []);
      this.#record.start(name);
      this.#options.onMoment({ kind: "starts", cvm: name, time: this.#time });
    }
  }

  /** When the next cVM starts; null: when another has ended. */
  #startsAt(): bigint | "now" | null {
    const before = this.#plan.cvms[this.#plan.starts[this.#started - 1] ?? -1];
    if (before === undefined || before.wait === null) return "now";
    if (before.wait < 0) return this.#isRunning(before.description.name) ? null : "now";
    const at = this.#startedAt + BigInt(before.wait) * NS_PER_SECOND;
    return at <= this.#time ? "now" : at;
  }

  #isRunning(name: string): boolean {
    const cvm = this.#outline.cvms.find((one) => one.name === name);
    return cvm?.state === "running" && cvm.threads.some(({ state }) => state !== "dead");
  }

  /** Whether nobody is left but who keeps the capfiles. */
  #isOver(): boolean {
    const isStarted = this.#started === this.#plan.starts.length;
    const left = this.#plan.cvms.filter(
      ({ wait, description }) => wait !== null && this.#isRunning(description.name),
    );
    return isStarted && left.length === 0;
  }

  /** Whose turn it is: the first behind the last one, in the order of cVMs and threads. */
  #next(): ThreadName | null {
    const ready = this.#system.runnable();
    const last = this.#last;
    if (last === null) return ready[0] ?? null;
    const place = ({ cvm, thread }: ThreadName) =>
      this.#outline.cvms.findIndex(({ name }) => name === cvm) * 64 + thread;
    const at = place(last);
    return ready.find((one) => place(one) > at) ?? ready[0] ?? null;
  }

  #turn(thread: ThreadName): void {
    this.#last = thread;
    const quantum = 1 + this.#random.below(2 * this.#options.quantum - 1);
    // A call is served apart from what the thread does then: it is one step to those who watch.
    if (this.#asked.has(threadText(thread))) {
      this.#take(thread, this.#system.run(thread, 0));
      if (!this.#system.runnable().some((one) => isSame(one, thread))) return;
    }
    const slice = this.#system.run(thread, Math.min(quantum, this.#options.stepsMax - this.#steps));
    this.#steps += slice.steps;
    this.#time += BigInt(slice.steps);
    this.#record.slice(thread, slice);
    this.#take(thread, slice);
    if (slice.steps > 0) this.#happen({ do: "advance", ns: BigInt(slice.steps) });
  }

  #take(thread: ThreadName, slice: SliceReport): void {
    const { end, served, woken, devices } = slice;
    const name = threadText(thread);
    const asked = this.#asked.get(name);
    if (served !== null && asked !== undefined) {
      this.#asked.delete(name);
      this.#record.served(thread, asked, served, this.#outline);
      this.#options.onMoment({ kind: "served", thread, asked, outcome: served, time: this.#time });
    }
    if (end.kind === "asks") this.#asked.set(name, end);
    this.#tell({ woken, devices });
    if (served === null && end.kind !== "faulted") {
      this.#judge({ by: thread, action: GO }, { outcome: nothing, woken, devices });
      return;
    }
    const before = this.#outline;
    this.#outline = this.#system.outline();
    if (end.kind === "faulted") {
      const text = this.#record.fault(thread, end, before, this.#outline);
      this.#options.onMoment({ kind: "faults", thread, text, time: this.#time });
      this.#goOn(thread);
    }
    const outcome = served ?? (end.kind === "preempted" || end.kind === "asks" ? nothing : end);
    const action: Action =
      served === null || asked === undefined
        ? GO
        : {
            do: "call-number",
            number: asked.number,
            args: asked.args.map((value) => ({ kind: "number", value })),
          };
    this.#judge({ by: thread, action }, { outcome, woken, devices });
    this.#after(before);
  }

  /** A thread that has faulted may have a handler to run, or a caller who is told. */
  #goOn({ cvm, thread }: ThreadName): void {
    const found = this.#outline.cvms.find(({ name }) => name === cvm)?.threads[thread];
    if (found?.state === "ready") this.#system.begin({ cvm, thread }, GO, []);
  }

  /** What has changed for cVMs and threads: some have ended, others are new. */
  #after(before: SystemView): void {
    for (const [at, cvm] of this.#outline.cvms.entries()) {
      if (before.cvms[at]?.state === "running" && cvm.state !== "running") {
        this.#record.end(cvm.name);
        this.#options.onMoment({ kind: "ends", cvm: cvm.name, time: this.#time });
      }
      const known = before.cvms[at]?.threads ?? [];
      for (const { thread, state } of cvm.threads) {
        const isNew = thread > 0 && state === "ready" && (known[thread]?.state ?? "dead") === "dead";
        if (isNew) this.#system.begin({ cvm: cvm.name, thread }, GO, []);
      }
    }
  }

  #tell({ woken, devices }: Pick<StepReport, "woken" | "devices">): void {
    for (const { thread, values } of woken) {
      this.#record.woken(thread, values[0]);
      this.#options.onMoment({ kind: "wakes", thread, value: values[0], time: this.#time });
    }
    for (const { device, cvm, data } of devices) {
      if (device !== "console") continue;
      this.#options.onMoment({ kind: "console", cvm, bytes: Buffer.from(data, "hex"), time: this.#time });
    }
  }

  /** Nobody can go on: time passes until somebody can. False if that will never be. */
  #passTime(): boolean {
    const due = this.#system.probe.nextDue;
    const start = this.#started < this.#plan.starts.length ? this.#startsAt() : null;
    const next = typeof start === "bigint" && (due === null || start < due) ? start : due;
    if (next === null) return start === "now";
    const ns = next - this.#time;
    this.#time = next;
    this.#happen({ do: "advance", ns });
    return true;
  }

  #happen(event: Event): void {
    const step: Step = { by: null, event };
    const report = this.#system.step(step, []);
    this.#tell(report);
    if (event.do === "create" || report.woken.length > 0) this.#outline = this.#system.outline();
    this.#judge(step, report);
  }

  #judge(step: Step, report: StepReport): void {
    const { judge } = this.#options;
    const rule = judge === null ? null : judge(step, report, this.#system.outline());
    if (rule === null || this.#isBroken) return;
    this.#isBroken = true;
    this.#record.broken(rule);
    this.#options.onMoment({ kind: "breaks", rule, time: this.#time });
  }
}

function isSame(one: ThreadName, other: ThreadName): boolean {
  return one.cvm === other.cvm && one.thread === other.thread;
}

const nothing: Outcome = { kind: "returned", values: [0n, 0n, 0n] };
