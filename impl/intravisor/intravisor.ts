/**
 * The system on the engine: what the steps of a script mean for it. cVMs run as machine code and call through the gate
 * (kernel.ts); what the gate asks for is done by the host calls (host-calls.ts).
 */
import type {
  Action,
  ClientState,
  Event,
  Outcome,
  SecretSystem,
  SliceReport,
  Step,
  SteppedSystem,
  StepReport,
  SystemView,
  ThreadName,
  Used,
} from "../../model/system-contract.ts";
import { insideFor, statesOf } from "../sco/standing.ts";
import { cvmNamed, errandOf } from "./actions.ts";
import { authorityOf } from "./authority.ts";
import { errors } from "./call-frame.ts";
import type { Assemble } from "./forge.ts";
import { Kernel } from "./kernel.ts";
import { SLOTS } from "./layout.ts";
import { passTime, reclaimCvm } from "./life.ts";
import { Probe } from "./probe.ts";
import { KernelSecrets } from "./secrets.ts";
import type { Cvm, Thread } from "./tables.ts";
import { outlineOf, pagesOf, viewOf } from "./view.ts";

export interface IntravisorOptions {
  /** Our assembler, which the machines do not know. */
  readonly assemble: Assemble;
  /** Nothing, if it is not given. */
  readonly used?: Used;
  /** Room for so many cVMs: 256, if it is not given, 512 or 1024. With more, each has fewer threads. */
  readonly slots?: number;
}

/** A system whose real state can be looked at. */
export interface ProbedSystem extends SecretSystem, SteppedSystem {
  readonly probe: Probe;
}

export function createIntravisor({ assemble, used, slots = SLOTS }: IntravisorOptions): ProbedSystem {
  if (![256, 512, 1024].includes(slots)) {
    throw new RangeError(`slots: 256, 512 or 1024 was expected, not ${slots}`);
  }
  return new Intravisor(assemble, used ?? { places: 0, handles: 0 }, slots);
}

type Refusal = Outcome & { readonly kind: "refused" };

class Intravisor implements ProbedSystem {
  readonly name = "impl";
  readonly probe: Probe;
  readonly secrets: KernelSecrets;
  private readonly kernel: Kernel;
  private isStopped = false;

  constructor(assemble: Assemble, used: Used, slots: number) {
    this.kernel = new Kernel(assemble, used, slots);
    this.probe = new Probe(this.kernel);
    this.secrets = new KernelSecrets(this.kernel);
  }

  reset(): void {
    this.isStopped = false;
    this.kernel.reset();
  }

  step(step: Step, results: readonly StepReport[]): StepReport {
    const { outcome, woken, devices } = this.unlessStopped(() => {
      const taken = step.by === null ? this.happen(step.event) : this.act(step.by, step.action, results);
      return { outcome: taken, ...this.kernel.seen() };
    });
    return { outcome, woken, devices };
  }

  /** Whatever goes wrong in the Intravisor itself is the end of the whole system: nothing is done any more (3.9). */
  private unlessStopped<Report>(take: () => Report): Report | (StepReport & { outcome: Refusal }) {
    const stopped = { outcome: { kind: "refused", why: "system stopped" }, woken: [] } as const;
    if (this.isStopped) return { ...stopped, devices: [] };
    try {
      return take();
    } catch (error) {
      this.isStopped = true;
      const line = { device: "monitor", cvm: "", data: (error as Error).message };
      return { ...stopped, devices: [line] };
    }
  }

  view(): SystemView {
    return viewOf(this.kernel.tables, this.kernel.engine);
  }

  outline(): SystemView {
    return outlineOf(this.kernel.tables, this.kernel.engine);
  }

  pages(cvm: string): Uint8Array[] {
    return pagesOf(this.kernel.tables, this.kernel.engine, cvm);
  }

  private happen(event: Event): Outcome {
    const done = (value: bigint): Outcome => ({ kind: "done", value: BigInt.asUintN(64, value) });
    switch (event.do) {
      case "create":
        return done(this.kernel.create(event.cvm));
      case "kill": {
        const cvm = this.named(event.cvm);
        if (cvm === null) return done(errors.ENOENT);
        if (cvm.state !== "running") return done(errors.EBUSY);
        this.kernel.end(cvm);
        return done(0n);
      }
      case "reclaim": {
        const cvm = this.named(event.cvm);
        if (cvm === null) return done(errors.ENOENT);
        const hasInner = this.kernel.tables.cvms.some((inner) => inner?.parent === cvm);
        if (cvm.state !== "quarantine" || hasInner) return done(errors.EBUSY);
        reclaimCvm(this.kernel.tables, this.kernel.engine, cvm);
        return done(0n);
      }
      case "advance":
        passTime(this.kernel.crossings, event.ns);
        return done(0n);
    }
  }

  private act(by: ThreadName, action: Action, results: readonly StepReport[]): Outcome {
    return this.start(by, action, results, false) ?? this.finish(by);
  }

  /** A step that was begun, to its end. */
  private finish(by: ThreadName): Outcome {
    const { end } = this.kernel.runner.run(this.thread(by)!, Number.POSITIVE_INFINITY);
    if (end.kind === "preempted" || end.kind === "asks") throw new Error("defect: a step did not end");
    return end;
  }

  begin(by: ThreadName, action: Action, results: readonly StepReport[]): Outcome | null {
    if (this.isStopped) return { kind: "refused", why: "system stopped" };
    return this.start(by, action, results, true);
  }

  run(by: ThreadName, steps: number): SliceReport {
    const { runner } = this.kernel;
    const thread = this.thread(by);
    if (thread === undefined || thread.state !== "ready" || thread.underWay === null) {
      const why = thread === undefined || thread.state === "dead" ? "no such thread" : "blocked";
      const end = { kind: "refused", why } as const;
      return { end, steps: 0, served: null, woken: [], devices: [], ...this.standing(thread) };
    }
    const ran = this.unlessStopped(() => ({ ...runner.run(thread, steps), ...this.kernel.seen() }));
    if ("end" in ran) {
      const { faultedUnder, ...slice } = ran;
      const { ddc, place } = this.standing(thread);
      return { ...slice, ddc: slice.end.kind === "faulted" ? faultedUnder : ddc, place };
    }
    const { outcome: end, woken, devices } = ran;
    return { end, steps: 0, served: null, woken, devices, ddc: null, place: null };
  }

  runnable(): ThreadName[] {
    return this.kernel.tables.cvms
      .flatMap((cvm) => (cvm?.state === "running" ? cvm.threads : []))
      .filter(({ state, underWay }) => state === "ready" && underWay?.isSliced === true)
      .map(({ cvm, number }) => ({ cvm: cvm.name, thread: number }));
  }

  inside(by: ThreadName): number[] {
    const thread = this.thread(by);
    return thread === undefined ? [] : insideFor(this.kernel.engine, thread);
  }

  states(): ClientState[] {
    return statesOf(this.kernel.tables, this.kernel.engine);
  }

  private standing(thread: Thread | undefined): Pick<SliceReport, "ddc" | "place"> {
    if (thread === undefined || thread.state === "dead") return { ddc: null, place: null };
    const { engine, places } = this.kernel;
    return { ddc: authorityOf(engine, thread), place: places.of(thread) };
  }

  /** Sets a thread to take an action: null, or what came of it at once. */
  private start(
    by: ThreadName,
    action: Action,
    results: readonly StepReport[],
    isSliced: boolean,
  ): Outcome | null {
    const { departures, runner, tables } = this.kernel;
    const thread = this.thread(by);
    if (thread === undefined) return { kind: "refused", why: "no such thread" };
    if (thread.state === "blocked") return { kind: "refused", why: "blocked" };
    if (!runner.makeFree(thread, action.do === "go")) return { kind: "refused", why: "busy" };
    // A call that came back only now may have gone nowhere.
    if (thread.state !== "ready") return { kind: "refused", why: "no such thread" };
    const ddc = authorityOf(this.kernel.engine, thread) ?? { base: 0n, top: 0n, perms: 0 };
    const errand = errandOf(tables, thread, action, results, ddc);
    switch (errand.run) {
      case "stub":
        departures.toStub(thread, errand, ddc, isSliced);
        return null;
      case "place":
        this.kernel.engine.load(errand.address, errand.bytes);
        return { kind: "returned", values: [0n, 0n, 0n] };
      case "body":
        if (departures.toBody(thread, errand.words, isSliced)) return null;
        return { kind: "returned", values: [BigInt.asUintN(64, errors.ENOSPC), 0n, 0n] };
      case "program":
        departures.toProgram(thread, isSliced);
        return null;
    }
  }

  /** A thread that is there, and whose cVM runs. */
  private thread({ cvm, thread }: ThreadName): Thread | undefined {
    const found = this.named(cvm);
    const one = found?.state === "running" ? found.threads[thread] : undefined;
    return one?.state === "dead" ? undefined : one;
  }

  private named(name: string): Cvm | null {
    return cvmNamed(this.kernel.tables, name);
  }
}
