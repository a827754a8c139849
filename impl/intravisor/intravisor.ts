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
import { blockOf, layOut, plan, startThread } from "./creation.ts";
import { type Assemble, Forge } from "./forge.ts";
import { GATE } from "./gate-code.ts";
import { hostCalls, numberOf } from "./host-calls.ts";
import { BLOCK_BYTES, block, GATE_AT, PAGE, RAM_SIZE, SLOTS } from "./layout.ts";
import { endCvm, passTime, reclaimCvm } from "./life.ts";
import { type Program, programOf, STUBS } from "./program.ts";
import type { Cvm, Tables, Thread } from "./tables.ts";
import { viewOf } from "./view.ts";

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

class Intravisor implements SystemUnderTest {
  readonly name = "impl";
  private readonly engine: Engine;
  private readonly gate: Program;
  private readonly stubs: Program;
  private readonly assemble: Assemble;
  private forge: Forge;
  private tables: Tables = emptyTables();
  private woken: StepReport["woken"][number][] = [];
  private devices: StepReport["devices"][number][] = [];
  /** Threads whose wait is over and whose call has not come back yet. */
  private readonly returning: Thread[] = [];

  constructor(assemble: Assemble) {
    this.assemble = assemble;
    this.engine = createEngine({ ramSize: RAM_SIZE });
    this.gate = programOf(GATE, true, assemble);
    this.stubs = programOf(STUBS, false, assemble);
    this.forge = new Forge(this.engine, assemble);
    this.reset();
  }

  reset(): void {
    this.engine.reset({ preset: "dii" });
    this.forge = new Forge(this.engine, this.assemble);
    this.engine.load(BigInt(GATE_AT), this.gate.bytes);
    this.tables = emptyTables();
  }

  step(step: Step, results: readonly StepReport[]): StepReport {
    this.woken = [];
    this.devices = [];
    const outcome = step.by === null ? this.happen(step.event) : this.act(step.by, step.action, results);
    return { outcome, woken: this.woken, devices: this.devices };
  }

  view(): SystemView {
    return viewOf(this.tables, this.engine);
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
        if (cvm.state !== "quarantine") return done(errors.EBUSY);
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
        const stub =
          action.do === "call" ? this.stubs.labels[action.call.replace("cp_file_", "")] : undefined;
        const isStub =
          action.do === "call" && (action.call === "cp_file_pread" || action.call === "cp_file_pwrite");
        if (isStub) return this.runStub(thread, stub!, args);
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
    const domain = thread.domains.at(-1)!;
    hart.restore(thread.context);
    for (let at = 0; at < 8; at++) hart.setInteger(A0 + at, args[at] ?? 0n);
    hart.setInteger(T5, number);
    hart.setInteger(TP, BigInt(thread.number));
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
        at === thread.domains.at(-1)!.codeBase + this.stubs.labels["done"]!
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

  /** Guest code trapped: in this release it is the step that fails, and the thread goes on. */
  private fault(thread: Thread, cause: bigint, value: bigint): Outcome {
    // The context stays as it was before the step.
    void thread;
    return { kind: "faulted", cause, value };
  }

  /** A host call has arrived. Null if the gate can go on at once. */
  private serve(thread: Thread): Outcome | null {
    const { engine } = this;
    const { hart } = engine;
    const at = Number(hart.capability(31).base);
    if (at !== blockOf(thread)) throw new Error("defect: a thread came with the block of another");
    const words = new BigUint64Array(engine.peek(BigInt(at), BLOCK_BYTES).buffer);
    const ddc = hart.capability(5);
    const frame: CallFrame = {
      engine,
      forge: this.forge,
      tables: this.tables,
      thread,
      cvm: thread.domains.at(-1)!,
      ddcBase: ddc.base,
      ddcTop: ddc.top,
      args: Array.from(words.subarray(block.arguments / 8, block.arguments / 8 + 8)),
      wake: (other, answer) => this.wake(other, answer),
      tell: (line) => this.devices.push(line),
      end: (cvm) => this.end(cvm),
    };
    const answer = hostCalls.get(words[block.number / 8]!)?.(frame) ?? "ENOSYS";
    hart.copy(PCC, MEPCC);
    hart.pc = BigInt(GATE_AT + this.gate.labels["return"]!);
    if (answer === "blocked") {
      thread.context = hart.save(thread.context);
      return { kind: "blocked" };
    }
    if (answer === "ended") return { kind: "returned", values: [0n, 0n, 0n] };
    this.reply(thread, answer);
    this.settle(thread);
    return null;
  }

  /** Leaves the results of a call in the thread's block. */
  private reply(thread: Thread, answer: Exclude<Answer, "blocked" | "ended">): void {
    const results = new BigInt64Array(3);
    if (typeof answer === "string") results[0] = errors[answer];
    else for (const [at, value] of answer.entries()) results[at] = BigInt.asIntN(64, value);
    this.engine.load(BigInt(blockOf(thread) + block.results), new Uint8Array(results.buffer));
  }

  /** Ends a wait: the thread's call comes back before anything else happens. */
  private wake(thread: Thread, answer: readonly bigint[] | keyof typeof errors): void {
    thread.wait = null;
    thread.state = "ready";
    this.reply(thread, answer);
    this.returning.push(thread);
    if (!this.isServing) this.settle(null);
  }

  private isServing = false;

  /** Lets the calls of woken threads come back. The hart is left as it was. */
  private settle(running: Thread | null): void {
    void running;
    const { hart } = this.engine;
    if (this.returning.length === 0) return;
    const present = hart.save();
    for (const thread of this.returning.splice(0)) {
      hart.restore(thread.context);
      const outcome = this.proceed(thread);
      if (outcome.kind !== "returned") throw new Error("defect: a woken thread did not come back");
      this.woken.push({ thread: { cvm: thread.cvm.name, thread: thread.number }, values: outcome.values });
    }
    hart.restore(present);
  }

  private end(cvm: Cvm): void {
    endCvm(this.tables, this.engine, cvm, (thread, answer) => this.wake(thread, answer));
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
        const cvm = value.cvm === null ? thread.domains.at(-1)! : this.named(value.cvm);
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
    timers: [],
  };
}
