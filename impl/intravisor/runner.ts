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
import { OBJECT_STEPS } from "../sco/callbacks.ts";
import { isObjectCode } from "../sco/program.ts";
import { isInObject } from "../sco/stack.ts";
import { authority } from "./authority.ts";
import { begun, STUB_STEPS } from "./departures.ts";
import { askedBy, type GuestPlaces, isGate } from "./guest-places.ts";
import { GATE_SIZE } from "./layout.ts";
import type { Program } from "./program.ts";
import { type Activity, domainOf, type Thread } from "./tables.ts";
import { type Recipient, Traps } from "./traps.ts";

const A0 = 10;
const DDC = 0x21;

/** What runs threads hands on. */
export interface Host extends Recipient {
  /** Serves the call that a thread in the gate has made. The hart is the thread's, before and after. */
  serve(thread: Thread): Outcome | "ended" | "resumed";
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
  private readonly places: GuestPlaces;
  private readonly host: Host;
  private readonly traps: Traps;

  constructor(engine: Engine, places: GuestPlaces, objectCode: Program, host: Host) {
    this.engine = engine;
    this.places = places;
    this.host = host;
    this.traps = new Traps(engine, places, objectCode, host);
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
      faultedUnder: end.kind === "faulted" ? this.traps.faultedUnder : null,
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
        const isAsking = hart.pc === BigInt(this.places.ask);
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

  /** What a trap comes to; null if the thread goes on at once. */
  private trapped(thread: Thread, activity: Activity): SliceEnd | null {
    const end = this.traps.met(thread, activity);
    if (end !== "asks") return end;
    activity.hasAsked = true;
    if (!activity.isSliced) return this.answer(thread, activity).end;
    thread.context = this.engine.hart.save(thread.context);
    return { kind: "asks", ...askedBy(this.engine, thread) };
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
      activity.entering = this.places.stepsIn;
      hart.pc = this.places.wayIn;
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
    thread.underWay!.entering = this.places.stepsIn;
    setPcIn(thread.context, this.places.wayIn);
  }
}

const nothing: Outcome = { kind: "returned", values: [0n, 0n, 0n] };
