/**
 * What the Intravisor does for those who run (runner.ts): it has the tables, serves calls, ends waits and cVMs. Whose
 * turn it is and what a step asks for is not its business.
 */
import type { CvmDescription, Outcome, StepReport, Used } from "../../model/system-contract.ts";
import { createEngine, type Engine } from "../engine/index.ts";
import type { Sharing } from "../sco/binding.ts";
import { Callbacks } from "../sco/callbacks.ts";
import { OwnPages } from "../sco/pages.ts";
import { installObjectCode, objectProgram } from "../sco/program.ts";
import { NUMBERS } from "../sco/table.ts";
import { type Answer, type CallFrame, errors } from "./call-frame.ts";
import { layOut, plan } from "./creation.ts";
import { Crossing, type Ways } from "./crossing.ts";
import type { Crossings } from "./crossing-room.ts";
import { Departures } from "./departures.ts";
import { copierProgram, DeviceCopy } from "./device-copy.ts";
import { blockOf, pointersUnder, startThread } from "./domain.ts";
import { deliver } from "./exception-calls.ts";
import { type Assemble, Forge } from "./forge.ts";
import { GATE } from "./gate-code.ts";
import { askedBy, GuestPlaces } from "./guest-places.ts";
import { hostCalls } from "./host-calls.ts";
import { block, GATE_AT, PAGE, RAM_SIZE } from "./layout.ts";
import { endCvm } from "./life.ts";
import { type Program, programOf, STUBS } from "./program.ts";
import { sweepRegisters } from "./revocation.ts";
import { Runner } from "./runner.ts";
import { Courier } from "./stream-copy.ts";
import { settlePolls } from "./stream-poll.ts";
import { type Cvm, domainOf, type Tables, type Thread } from "./tables.ts";

type Values = readonly [bigint, bigint, bigint];

/** A thread that goes on, back from its call or into a callee, and what it has in a0 to a2 then. */
interface Returning {
  readonly thread: Thread;
  readonly values: Values;
  readonly isEntering: boolean;
}

/** What others see of a step while it is taken. */
type Seen = Pick<StepReport, "woken" | "devices">;

export class Kernel {
  readonly engine: Engine;
  tables: Tables;
  private readonly used: Used;
  private readonly slots: number;
  private readonly gate: Program;
  private readonly objectCode: Program;
  private readonly copierCode: Program;
  private readonly stubs: Program;
  private readonly forge: Forge;
  private sharing: Sharing;
  private callbacks: Callbacks;
  private crossing: Crossing;
  private courier: Courier;
  private copier: DeviceCopy;
  readonly places: GuestPlaces;
  readonly departures: Departures;
  readonly runner: Runner;
  private woken: StepReport["woken"][number][] = [];
  private devices: StepReport["devices"][number][] = [];
  /** Threads whose wait is over and whose call has not come back yet. */
  private readonly returning: Returning[] = [];

  constructor(assemble: Assemble, used: Used, slots: number) {
    this.used = used;
    this.slots = slots;
    this.tables = emptyTables(used, slots);
    this.engine = createEngine({ ramSize: RAM_SIZE });
    this.gate = programOf(GATE, true, assemble);
    this.stubs = programOf(STUBS, false, assemble);
    this.forge = new Forge(this.engine, assemble);
    this.objectCode = objectProgram(assemble);
    ({ sharing: this.sharing, callbacks: this.callbacks } = this.newObjects());
    this.crossing = new Crossing(this.engine, this.forge, this.callbacks, this.ways());
    this.courier = this.newCourier();
    this.copierCode = copierProgram(assemble);
    this.copier = new DeviceCopy(this.engine, this.forge, this.copierCode);
    this.places = new GuestPlaces(this.gate, this.stubs);
    this.departures = new Departures(this.engine, this.places);
    this.runner = new Runner(this.engine, this.places, this.objectCode, {
      serve: (thread) => this.serve(thread),
      deliver: (thread, trap) => this.deliver(thread, trap),
      end: (cvm) => this.end(cvm),
      callbacks: () => this.callbacks,
    });
    this.reset();
  }

  reset(): void {
    this.engine.reset({ preset: "dii" });
    this.tables = emptyTables(this.used, this.slots);
    ({ sharing: this.sharing, callbacks: this.callbacks } = this.newObjects());
    this.crossing = new Crossing(this.engine, this.forge, this.callbacks, this.ways());
    this.courier = this.newCourier();
    this.copier = new DeviceCopy(this.engine, this.forge, this.copierCode);
    this.engine.load(BigInt(GATE_AT), this.gate.bytes);
    installObjectCode(this.engine, this.forge, this.objectCode);
    this.returning.length = 0;
  }

  /** What the step under way has shown; the next one begins with nothing. */
  seen(): Seen {
    this.takeAway();
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
    const { cvms, generations } = this.tables;
    while (cvms.length < planned.slot) cvms.push(null);
    cvms[planned.slot] = planned;
    generations[planned.slot] = planned.generation;
    planned.threads.push(startThread(this.engine, this.forge, planned, 0, planned.codeBase + PAGE, 0n));
    return 0n;
  }

  /** A host call has arrived: what comes of it for the thread, which is in the gate and stays there for now. */
  private serve(thread: Thread): Outcome | "ended" | "resumed" {
    const { engine } = this;
    const { number, args } = askedBy(engine, thread);
    const cvm = domainOf(thread);
    const ddc = pointersUnder(cvm, thread.frames.at(-1)!.doing.ddc);
    const frame: CallFrame = {
      engine,
      forge: this.forge,
      tables: this.tables,
      thread,
      cvm,
      ddcBase: ddc.base,
      ddcTop: ddc.top,
      args,
      crossing: this.crossing,
      courier: this.courier,
      sharing: this.sharing,
      callbacks: this.callbacks,
      copier: this.copier,
      wake: (other, answer) => this.wake(other, answer),
      admitted: (other) => this.admitted(other),
      moved: (from, to) => this.moved(from, to),
      tell: (line) => this.devices.push(line),
      end: (other) => this.end(other),
    };
    const answer = hostCalls.get(number)?.(frame) ?? "ENOSYS";
    this.takeAway();
    if (answer === "blocked") return { kind: "blocked" };
    if (answer === "ended" || answer === "resumed") return answer;
    if (answer === "entered")
      return { kind: "entered", cvm: domainOf(thread).name, values: this.given(thread) };
    return { kind: "returned", values: this.reply(blockOf(thread), answer) };
  }

  /** What was lost is gone from every register before anybody runs again. */
  private takeAway(): void {
    const { engine, forge, tables } = this;
    if (tables.isLess) sweepRegisters(engine, forge, tables);
    tables.isLess = false;
  }

  /** a0 to a7 of a thread that goes into a callee. */
  private given(thread: Thread): bigint[] {
    return askedBy(this.engine, thread).args;
  }

  /** Leaves the results of a call in a thread's block. */
  private reply(at: number, answer: Exclude<Answer, "blocked" | "entered" | "ended" | "resumed">): Values {
    const results = new BigInt64Array(3);
    if (typeof answer === "string") results[0] = errors[answer];
    else for (const [index, value] of answer.entries()) results[index] = BigInt.asIntN(64, value);
    this.engine.load(BigInt(at + block.results), new Uint8Array(results.buffer));
    const [a0, a1, a2] = new BigUint64Array(results.buffer);
    return [a0!, a1!, a2!];
  }

  /** Ends a wait: the thread's call comes back at the end of the step, or in slices of its own. */
  wake(thread: Thread, answer: readonly bigint[] | keyof typeof errors): void {
    thread.wait = null;
    thread.state = "ready";
    this.comesBack(thread, this.reply(blockOf(thread), answer), false);
  }

  private admitted(thread: Thread): void {
    const [a0, a1, a2] = this.given(thread) as [bigint, bigint, bigint];
    if (thread.underWay !== null) this.runner.headIn(thread);
    this.comesBack(thread, [a0, a1, a2], true);
  }

  private moved(from: Thread, to: Thread): void {
    const at = this.returning.findIndex(({ thread }) => thread === from);
    if (at >= 0) this.returning[at] = { ...this.returning[at]!, thread: to };
  }

  /** What calls need that enter or end when nobody calls. */
  get crossings(): Crossings {
    return {
      tables: this.tables,
      crossing: this.crossing,
      sharing: this.sharing,
      callbacks: this.callbacks,
      wake: (thread, answer) => this.wake(thread, answer),
      admitted: (thread) => this.admitted(thread),
      moved: (from, to) => this.moved(from, to),
    };
  }

  /** Notes that a thread goes on at the end of the step; once, with what it came to last (I-61). */
  private comesBack(thread: Thread, values: Values, isEntering: boolean): void {
    const before = this.returning.findIndex((one) => one.thread === thread);
    if (before >= 0) this.returning.splice(before, 1);
    this.returning.push({ thread, values, isEntering });
  }

  /** Tells who woke, and lets those come back, or go in, who are not taken through their code in slices. */
  private settle(): void {
    for (const { thread, values, isEntering } of this.returning.splice(0)) {
      // Whoever was woken and died in the same step does not come back.
      if (thread.state === "dead") continue;
      const { runner } = this;
      if (thread.underWay?.isSliced !== true) {
        if (isEntering) runner.bringIn(thread);
        else if (thread.frames.at(-1)!.doing.code === "stub") runner.bringHome(thread);
      }
      this.woken.push({ thread: { cvm: thread.cvm.name, thread: thread.number }, values });
    }
  }

  /** Takes a thread that has trapped to the handler of its cVM, where the hart stands then; false if it cannot go there. */
  private deliver(thread: Thread, trap: { readonly cause: bigint; readonly value: bigint }): boolean {
    return deliver(this.engine, this.copier, thread, trap);
  }

  /** Ends a cVM, its descendants first. */
  end(cvm: Cvm): void {
    endCvm({ engine: this.engine, ...this.crossings }, cvm);
  }

  private newObjects(): { sharing: Sharing; callbacks: Callbacks } {
    const { engine, forge, tables, objectCode, stubs } = this;
    const pages = new OwnPages(engine);
    const { enter, chain, callback } = objectCode.labels as Sharing["ways"];
    return {
      sharing: { engine, forge, tables, objects: tables.objects, pages, ways: { enter, chain, callback } },
      callbacks: new Callbacks(engine, forge, pages, objectCode, stubs.labels["done"]!),
    };
  }

  private newCourier(): Courier {
    const { labels } = this.stubs;
    return new Courier(this.engine, this.forge, { deliver: labels["deliver"]!, done: labels["done"]! });
  }

  private ways(): Ways {
    const { labels } = this.gate;
    return {
      ask: labels["ask"]!,
      goBack: labels["return"]!,
      goIn: labels["enter"]!,
      done: this.stubs.labels["done"]!,
    };
  }
}

function emptyTables(used: Used, slots: number): Tables {
  return {
    isLess: false,
    time: 0n,
    cvms: [],
    generations: new Array<number>(slots).fill(used.places),
    handlesUsed: used.handles,
    grants: new Set(),
    endpoints: new Set(),
    tickets: new Set(),
    listeners: new Set(),
    streams: new Set(),
    objects: new Array<null>(NUMBERS).fill(null),
    timers: [],
    queued: 0,
  };
}
