/**
 * The system on the engine: cVMs run as machine code, calls go through the gate, and what the gate asks for is done
 * here. The host is kernel and device: it has the contexts of threads, the clock, and the first look at every trap.
 */
import type {
  Action,
  CvmDescription,
  Event,
  Outcome,
  Step,
  StepReport,
  SystemUnderTest,
  SystemView,
  Value,
} from "../../model/system-contract.ts";
import { createEngine, type Engine } from "../engine/index.ts";
import { type Answer, type CallFrame, errors } from "./call-frame.ts";
import { layOut, plan } from "./creation.ts";
import { Crossing, type Ways } from "./crossing.ts";
import { blockOf, startThread } from "./domain.ts";
import { type Assemble, Forge } from "./forge.ts";
import { GATE } from "./gate-code.ts";
import { hostCalls, numberOf } from "./host-calls.ts";
import { BLOCK_BYTES, block, GATE_AT, PAGE, RAM_SIZE, SLOTS } from "./layout.ts";
import { endCvm, passTime, reclaimCvm } from "./life.ts";
import { type Program, programOf, STUBS } from "./program.ts";
import { type Cvm, domainOf, type Tables, type Thread } from "./tables.ts";
import { outlineOf, pagesOf, viewOf } from "./view.ts";

/** Machine steps that one step of a script may take: far more than the longest copy a script can ask for. */
const STEP_BUDGET = 1 << 24;
const CAUSE_BREAKPOINT = 3n;
const CAUSE_ECALL = 11n;
const [A0, T5, RA, TP] = [10, 30, 1, 4];
const MEPCC = 0x3f;
const PCC = 0x20;

export interface IntravisorOptions {
  /** Our assembler, which the machines do not know. */
  readonly assemble: Assemble;
}

export function createIntravisor({ assemble }: IntravisorOptions): SystemUnderTest {
  return new Intravisor(assemble);
}

/** Calls that the guest's own code does, without crossing. */
const stubOf: Readonly<Record<string, string>> = {
  cp_file_pread: "pread",
  cp_file_pwrite: "pwrite",
  cp_buffer_read: "bread",
  cp_buffer_write: "bwrite",
};

class Intravisor implements SystemUnderTest {
  readonly name = "impl";
  private readonly engine: Engine;
  private readonly gate: Program;
  private readonly stubs: Program;
  private readonly assemble: Assemble;
  private forge: Forge;
  private crossing: Crossing;
  private tables: Tables = emptyTables();
  private woken: StepReport["woken"][number][] = [];
  private devices: StepReport["devices"][number][] = [];
  /** Threads whose wait is over and whose call has not come back yet. */
  private readonly returning: { readonly thread: Thread; readonly entered: boolean }[] = [];

  constructor(assemble: Assemble) {
    this.assemble = assemble;
    this.engine = createEngine({ ramSize: RAM_SIZE });
    this.gate = programOf(GATE, true, assemble);
    this.stubs = programOf(STUBS, false, assemble);
    this.forge = new Forge(this.engine, assemble);
    this.crossing = new Crossing(this.engine, this.forge, this.ways());
    this.reset();
  }

  reset(): void {
    this.engine.reset({ preset: "dii" });
    this.forge = new Forge(this.engine, this.assemble);
    this.crossing = new Crossing(this.engine, this.forge, this.ways());
    this.engine.load(BigInt(GATE_AT), this.gate.bytes);
    this.tables = emptyTables();
    this.returning.length = 0;
  }

  private ways(): Ways {
    const { labels } = this.gate;
    return { goBack: labels["return"]!, goIn: labels["enter"]!, done: this.stubs.labels["done"]! };
  }

  step(step: Step, results: readonly StepReport[]): StepReport {
    this.woken = [];
    this.devices = [];
    const outcome = step.by === null ? this.happen(step.event) : this.act(step.by, step.action, results);
    this.settle();
    return { outcome, woken: this.woken, devices: this.devices };
  }

  view(): SystemView {
    return viewOf(this.tables, this.engine);
  }

  outline(): SystemView {
    return outlineOf(this.tables, this.engine);
  }

  pages(cvm: string): Uint8Array[] {
    return pagesOf(this.tables, this.engine, cvm);
  }

  private happen(event: Event): Outcome {
    const done = (value: bigint): Outcome => ({ kind: "done", value: BigInt.asUintN(64, value) });
    switch (event.do) {
      case "create":
        return done(this.create(event.cvm));
      case "kill": {
        const cvm = this.named(event.cvm);
        if (cvm === null) return done(errors.ENOENT);
        if (cvm.state !== "running") return done(errors.EBUSY);
        this.end(cvm);
        return done(0n);
      }
      case "reclaim": {
        const cvm = this.named(event.cvm);
        if (cvm === null) return done(errors.ENOENT);
        const hasInner = this.tables.cvms.some((inner) => inner?.parent === cvm);
        if (cvm.state !== "quarantine" || hasInner) return done(errors.EBUSY);
        reclaimCvm(this.tables, this.engine, cvm);
        return done(0n);
      }
      case "advance":
        passTime(this.tables, event.ns, (thread, answer) => this.wake(thread, answer));
        return done(0n);
    }
  }

  private create(description: CvmDescription): bigint {
    const planned = plan(this.tables, description);
    if (typeof planned === "string") return errors[planned];
    const image = Uint8Array.from(Buffer.from(description.image, "hex"));
    layOut(this.engine, planned, image, this.stubs);
    this.tables.cvms[planned.slot] = planned;
    this.tables.generations[planned.slot] = planned.generation;
    planned.threads.push(startThread(this.engine, this.forge, planned, 0, planned.codeBase + PAGE, 0n));
    return 0n;
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
        if (stub !== undefined) return this.runStub(thread, this.stubs.labels[stub]!, args);
        const number = action.do === "call" ? numberOf(action.call) : action.number;
        return this.run(thread, this.stubs.labels["hostcall"]!, args, number);
      }
      case "load":
        return this.runStub(thread, this.stubs.labels[`load${action.size}`]!, [meant(action.address)]);
      case "store":
        return this.runStub(thread, this.stubs.labels[`store${action.size}`]!, [
          meant(action.address),
          meant(action.value),
        ]);
      case "narrow":
        return this.runStub(thread, this.stubs.labels["narrow"]!, [
          meant(action.address),
          meant(action.length),
        ]);
      case "fill":
        return this.fill(thread, meant(action.address), action.length, action.seed);
      case "body":
        return { kind: "returned", values: [BigInt.asUintN(64, errors.ENOSYS), 0n, 0n] };
    }
  }

  /** Runs guest code in a thread until it comes back, waits, faults or is gone. */
  private runStub(thread: Thread, offset: number, args: readonly bigint[]): Outcome {
    const outcome = this.run(thread, offset, args, 0n);
    return outcome.kind === "returned" ? { ...outcome, values: [outcome.values[0], 0n, 0n] } : outcome;
  }

  private run(thread: Thread, offset: number, args: readonly bigint[], number: bigint): Outcome {
    const { hart } = this.engine;
    const domain = domainOf(thread);
    hart.restore(thread.context);
    for (let at = 0; at < 8; at++) hart.setInteger(A0 + at, args[at] ?? 0n);
    hart.setInteger(T5, number);
    hart.setInteger(TP, BigInt(thread.frames.at(-1)!.stack));
    hart.setInteger(RA, BigInt(domain.codeBase + this.stubs.labels["done"]!));
    hart.pc = BigInt(domain.codeBase + offset);
    return this.proceed(thread);
  }

  private proceed(thread: Thread): Outcome {
    const { hart } = this.engine;
    for (let left = STEP_BUDGET; left > 0; ) {
      const { steps, trapped } = hart.runToTrap(left);
      left -= steps;
      if (!trapped) break;
      const { cause, value } = hart.trap();
      const at = Number(hart.integer(MEPCC));
      if (cause === CAUSE_ECALL && at === GATE_AT + this.gate.labels["ask"]!) {
        const outcome = this.serve(thread);
        if (outcome !== null) return outcome;
      } else if (
        cause === CAUSE_BREAKPOINT &&
        at === domainOf(thread).codeBase + this.stubs.labels["done"]!
      ) {
        return this.finish(thread);
      } else {
        return this.fault(thread, cause, value);
      }
    }
    throw new Error("defect: a step did not end");
  }

  /** The thread is back in its own code: results in a0 to a2. */
  private finish(thread: Thread): Outcome {
    const { hart } = this.engine;
    const values = [hart.integer(A0), hart.integer(A0 + 1), hart.integer(A0 + 2)] as const;
    hart.copy(PCC, MEPCC);
    thread.context = hart.save(thread.context);
    return { kind: "returned", values: [values[0], values[1], values[2]] };
  }

  /** Guest code trapped. In its own domain the step fails and that is all; a callee that faults is over (3.9). */
  private fault(thread: Thread, cause: bigint, value: bigint): Outcome {
    if (thread.frames.length > 1) this.end(domainOf(thread));
    return { kind: "faulted", cause, value };
  }

  /** A host call has arrived. Null if the gate can go on at once. */
  private serve(thread: Thread): Outcome | null {
    const { engine } = this;
    const { hart } = engine;
    const at = Number(hart.capability(31).base);
    if (at !== blockOf(thread)) {
      // A guest may send a thread with the gate pair of another: it gets its registers back and nothing else.
      this.reply(at, "EPERM");
      this.goBack();
      return null;
    }
    const words = new BigUint64Array(engine.peek(BigInt(at), BLOCK_BYTES).buffer);
    const ddc = hart.capability(5);
    const frame: CallFrame = {
      engine,
      forge: this.forge,
      tables: this.tables,
      thread,
      cvm: domainOf(thread),
      ddcBase: ddc.base,
      ddcTop: ddc.top,
      args: Array.from(words.subarray(block.arguments / 8, block.arguments / 8 + 8)),
      crossing: this.crossing,
      wake: (other, answer) => this.wake(other, answer),
      admitted: (other) => this.admitted(other),
      tell: (line) => this.devices.push(line),
      end: (cvm) => this.end(cvm),
    };
    const answer = hostCalls.get(words[block.number / 8]!)?.(frame) ?? "ENOSYS";
    this.goBack();
    if (answer === "blocked") {
      thread.context = hart.save(thread.context);
      return { kind: "blocked" };
    }
    if (answer === "ended") return { kind: "returned", values: [0n, 0n, 0n] };
    if (answer === "entered") return this.goIn(thread);
    this.reply(at, answer);
    return null;
  }

  /** The gate goes on behind its trap. */
  private goBack(): void {
    const { hart } = this.engine;
    hart.copy(PCC, MEPCC);
    hart.pc = BigInt(GATE_AT + this.ways().goBack);
  }

  /** Runs the gate's way in, up to the first instruction of the callee. */
  private goIn(thread: Thread): Outcome {
    const { hart } = this.engine;
    const { goIn } = this.ways();
    hart.pc = BigInt(GATE_AT + goIn);
    const { trapped } = hart.runToTrap((this.gate.labels["refuse"]! - goIn) / 4);
    if (trapped) throw new Error("defect: the gate trapped on its way in");
    thread.context = hart.save(thread.context);
    const values = Array.from({ length: 8 }, (_, at) => hart.integer(A0 + at));
    return { kind: "entered", cvm: domainOf(thread).name, values };
  }

  /** Leaves the results of a call in a thread's block. */
  private reply(at: number, answer: Exclude<Answer, "blocked" | "entered" | "ended">): void {
    const results = new BigInt64Array(3);
    if (typeof answer === "string") results[0] = errors[answer];
    else for (const [index, value] of answer.entries()) results[index] = BigInt.asIntN(64, value);
    this.engine.load(BigInt(at + block.results), new Uint8Array(results.buffer));
  }

  /** Ends a wait: the thread's call comes back at the end of the step. */
  private wake(thread: Thread, answer: readonly bigint[] | keyof typeof errors): void {
    thread.wait = null;
    thread.state = "ready";
    this.reply(blockOf(thread), answer);
    this.comesBack(thread, false);
  }

  private admitted(thread: Thread): void {
    this.comesBack(thread, true);
  }

  /** Notes that a thread goes on at the end of the step; once, with what it came to last (I-61). */
  private comesBack(thread: Thread, entered: boolean): void {
    const before = this.returning.findIndex((one) => one.thread === thread);
    if (before >= 0) this.returning.splice(before, 1);
    this.returning.push({ thread, entered });
  }

  /** Lets the calls of woken threads come back, or go in. */
  private settle(): void {
    const { hart } = this.engine;
    for (const { thread, entered } of this.returning.splice(0)) {
      // Whoever was woken and died in the same step does not come back.
      if (thread.state === "dead") continue;
      hart.restore(thread.context);
      const outcome = entered ? this.goIn(thread) : this.proceed(thread);
      if (outcome.kind !== "returned" && outcome.kind !== "entered") {
        throw new Error("defect: a woken thread did not come back");
      }
      const [a0, a1, a2] = outcome.values as [bigint, bigint, bigint];
      this.woken.push({ thread: { cvm: thread.cvm.name, thread: thread.number }, values: [a0, a1, a2] });
    }
  }

  private end(cvm: Cvm): void {
    const { engine, tables, crossing } = this;
    const wake: CallFrame["wake"] = (thread, answer) => this.wake(thread, answer);
    endCvm({ engine, tables, crossing, wake, admitted: (thread) => this.admitted(thread) }, cvm);
  }

  /** Stores a pattern by the guest's own stores, eight bytes at a time and then singly. */
  private fill(thread: Thread, address: bigint, length: number, seed: number): Outcome {
    const bytes = Uint8Array.from({ length }, (_, at) => (seed * 31 + at * 7 + (at >> 8) * 13 + 1) & 0xff);
    const ddc = this.ddcOf(thread);
    if (length > 0 && (address < ddc.base || address + BigInt(length) > ddc.top)) {
      return this.runStub(thread, this.stubs.labels["store1"]!, [address < ddc.base ? address : ddc.top, 0n]);
    }
    const view = new DataView(bytes.buffer);
    let at = 0;
    let outcome: Outcome = { kind: "returned", values: [0n, 0n, 0n] };
    for (; at + 8 <= length; at += 8) {
      outcome = this.runStub(thread, this.stubs.labels["store8"]!, [
        address + BigInt(at),
        view.getBigUint64(at, true),
      ]);
    }
    for (; at < length; at++) {
      outcome = this.runStub(thread, this.stubs.labels["store1"]!, [
        address + BigInt(at),
        BigInt(bytes[at]!),
      ]);
    }
    return outcome;
  }

  private ddcOf(thread: Thread): { base: bigint; top: bigint } {
    this.engine.hart.restore(thread.context);
    return this.engine.hart.capability(0x21);
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
    return this.tables.cvms.find((cvm) => cvm?.name === name) ?? null;
  }
}

function emptyTables(): Tables {
  return {
    time: 0n,
    cvms: new Array<null>(SLOTS).fill(null),
    generations: new Array<number>(SLOTS).fill(0),
    grants: new Set(),
    endpoints: new Set(),
    timers: [],
    queued: 0,
  };
}
