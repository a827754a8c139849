/**
 * Runs threads on the engine: into their code, through the gate, and back. It has the contexts, and the first look at
 * every trap; whose turn it is and what a step asks for is not its business.
 */
import type { CvmDescription, Outcome, StepReport } from "../../model/system-contract.ts";
import { createEngine, type Engine } from "../engine/index.ts";
import { type Answer, type CallFrame, errors } from "./call-frame.ts";
import { layOut, plan } from "./creation.ts";
import { Crossing, type Ways } from "./crossing.ts";
import { blockOf, startThread } from "./domain.ts";
import { type Assemble, Forge } from "./forge.ts";
import { GATE } from "./gate-code.ts";
import { hostCalls } from "./host-calls.ts";
import { BLOCK_BYTES, block, GATE_AT, PAGE, RAM_SIZE, SLOTS } from "./layout.ts";
import { endCvm } from "./life.ts";
import { type Program, programOf, STUBS } from "./program.ts";
import { Courier } from "./stream-copy.ts";
import { settlePolls } from "./stream-poll.ts";
import { type Cvm, domainOf, type Tables, type Thread } from "./tables.ts";

/** Machine steps that one step of a script may take: far more than the longest copy a script can ask for. */
const STEP_BUDGET = 1 << 24;
const CAUSE_BREAKPOINT = 3n;
const CAUSE_ECALL = 11n;
const [A0, T5, RA, TP] = [10, 30, 1, 4];
const MEPCC = 0x3f;
const PCC = 0x20;
const DDC = 0x21;

/** What others see of a step while it is taken. */
type Seen = Pick<StepReport, "woken" | "devices">;

export class Kernel {
  readonly engine: Engine;
  tables: Tables = emptyTables();
  private readonly gate: Program;
  private readonly stubs: Program;
  private readonly assemble: Assemble;
  private forge: Forge;
  private crossing: Crossing;
  private courier: Courier;
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
    this.courier = this.newCourier();
    this.reset();
  }

  reset(): void {
    this.engine.reset({ preset: "dii" });
    this.forge = new Forge(this.engine, this.assemble);
    this.crossing = new Crossing(this.engine, this.forge, this.ways());
    this.courier = this.newCourier();
    this.engine.load(BigInt(GATE_AT), this.gate.bytes);
    this.tables = emptyTables();
    this.returning.length = 0;
  }

  /** What the step under way has shown; the next one begins with nothing. */
  seen(): Seen {
    const wake: CallFrame["wake"] = (thread, answer) => this.wake(thread, answer);
    settlePolls({ engine: this.engine, tables: this.tables, wake });
    this.settle();
    const { woken, devices } = this;
    this.woken = [];
    this.devices = [];
    return { woken, devices };
  }

  /** Builds and starts a cVM: 0, or why not. */
  create(description: CvmDescription): bigint {
    const planned = plan(this.tables, description);
    if (typeof planned === "string") return errors[planned];
    const image = Uint8Array.from(Buffer.from(description.image, "hex"));
    layOut(this.engine, planned, image, this.stubs);
    this.tables.cvms[planned.slot] = planned;
    this.tables.generations[planned.slot] = planned.generation;
    planned.threads.push(startThread(this.engine, this.forge, planned, 0, planned.codeBase + PAGE, 0n));
    return 0n;
  }

  /** Runs a stub of the guest's, with the number of a call in t5, until it comes back, waits, faults or is gone. */
  run(thread: Thread, stub: string, args: readonly bigint[], number: bigint): Outcome {
    const { hart } = this.engine;
    const domain = domainOf(thread);
    hart.restore(thread.context);
    for (let at = 0; at < 8; at++) hart.setInteger(A0 + at, args[at] ?? 0n);
    hart.setInteger(T5, number);
    hart.setInteger(TP, BigInt(thread.frames.at(-1)!.stack));
    hart.setInteger(RA, BigInt(domain.codeBase + this.stubs.labels["done"]!));
    hart.pc = BigInt(domain.codeBase + this.stubs.labels[stub]!);
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
      courier: this.courier,
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
  wake(thread: Thread, answer: readonly bigint[] | keyof typeof errors): void {
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

  /** Ends a cVM, its descendants first. */
  end(cvm: Cvm): void {
    const { engine, tables, crossing } = this;
    const wake: CallFrame["wake"] = (thread, answer) => this.wake(thread, answer);
    endCvm({ engine, tables, crossing, wake, admitted: (thread) => this.admitted(thread) }, cvm);
  }

  /** Bounds of the DDC of a thread that is in its own code. */
  ddcOf(thread: Thread): { base: bigint; top: bigint } {
    this.engine.hart.restore(thread.context);
    return this.engine.hart.capability(DDC);
  }

  private newCourier(): Courier {
    const { labels } = this.stubs;
    return new Courier(this.engine, this.forge, { deliver: labels["deliver"]!, done: labels["done"]! });
  }

  private ways(): Ways {
    const { labels } = this.gate;
    return { goBack: labels["return"]!, goIn: labels["enter"]!, done: this.stubs.labels["done"]! };
  }
}

function emptyTables(): Tables {
  return {
    time: 0n,
    cvms: new Array<null>(SLOTS).fill(null),
    generations: new Array<number>(SLOTS).fill(0),
    grants: new Set(),
    endpoints: new Set(),
    listeners: new Set(),
    streams: new Set(),
    timers: [],
    queued: 0,
  };
}
