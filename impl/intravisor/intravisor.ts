/**
 * The system on the engine: what the steps of a script mean for it. cVMs run as machine code and call through the gate
 * (kernel.ts); what the gate asks for is done by the host calls (host-calls.ts).
 */
import type {
  Action,
  Event,
  Outcome,
  SecretSystem,
  Step,
  StepReport,
  SystemView,
  Value,
} from "../../model/system-contract.ts";
import { errors } from "./call-frame.ts";
import type { Assemble } from "./forge.ts";
import { numberOf } from "./host-calls.ts";
import { Kernel } from "./kernel.ts";
import { passTime, reclaimCvm } from "./life.ts";
import { Probe } from "./probe.ts";
import { KernelSecrets } from "./secrets.ts";
import { type Cvm, domainOf, type Thread } from "./tables.ts";
import { outlineOf, pagesOf, viewOf } from "./view.ts";

export interface IntravisorOptions {
  /** Our assembler, which the machines do not know. */
  readonly assemble: Assemble;
}

/** A system whose real state can be looked at. */
export interface ProbedSystem extends SecretSystem {
  readonly probe: Probe;
}

export function createIntravisor({ assemble }: IntravisorOptions): ProbedSystem {
  return new Intravisor(assemble);
}

/** Calls that the guest's own code does, without crossing. */
const stubOf: Readonly<Record<string, string>> = {
  cp_file_pread: "pread",
  cp_file_pwrite: "pwrite",
  cp_buffer_read: "bread",
  cp_buffer_write: "bwrite",
};

class Intravisor implements ProbedSystem {
  readonly name = "impl";
  readonly probe: Probe;
  readonly secrets: KernelSecrets;
  private readonly kernel: Kernel;

  constructor(assemble: Assemble) {
    this.kernel = new Kernel(assemble);
    this.probe = new Probe(this.kernel);
    this.secrets = new KernelSecrets(this.kernel);
  }

  reset(): void {
    this.kernel.reset();
  }

  step(step: Step, results: readonly StepReport[]): StepReport {
    const outcome = step.by === null ? this.happen(step.event) : this.act(step.by, step.action, results);
    return { outcome, ...this.kernel.seen() };
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
        passTime(this.kernel.tables, event.ns, (thread, answer) => this.kernel.wake(thread, answer));
        return done(0n);
    }
  }

  private act(by: { cvm: string; thread: number }, action: Action, results: readonly StepReport[]): Outcome {
    const thread = this.named(by.cvm)?.threads[by.thread];
    if (thread === undefined || thread.state === "dead" || thread.cvm.state !== "running") {
      return { kind: "refused", why: "no such thread" };
    }
    if (thread.state === "blocked") return { kind: "refused", why: "blocked" };
    const meant = (value: Value) => this.resolve(thread, value, results);
    switch (action.do) {
      case "call":
      case "call-number": {
        const args = action.args.map(meant);
        const stub = action.do === "call" ? stubOf[action.call] : undefined;
        if (stub !== undefined) return this.runStub(thread, stub, args);
        const number = action.do === "call" ? numberOf(action.call) : action.number;
        return this.kernel.run(thread, "hostcall", args, number);
      }
      case "load":
        return this.runStub(thread, `load${action.size}`, [meant(action.address)]);
      case "store":
        return this.runStub(thread, `store${action.size}`, [meant(action.address), meant(action.value)]);
      case "narrow":
        return this.runStub(thread, "narrow", [meant(action.address), meant(action.length)]);
      case "fill":
        return this.fill(thread, meant(action.address), action.length, action.seed);
      case "body":
      case "go":
        return { kind: "returned", values: [BigInt.asUintN(64, errors.ENOSYS), 0n, 0n] };
    }
  }

  /** Runs guest code that calls nobody: its result is in a0. */
  private runStub(thread: Thread, stub: string, args: readonly bigint[]): Outcome {
    const outcome = this.kernel.run(thread, stub, args, 0n);
    return outcome.kind === "returned" ? { ...outcome, values: [outcome.values[0], 0n, 0n] } : outcome;
  }

  /** Stores a pattern by the guest's own stores, eight bytes at a time and then singly. */
  private fill(thread: Thread, address: bigint, length: number, seed: number): Outcome {
    const bytes = Uint8Array.from({ length }, (_, at) => (seed * 31 + at * 7 + (at >> 8) * 13 + 1) & 0xff);
    const ddc = this.kernel.ddcOf(thread);
    if (length > 0 && (address < ddc.base || address + BigInt(length) > ddc.top)) {
      return this.runStub(thread, "store1", [address < ddc.base ? address : ddc.top, 0n]);
    }
    const view = new DataView(bytes.buffer);
    let at = 0;
    let outcome: Outcome = { kind: "returned", values: [0n, 0n, 0n] };
    for (; at + 8 <= length; at += 8) {
      outcome = this.runStub(thread, "store8", [address + BigInt(at), view.getBigUint64(at, true)]);
    }
    for (; at < length; at++) {
      outcome = this.runStub(thread, "store1", [address + BigInt(at), BigInt(bytes[at]!)]);
    }
    return outcome;
  }

  private resolve(thread: Thread, value: Value, results: readonly StepReport[]): bigint {
    switch (value.kind) {
      case "number":
        return BigInt.asUintN(64, value.value);
      case "at": {
        const cvm = value.cvm === null ? domainOf(thread) : this.named(value.cvm);
        if (cvm === null) return 0n;
        return BigInt.asUintN(64, BigInt(value.part === "code" ? cvm.codeBase : cvm.dataBase) + value.offset);
      }
      case "result": {
        const outcome = results[value.step]?.outcome;
        return outcome?.kind === "returned" ? (outcome.values[value.index] ?? 0n) : 0n;
      }
    }
  }

  private named(name: string): Cvm | null {
    return this.kernel.tables.cvms.find((cvm) => cvm?.name === name) ?? null;
  }
}
