/**
 * Runs threads on the engine: into their code, through the gate and back, as far as a step or a slice goes. It has the
 * first look at every trap; what calls mean and what becomes of others is the kernel's business.
 *
 * A thread may be stopped between any two instructions, those of the gate too: what it has there is its own context and
 * its own block, and nobody else goes in with that block.
 */
import type { Authority, Outcome, SliceEnd } from "../../model/system-contract.ts";
import { pcIn, setPcIn } from "../engine/hart.ts";
import type { Engine } from "../engine/index.ts";
import { type Callbacks, OBJECT_STEPS } from "../sco/callbacks.ts";
import { isObjectCode } from "../sco/program.ts";
import { isInObject } from "../sco/stack.ts";
import { authority } from "./authority.ts";
import { errors } from "./call-frame.ts";
import { blockOf, storeOf } from "./domain.ts";
import {
  BLOCK_BYTES,
  BODY_BYTES,
  BODY_PLACES,
  block,
  GATE_AT,
  GATE_SIZE,
  IMAGE_AT,
  OBJECT_CODE_AT,
  OBJECTS_BASE,
  OBJECTS_TOP,
  PAGE,
} from "./layout.ts";
import type { Program } from "./program.ts";
import { type Activity, type Cvm, domainOf, type Frame, type Thread } from "./tables.ts";

/** Machine steps of a stub, far more than the longest copy takes, and of a body or a piece of a program. */
const STUB_STEPS = 1 << 24;
export const CODE_STEPS = 4096;
const CAUSE_BREAKPOINT = 3n;
const CAUSE_ECALL = 11n;
const CAUSE_CHERI = 0x1cn;
const LENGTH_VIOLATION = 1n;
const TAG_VIOLATION = 2n;
const [A0, T5, RA, TP, C6] = [10, 30, 1, 4, 6];
const PCC = 0x20;
const DDC = 0x21;
const MEPCC = 0x3f;
/** What a call leaves null on its way out, but for c6 and c27. */
const TEMPORARIES = [5, 6, 7, 13, 14, 15, 16, 17, 28, 29, 30, 31];
/** c.ebreak, twice. */
/** Stubs that have more than one result. */
const SEVERAL: readonly string[] = ["hostcall", "scocall"];
const END_OF_BODY = 0x9002_9002;

/** What runs threads hands on. */
export interface Host {
  /** Serves the call that a thread in the gate has made. The hart is the thread's, before and after. */
  serve(thread: Thread): Outcome | "ended" | "resumed";
  /** Takes a thread that has trapped to the handler of its cVM, where the hart stands then; false if it cannot go there. */
  deliver(thread: Thread, trap: { readonly cause: bigint; readonly value: bigint }): boolean;
  /** Ends the cVM in which a thread has faulted. */
  end(cvm: Cvm): void;
  /** What calls into objects need besides machine code. */
  callbacks(): Callbacks;
}

/** How far a thread came. */
export interface Run {
  readonly end: SliceEnd;
  readonly served: Outcome | null;
  readonly steps: number;
  /** DDC of the domain that has faulted, where that is the end. */
  readonly faultedUnder: Authority | null;
}

export class Runner {
  private readonly engine: Engine;
  private readonly gate: Program;
  private readonly stubs: Program;
  private readonly objectCode: Program;
  private readonly host: Host;
  private faultedUnder: Authority | null = null;
  /** What temporaries hold when a thread's next stub begins, where they are not zero: see secrets.ts. */
  temporaries: { readonly thread: Thread; readonly of: (register: number) => bigint } | null = null;

  constructor(engine: Engine, gate: Program, stubs: Program, objectCode: Program, host: Host) {
    this.engine = engine;
    this.gate = gate;
    this.stubs = stubs;
    this.objectCode = objectCode;
    this.host = host;
  }

  /** Sends a thread to a stub of the guest's, with the number of a call in t5. */
  beginStub(thread: Thread, stub: string, args: readonly bigint[], number: bigint, isSliced: boolean): void {
    const { hart } = this.engine;
    const at = (label: string) => BigInt(domainOf(thread).codeBase + this.stubs.labels[label]!);
    this.place(thread, "stub", at(stub));
    const held = this.temporaries?.thread === thread ? this.temporaries.of : () => 0n;
    this.temporaries = null;
    for (const register of TEMPORARIES) hart.setInteger(register, held(register));
    for (let index = 0; index < 8; index++) hart.setInteger(A0 + index, args[index] ?? 0n);
    hart.setInteger(T5, number);
    hart.setInteger(TP, BigInt(thread.frames.at(-1)!.stack));
    hart.setInteger(RA, at("done"));
    thread.context = hart.save(thread.context);
    thread.underWay = { ...begun("stub", isSliced, STUB_STEPS), isLocal: !SEVERAL.includes(stub) };
  }

  /** Sends a thread to instructions put into its place for them; false if there is none for it. */
  beginBody(thread: Thread, words: readonly number[], isSliced: boolean): boolean {
    const { engine } = this;
    const frame = thread.frames.at(-1)!;
    if (frame.stack >= BODY_PLACES || words.length >= BODY_BYTES / 4) return false;
    const at = storeOf(frame.cvm) - PAGE + frame.stack * BODY_BYTES;
    const place = new Uint32Array(BODY_BYTES / 4).fill(END_OF_BODY);
    place.set(words);
    this.place(thread, "body", BigInt(at));
    this.temporaries = null;
    engine.load(BigInt(at), new Uint8Array(place.buffer));
    frame.doing.end = at + 4 * words.length;
    thread.context = engine.hart.save(thread.context);
    thread.underWay = begun("body", isSliced, CODE_STEPS);
    return true;
  }

  /** Lets a thread's own code go on: what it was in, or the entry of its image. */
  beginProgram(thread: Thread, isSliced: boolean): void {
    if (thread.frames.at(-1)!.doing.code === "stub") {
      this.place(thread, "program", BigInt(domainOf(thread).codeBase + IMAGE_AT));
      thread.context = this.engine.hart.save(thread.context);
    }
    thread.underWay = begun("go", isSliced, isSliced ? Number.POSITIVE_INFINITY : CODE_STEPS);
  }

  /** Loads the hart with a thread that is about to begin something in the domain it is in, and is not in the gate. */
  private place(thread: Thread, code: Frame["doing"]["code"], pc: bigint): void {
    const { hart } = this.engine;
    const { doing } = thread.frames.at(-1)!;
    hart.restore(thread.context);
    hart.setRegister(PCC, doing.pcc);
    hart.pc = pc;
    doing.code = code;
  }

  /**
   * Brings a thread that does not wait to where it can begin something: out of the gate, if a call of its own program has
   * come back there, and free of that program, unless that `goesOn`. False if it has something else under way, or is in a call.
   */
  makeFree(thread: Thread, goesOn: boolean): boolean {
    const { underWay } = thread;
    if (underWay !== null && (underWay.hasAsked || (underWay.isSliced && underWay.kind !== "go")))
      return false;
    if (isGate(pcIn(thread.context))) this.bringOut(thread);
    if (!goesOn) this.leaveObjects(thread);
    thread.underWay = null;
    return true;
  }

  /** Runs a thread that stands in the gate up to its first instruction outside. */
  private bringOut(thread: Thread): void {
    thread.underWay = begun("go", false, 0);
    this.run(thread, GATE_SIZE);
    thread.underWay = null;
  }

  /** Ends what a thread has called in objects. */
  private leaveObjects(thread: Thread): void {
    const { hart } = this.engine;
    const callbacks = this.host.callbacks();
    callbacks.drain(thread);
    if (isInObject(this.engine, thread)) {
      hart.restore(thread.context);
      callbacks.timedOut(thread);
      thread.context = hart.save(thread.context);
    }
    if (isObjectCode(pcIn(thread.context))) this.bringOut(thread);
  }

  /** Lets a thread come back from a call that is over, to the end of the stub that made it. */
  bringHome(thread: Thread): void {
    thread.underWay = begun("stub", false, STUB_STEPS);
    const { end } = this.run(thread, STUB_STEPS);
    if (end.kind !== "returned") throw new Error("defect: a woken thread did not come back");
  }

  /** Lets a thread go in where its block says, to the first instruction of the callee. */
  bringIn(thread: Thread): void {
    thread.underWay = begun("stub", false, STUB_STEPS);
    this.headIn(thread);
    this.run(thread, GATE_SIZE);
    thread.underWay = null;
  }

  /** Serves what a thread has asked for, and lets it go on for at most so many machine steps. */
  run(thread: Thread, steps: number): Run {
    const { hart } = this.engine;
    const activity = thread.underWay!;
    hart.restore(thread.context);
    let served: Outcome | null = null;
    let left = steps;
    const ended = (end: SliceEnd): Run => ({
      end,
      served,
      steps: steps - left,
      faultedUnder: end.kind === "faulted" ? this.faultedUnder : null,
    });
    if (activity.hasAsked) {
      const answer = this.answer(thread, activity);
      served = answer.served;
      if (answer.end !== null) return ended(answer.end);
    }
    for (;;) {
      if (activity.left <= 0 && activity.entering === 0 && !isGate(hart.pc) && !isObjectCode(hart.pc)) {
        if (activity.kind !== "body" || !isInObject(this.engine, thread))
          return ended(this.usedUp(thread, activity));
        this.host.callbacks().timedOut(thread);
      }
      if (left <= 0) {
        // From its next instruction on the gate has the guest's DDC in no register that stays.
        const isAsking = hart.pc === BigInt(GATE_AT + this.gate.labels["ask"]!);
        if (isAsking) thread.frames.at(-1)!.doing.ddc = authority(hart.capability(5));
        this.seeClient(thread);
        thread.context = hart.save(thread.context);
        return ended({ kind: "preempted" });
      }
      const most = activity.entering > 0 ? activity.entering : Math.max(1, activity.left);
      const piece = thread.objectPage === 0 ? most : Math.min(most, OBJECT_STEPS);
      const { steps: taken, trapped } = hart.runToTrap(Math.min(left, piece));
      left -= taken;
      activity.left -= taken;
      if (!trapped) this.host.callbacks().spend(thread, taken);
      const end = trapped ? this.trapped(thread, activity) : this.entered(thread, activity, taken);
      if (end !== null) return ended(end);
    }
  }

  private usedUp(thread: Thread, { kind }: Activity): Outcome {
    if (kind === "stub") throw new Error("defect: a step did not end");
    this.seeClient(thread);
    thread.context = this.engine.hart.save(thread.context);
    thread.underWay = null;
    return nothing;
  }

  /** Notes the DDC of a client whose thread is in an object. */
  private seeClient(thread: Thread): void {
    const { hart } = this.engine;
    if (thread.objectPage === 0 || !isInObject(this.engine, thread)) return;
    const running = hart.save();
    hart.setRegister(DDC, this.host.callbacks().clientDdc(thread));
    thread.frames.at(-1)!.doing.ddc = authority(hart.capability(DDC));
    hart.restore(running);
  }

  /** Null until the thread is at the first instruction of its callee. */
  private entered(thread: Thread, activity: Activity, taken: number): Outcome | null {
    if (activity.entering === 0) return null;
    activity.entering -= taken;
    if (activity.entering > 0) return null;
    const { hart } = this.engine;
    thread.context = hart.save(thread.context);
    if (activity.kind !== "go") thread.underWay = null;
    const values = Array.from({ length: 8 }, (_, at) => hart.integer(A0 + at));
    return { kind: "entered", cvm: domainOf(thread).name, values };
  }

  /** What a trap means; null if the thread goes on at once. */
  private trapped(thread: Thread, activity: Activity): SliceEnd | null {
    const { hart } = this.engine;
    const { cause, value } = hart.trap();
    const at = Number(hart.integer(MEPCC));
    if (at >= GATE_AT && at < GATE_AT + GATE_SIZE) return this.trappedInGate(thread, activity, at);
    if (isObjectCode(BigInt(at))) return this.trappedInObjectCode(thread, activity, at - OBJECT_CODE_AT);
    if (at >= OBJECTS_BASE && at <= OBJECTS_TOP && isInObject(this.engine, thread)) {
      this.host.callbacks().trapped(thread, cause, value);
      return null;
    }
    const { cvm, doing, stack } = thread.frames.at(-1)!;
    if (cause === CAUSE_BREAKPOINT) {
      if (doing.code === "stub" && at === cvm.codeBase + this.stubs.labels["done"]!)
        return this.finish(thread);
      const placeEnd = storeOf(cvm) - PAGE + (stack + 1) * BODY_BYTES;
      if (doing.code === "body" && at >= doing.end && at < placeEnd) return this.finish(thread);
    }
    hart.copy(PCC, MEPCC);
    const late = cause === CAUSE_CHERI && (value & 0x1fn) === TAG_VIOLATION && this.lateAt(at - cvm.codeBase);
    if (late) {
      // What the stub goes by was revoked on the way: it comes back as if it had just found that out.
      // Long copies run in capability mode; the way out does not.
      hart.setRegister(PCC, doing.pcc);
      hart.pc = BigInt(cvm.codeBase + this.stubs.labels[late]!);
      return null;
    }
    return this.fault(thread, cause, value);
  }

  private trappedInGate(thread: Thread, activity: Activity, at: number): SliceEnd | null {
    const { hart } = this.engine;
    const { labels } = this.gate;
    const { cause, value } = hart.trap();
    const { doing } = thread.frames.at(-1)!;
    if (cause === CAUSE_ECALL && at === GATE_AT + labels["ask"]!) {
      doing.ddc = authority(hart.capability(5));
      hart.copy(PCC, MEPCC);
      hart.pc = BigInt(GATE_AT + labels["return"]!);
      activity.hasAsked = true;
      if (!activity.isSliced) return this.answer(thread, activity).end;
      thread.context = hart.save(thread.context);
      return { kind: "asks", ...this.asked(thread) };
    }
    if (at === GATE_AT + labels["refuse"]!) return this.turnAway(thread);
    // The last instruction goes where the guest wants to: a place that is not its own is its fault.
    if (at !== GATE_AT + labels["refuse"]! - 4) throw new Error(`defect: the gate trapped, cause ${cause}`);
    this.putNowhere(thread);
    return this.fault(thread, cause, value);
  }

  /** The code between clients and objects asks for something, or goes where a guest wants to who has no place there. */
  private trappedInObjectCode(thread: Thread, activity: Activity, at: number): SliceEnd | null {
    const { hart } = this.engine;
    const { cause, value } = hart.trap();
    const { labels } = this.objectCode;
    const callbacks = this.host.callbacks();
    switch (at) {
      case labels["pageless"]:
        callbacks.begin(thread);
        return null;
      case labels["stackless"]:
        callbacks.faulted(thread);
        return null;
      case labels["topless"]:
        callbacks.refuse(thread);
        return null;
      case labels["turn"]:
        callbacks.trapped(thread, cause, value);
        return null;
      case labels["home"]:
        this.putNowhere(thread);
        return this.fault(thread, cause, value);
      case labels["callback"]: {
        const values = callbacks.enter(thread);
        if (values === null) return null;
        thread.context = hart.save(thread.context);
        if (activity.kind !== "go") thread.underWay = null;
        return { kind: "entered", cvm: domainOf(thread).name, values };
      }
      default:
        throw new Error(`defect: the way into objects trapped at ${at}, cause ${cause} ${value}`);
    }
  }

  /** Serves a call; the end is null if the thread goes on at once. */
  private answer(thread: Thread, activity: Activity): { served: Outcome; end: Outcome | null } {
    const { hart } = this.engine;
    const depth = thread.frames.length;
    activity.hasAsked = false;
    const served = this.host.serve(thread);
    if (served === "ended") {
      thread.underWay = null;
      return { served: nothing, end: nothing };
    }
    if (served === "resumed") {
      // A program goes on where it was interrupted; a step that only asked for that is over.
      if (activity.kind === "go") return { served: nothing, end: null };
      // What an object does after a callback belongs to the step that has called it, if that is not over.
      const isBack = isInObject(this.engine, thread) && thread.frames.at(-1)!.doing.code === "stub";
      if (isBack) return { served: nothing, end: null };
      thread.context = hart.save(thread.context);
      thread.underWay = null;
      return { served: nothing, end: nothing };
    }
    if (served.kind === "blocked") {
      thread.context = hart.save(thread.context);
      return { served, end: served };
    }
    if (served.kind === "entered") {
      activity.entering = this.stepsIn;
      hart.pc = this.wayIn;
    }
    const isBack = thread.frames.length < depth && activity.kind !== "go";
    if (isBack && thread.frames.at(-1)!.doing.code !== "stub") {
      thread.context = hart.save(thread.context);
      thread.underWay = null;
      return { served, end: served };
    }
    return { served, end: null };
  }

  /** Lets a thread in the gate go on at the way in. */
  headIn(thread: Thread): void {
    thread.underWay!.entering = this.stepsIn;
    setPcIn(thread.context, this.wayIn);
  }

  private get stepsIn(): number {
    return (this.gate.labels["refuse"]! - this.gate.labels["enter"]!) / 4;
  }

  private get wayIn(): bigint {
    return BigInt(GATE_AT + this.gate.labels["enter"]!);
  }

  /** What a thread in the gate asks for. */
  asked(thread: Thread): { readonly number: bigint; readonly args: bigint[] } {
    const words = new BigUint64Array(this.engine.peek(BigInt(blockOf(thread)), BLOCK_BYTES).buffer);
    const first = block.arguments / 8;
    return { number: words[block.number / 8]!, args: Array.from(words.subarray(first, first + 8)) };
  }

  /** Whether an offset in a code part is in what copies. */
  private isCopy(at: number): boolean {
    return at >= this.stubs.labels["copy"]! && at < this.stubs.labels["leave"]!;
  }

  /** Where a stub goes on that has lost, at this offset, what it copies or calls through; null if it does neither there. */
  private lateAt(at: number): "stale" | "noObject" | null {
    if (this.isCopy(at)) return "stale";
    return at === this.stubs.labels["invoke"] ? "noObject" : null;
  }

  /** Where a thread stands; a copy is one by a stub. */
  placeOf(thread: Thread): "code" | "copy" | "gate" | null {
    if (thread.state === "dead") return null;
    const pc = pcIn(thread.context);
    if (isGate(pc) || isObjectCode(pc)) return "gate";
    return this.isCopy(Number(pc) - domainOf(thread).codeBase) ? "copy" : "code";
  }

  /** The thread is at the end of a stub or a body: results in a0 to a2. */
  private finish(thread: Thread): Outcome {
    const { hart } = this.engine;
    const at = (index: number) => (thread.underWay?.isLocal ? 0n : hart.integer(A0 + index));
    const values = [hart.integer(A0), at(1), at(2)] as const;
    hart.copy(PCC, MEPCC);
    thread.context = hart.save(thread.context);
    thread.frames.at(-1)!.doing.code = "stub";
    thread.underWay = null;
    return { kind: "returned", values };
  }

  /** A guest has come with the block of another thread: it gets its registers back and nothing else. */
  private turnAway(thread: Thread): Outcome | null {
    const { hart } = this.engine;
    const { cvm, doing } = thread.frames.at(-1)!;
    const back = hart.integer(RA);
    for (const register of TEMPORARIES) hart.setInteger(register, 0n);
    if (back < BigInt(cvm.codeBase) || back >= BigInt(cvm.codeBase + cvm.codeSize)) {
      this.putNowhere(thread);
      return this.fault(thread, CAUSE_CHERI, (BigInt(C6) << 5n) | LENGTH_VIOLATION);
    }
    hart.setInteger(A0, errors.EPERM);
    hart.setInteger(A0 + 1, 0n);
    hart.setInteger(A0 + 2, 0n);
    hart.setRegister(PCC, doing.pcc);
    hart.pc = back & ~1n;
    return null;
  }

  /** Takes a thread out of the gate that has no place to go on. */
  private putNowhere(thread: Thread): void {
    const { hart } = this.engine;
    const { cvm, doing } = thread.frames.at(-1)!;
    hart.setRegister(PCC, doing.pcc);
    hart.pc = BigInt(cvm.codeBase + this.stubs.labels["done"]!);
    doing.code = "stub";
  }

  /** Guest code trapped: it goes to its handler, or the cVM is over (3.9). */
  private fault(thread: Thread, cause: bigint, value: bigint): Outcome {
    const { doing } = thread.frames.at(-1)!;
    if (doing.code === "body") doing.code = "stub";
    this.faultedUnder = authority(this.engine.hart.capability(DDC));
    const isDelivered = this.host.deliver(thread, { cause, value });
    thread.context = this.engine.hart.save(thread.context);
    thread.underWay = null;
    if (!isDelivered) this.host.end(domainOf(thread));
    return { kind: "faulted", cause, value };
  }
}

function isGate(pc: bigint): boolean {
  return pc >= BigInt(GATE_AT) && pc < BigInt(GATE_AT + GATE_SIZE);
}

const nothing: Outcome = { kind: "returned", values: [0n, 0n, 0n] };

function begun(kind: Activity["kind"], isSliced: boolean, left: number): Activity {
  return { kind, isSliced, left, isLocal: false, hasAsked: false, entering: 0 };
}
