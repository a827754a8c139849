/** What a trap of a running thread means: that it is done, asks for something, has lost what it copies, or has faulted. */
import type { Authority, Outcome } from "../../model/system-contract.ts";
import type { Engine } from "../engine/index.ts";
import type { Callbacks } from "../sco/callbacks.ts";
import { isObjectCode } from "../sco/program.ts";
import { isInObject } from "../sco/stack.ts";
import { authority } from "./authority.ts";
import { errors } from "./call-frame.ts";
import { TEMPORARIES } from "./departures.ts";
import { storeOf } from "./domain.ts";
import { type GuestPlaces, isGate } from "./guest-places.ts";
import { BODY_BYTES, OBJECT_CODE_AT, OBJECTS_BASE, OBJECTS_TOP, PAGE } from "./layout.ts";
import type { Program } from "./program.ts";
import { type Activity, type Cvm, domainOf, type Thread } from "./tables.ts";

const CAUSE_BREAKPOINT = 3n;
const CAUSE_ECALL = 11n;
const CAUSE_CHERI = 0x1cn;
const LENGTH_VIOLATION = 1n;
const TAG_VIOLATION = 2n;
const [A0, RA, C6] = [10, 1, 6];
const PCC = 0x20;
const DDC = 0x21;
const MEPCC = 0x3f;

/** What becomes of a thread that has trapped. */
export interface Recipient {
  /** Takes a thread that has trapped to the handler of its cVM, where the hart stands then; false if it cannot go there. */
  deliver(thread: Thread, trap: { readonly cause: bigint; readonly value: bigint }): boolean;
  /** Ends the cVM in which a thread has faulted. */
  end(cvm: Cvm): void;
  /** What calls into objects need besides machine code. */
  callbacks(): Callbacks;
}

export class Traps {
  private readonly engine: Engine;
  private readonly places: GuestPlaces;
  private readonly objectCode: Program;
  private readonly recipient: Recipient;
  /** DDC of the domain that has faulted last. */
  faultedUnder: Authority | null = null;

  constructor(engine: Engine, places: GuestPlaces, objectCode: Program, recipient: Recipient) {
    this.engine = engine;
    this.places = places;
    this.objectCode = objectCode;
    this.recipient = recipient;
  }

  /** How the thread on the hart has ended; null if it goes on at once, `asks` if it has a host call to be served. */
  met(thread: Thread, activity: Activity): Outcome | "asks" | null {
    const { hart } = this.engine;
    const { cause, value } = hart.trap();
    const at = Number(hart.integer(MEPCC));
    if (isGate(BigInt(at))) return this.inGate(thread, at);
    if (isObjectCode(BigInt(at))) return this.inObjectCode(thread, activity, at - OBJECT_CODE_AT);
    if (at >= OBJECTS_BASE && at <= OBJECTS_TOP && isInObject(this.engine, thread)) {
      this.recipient.callbacks().trapped(thread, cause, value);
      return null;
    }
    if (cause === CAUSE_BREAKPOINT && this.isEnd(thread, at)) return this.finish(thread);
    const { cvm, doing } = thread.frames.at(-1)!;
    hart.copy(PCC, MEPCC);
    const isLoss = cause === CAUSE_CHERI && (value & 0x1fn) === TAG_VIOLATION;
    const late = isLoss && this.places.lateAt(at - cvm.codeBase);
    if (late) {
      // What the stub goes by was revoked on the way: it comes back as if it had just found that out.
      // Long copies run in capability mode; the way out does not.
      hart.setRegister(PCC, doing.pcc);
      hart.pc = BigInt(cvm.codeBase + this.places.stub(late));
      return null;
    }
    return this.fault(thread, cause, value);
  }

  /** Whether the instruction at an address is where a stub or a body of a thread ends. */
  private isEnd(thread: Thread, at: number): boolean {
    const { cvm, doing, stack } = thread.frames.at(-1)!;
    if (doing.code === "stub") return at === cvm.codeBase + this.places.stub("done");
    const placeEnd = storeOf(cvm) - PAGE + (stack + 1) * BODY_BYTES;
    return doing.code === "body" && at >= doing.end && at < placeEnd;
  }

  private inGate(thread: Thread, at: number): Outcome | "asks" | null {
    const { hart } = this.engine;
    const { cause, value } = hart.trap();
    if (cause === CAUSE_ECALL && at === this.places.ask) {
      thread.frames.at(-1)!.doing.ddc = authority(hart.capability(5));
      hart.copy(PCC, MEPCC);
      hart.pc = BigInt(this.places.back);
      return "asks";
    }
    if (at === this.places.refuse) return this.turnAway(thread);
    // The last instruction goes where the guest wants to: a place that is not its own is its fault.
    if (at !== this.places.out) throw new Error(`defect: the gate trapped, cause ${cause}`);
    this.putNowhere(thread);
    return this.fault(thread, cause, value);
  }

  /** The code between clients and objects asks for something, or goes where a guest wants to who has no place there. */
  private inObjectCode(thread: Thread, activity: Activity, at: number): Outcome | null {
    const { hart } = this.engine;
    const { cause, value } = hart.trap();
    const { labels } = this.objectCode;
    const callbacks = this.recipient.callbacks();
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
    hart.pc = BigInt(cvm.codeBase + this.places.stub("done"));
    doing.code = "stub";
  }

  /** Guest code trapped: it goes to its handler, or the cVM is over (3.9). */
  private fault(thread: Thread, cause: bigint, value: bigint): Outcome {
    const { doing } = thread.frames.at(-1)!;
    if (doing.code === "body") doing.code = "stub";
    this.faultedUnder = authority(this.engine.hart.capability(DDC));
    const isDelivered = this.recipient.deliver(thread, { cause, value });
    thread.context = this.engine.hart.save(thread.context);
    thread.underWay = null;
    if (!isDelivered) this.recipient.end(domainOf(thread));
    return { kind: "faulted", cause, value };
  }
}
