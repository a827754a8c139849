/**
 * What was declared in a script, by steps and reports alone: who lives where, who offered what to whom and who opened
 * it, what was taken back, which calls are under way with which buffers, and what bytes there must be. Placement is
 * read off the tables once, when a cVM is created: that is the Intravisor's to choose.
 *
 * A ledger follows what is reported; whether a report is right is for oracles to say, before the ledger takes it in.
 */
import { callWithNumber } from "../../../model/intravisor/calls.ts";
import type { Step, StepReport, SystemView, ThreadName, Value } from "../../../model/system-contract.ts";
import {
  contains,
  type DeclaredCaller,
  type DeclaredCvm,
  type DeclaredEndpoint,
  type DeclaredFrame,
  type DeclaredGrant,
  type DeclaredHandle,
  type DeclaredListener,
  type DeclaredRequest,
  type DeclaredStream,
  type DeclaredThread,
  type DeclaredTimer,
  identityOf,
  innermost,
} from "./declared.ts";
import { takeCall, takeWake } from "./ledger-calls.ts";
import { endStreamsOf } from "./ledger-streams.ts";
import { Shadow } from "./shadow.ts";

export class Ledger {
  time = 0n;
  /** By slot. */
  readonly cvms = new Map<number, DeclaredCvm>();
  /** Live ones, in the order in which they were made. */
  readonly grants = new Set<DeclaredGrant>();
  readonly endpoints = new Set<DeclaredEndpoint>();
  readonly listeners = new Set<DeclaredListener>();
  readonly streams = new Set<DeclaredStream>();
  timers: DeclaredTimer[] = [];
  /** Waits so far. */
  waits = 0;
  readonly memory = new Shadow();
  /** Grows whenever it changes who may reach what. */
  authority = 0;
  /** How often each slot was used. */
  readonly generations = new Map<number, number>();

  named(name: string): DeclaredCvm | null {
    for (const cvm of this.cvms.values()) if (cvm.name === name) return cvm;
    return null;
  }

  threadOf({ cvm, thread }: ThreadName): DeclaredThread | null {
    return this.named(cvm)?.threads[thread] ?? null;
  }

  /** Threads that are not dead, by slot and number. */
  *living(): Generator<DeclaredThread> {
    for (const cvm of this.cvms.values()) {
      for (const thread of cvm.threads) if (thread.state !== "dead") yield thread;
    }
  }

  /** Frames of living threads in a cVM. */
  framesIn(cvm: DeclaredCvm): { readonly thread: DeclaredThread; readonly frame: DeclaredFrame }[] {
    const found: { thread: DeclaredThread; frame: DeclaredFrame }[] = [];
    for (const thread of this.living()) {
      for (const frame of thread.frames) if (frame.cvm === cvm) found.push({ thread, frame });
    }
    return found;
  }

  activationsOf(endpoint: DeclaredEndpoint): number {
    let count = 0;
    for (const { frames } of this.living())
      for (const frame of frames) if (frame.endpoint === endpoint) count++;
    return count;
  }

  /** The stack that one more activation gets: the highest that nothing runs on; null if the endpoint is busy. */
  roomIn(endpoint: DeclaredEndpoint): number | null {
    if (this.activationsOf(endpoint) >= endpoint.room) return null;
    const taken = new Set(this.framesIn(endpoint.owner).map(({ frame }) => frame.stack));
    for (let stack = endpoint.owner.description.quotas.threads - 1; stack >= 0; stack--) {
      if (!taken.has(stack)) return stack;
    }
    return null;
  }

  /** What a value of a step stands for. */
  meaning(value: Value, caller: DeclaredCaller, reports: readonly StepReport[]): bigint {
    switch (value.kind) {
      case "number":
        return BigInt.asUintN(64, value.value);
      case "at": {
        const cvm = value.cvm === null ? caller.cvm : this.named(value.cvm);
        if (cvm === null) return 0n;
        return BigInt.asUintN(
          64,
          BigInt(value.part === "code" ? cvm.code.base : cvm.data.base) + value.offset,
        );
      }
      case "result": {
        const outcome = reports[value.step]?.outcome;
        return outcome?.kind === "returned" ? (outcome.values[value.index] ?? 0n) : 0n;
      }
    }
  }

  /** Takes in a step that was taken whole. `outline`: the tables after it. */
  take(
    step: Step,
    { outcome, woken }: StepReport,
    reports: readonly StepReport[],
    outline: SystemView,
  ): void {
    if (outcome.kind !== "refused") {
      if (step.by === null)
        this.#takeEvent(step.event, outcome.kind === "done" && outcome.value === 0n, outline);
      else this.#takeAction(step.by, step.action, outcome, reports, outline);
    }
    this.takeWoken(woken, outline);
  }

  /** Takes in that waits ended. */
  takeWoken(woken: StepReport["woken"], outline: SystemView): void {
    for (const { thread: name, values } of woken) {
      const thread = this.threadOf(name);
      if (thread === null || thread.state === "dead") continue;
      const view = outline.cvms.find((cvm) => cvm.name === name.cvm)?.threads[name.thread];
      takeWake(this, thread, values, view?.domains.length ?? 0);
    }
  }

  /** Takes in a host call, or one of the guest's own, with its arguments as they were observed. */
  takeCall(by: ThreadName, call: string, args: readonly bigint[], outcome: StepReport["outcome"]): void {
    const thread = this.threadOf(by);
    if (thread === null || thread.state === "dead") return;
    takeCall({ ledger: this, ...innermost(thread), args: [...args, ...NO_ARGUMENTS] }, call, outcome);
  }

  #takeEvent(event: Extract<Step, { by: null }>["event"], isDone: boolean, outline: SystemView): void {
    if (!isDone) return;
    if (event.do !== "advance") this.authority++;
    switch (event.do) {
      case "create":
        this.#create(event.cvm, outline);
        return;
      case "kill":
        this.end(this.named(event.cvm)!);
        return;
      case "reclaim": {
        const cvm = this.named(event.cvm)!;
        this.cvms.delete(cvm.slot);
        this.memory.clear(cvm.data.base, cvm.data.size);
        return;
      }
      case "advance":
        this.time += event.ns;
        this.timers = this.timers.filter(({ at }) => at > this.time);
    }
  }

  #takeAction(
    by: ThreadName,
    action: Extract<Step, { action: unknown }>["action"],
    outcome: StepReport["outcome"],
    reports: readonly StepReport[],
    outline: SystemView,
  ): void {
    const thread = this.threadOf(by);
    if (thread === null || thread.state === "dead") return;
    const caller = innermost(thread);
    if (outcome.kind === "faulted") {
      if (thread.frames.length > 1) this.end(caller.cvm);
      return;
    }
    const meant = (value: Value) => this.meaning(value, caller, reports);
    const isDone = outcome.kind === "returned";
    switch (action.do) {
      case "call":
      case "call-number": {
        const name = action.do === "call" ? action.call : callWithNumber(action.number)?.name;
        if (name !== undefined) this.takeCall(by, name, action.args.map(meant), outcome);
        return;
      }
      case "store":
        if (isDone)
          this.memory.write(Number(meant(action.address)), bytesOf(meant(action.value), action.size));
        return;
      case "fill":
        if (isDone) this.memory.write(Number(meant(action.address)), pattern(action.length, action.seed));
        return;
      case "narrow":
        if (!isDone || outcome.values[0] !== 0n) return;
        this.authority++;
        caller.frame.ddc = { base: Number(meant(action.address)), size: Number(meant(action.length)) };
        return;
      case "load":
        return;
      case "body":
      case "go":
        this.ranOwnCode(thread, outline);
    }
  }

  #create(description: DeclaredCvm["description"], outline: SystemView): void {
    const view = outline.cvms.find(({ name }) => name === description.name);
    if (view === undefined) return;
    const { name, slot, generation } = view;
    const data = { base: Number(view.dataBase), size: description.size - description.codeSize };
    const cvm: DeclaredCvm = {
      name,
      slot,
      generation,
      identity: identityOf(slot, generation),
      description,
      code: { base: Number(view.base), size: description.codeSize },
      data,
      parent: description.parent === null ? null : this.named(description.parent.cvm),
      state: "running",
      threads: [],
      handles: new Map(),
      handleGenerations: new Map(),
      spent: new Set(),
    };
    this.generations.set(slot, generation);
    this.cvms.set(slot, cvm);
    this.startThread(cvm, 0);
    this.memory.clear(data.base, data.size);
  }

  /** Code of the guest's own has run: DDC is what it made of it, as far as the tables tell. */
  ranOwnCode(thread: DeclaredThread, outline: SystemView): void {
    this.authority++;
    const { frame } = innermost(thread);
    const view = outline.cvms.find(({ name }) => name === thread.cvm.name)?.threads[thread.number];
    frame.isOwnCode = true;
    if (view !== undefined)
      frame.ddc = { base: Number(view.ddcBase), size: Number(view.ddcTop - view.ddcBase) };
  }

  startThread(cvm: DeclaredCvm, number: number): void {
    this.authority++;
    const frame = { cvm, endpoint: null, buffer: null, stack: number, ddc: cvm.data, isOwnCode: false };
    cvm.threads[number] = { cvm, number, state: "ready", wait: null, exitValue: 0n, frames: [frame] };
  }

  /** A cVM ends, its descendants first: none of its threads runs again, and what it offered is gone. */
  end(cvm: DeclaredCvm): void {
    if (cvm.state !== "running") return;
    for (const inner of [...this.cvms.values()]) if (inner.parent === cvm) this.end(inner);
    cvm.state = "quarantine";
    for (const thread of cvm.threads) this.endThread(thread);
    cvm.handles.clear();
    for (const endpoint of [...this.endpoints]) if (endpoint.owner === cvm) this.endEndpoint(endpoint);
    for (const thread of this.living())
      this.unwind(
        thread,
        thread.frames.findIndex((one) => one.cvm === cvm),
      );
    for (const grant of [...this.grants]) if (grant.owner === cvm) this.endGrant(grant);
    endStreamsOf(this, cvm);
    this.timers = this.timers.filter(({ thread }) => thread.cvm !== cvm);
  }

  endThread(thread: DeclaredThread): void {
    this.authority++;
    thread.state = "dead";
    thread.wait = null;
    thread.frames.length = 0;
  }

  endGrant(grant: DeclaredGrant): void {
    this.authority++;
    grant.isLive = false;
    this.grants.delete(grant);
  }

  /** Nobody is in it any more, nor will be. */
  endEndpoint(endpoint: DeclaredEndpoint): void {
    this.authority++;
    endpoint.isLive = false;
    this.endpoints.delete(endpoint);
    for (const thread of this.living()) {
      this.unwind(
        thread,
        thread.frames.findIndex((frame) => frame.endpoint === endpoint),
      );
    }
  }

  /** Cuts the frames of a thread from a depth on; none if the depth is not one of a callee. */
  unwind(thread: DeclaredThread, depth: number): void {
    if (depth < 1) return;
    this.authority++;
    thread.frames.length = depth;
    thread.state = "ready";
    thread.wait = null;
  }

  /** The innermost call of a thread has returned. */
  leave(thread: DeclaredThread): void {
    this.authority++;
    if (thread.frames.length > 1) thread.frames.pop();
  }

  enter(thread: DeclaredThread, { endpoint, buffer }: DeclaredRequest): void {
    this.authority++;
    const stack = this.roomIn(endpoint) ?? 0;
    const cvm = endpoint.owner;
    thread.frames.push({ cvm, endpoint, buffer, stack, ddc: cvm.data, isOwnCode: false });
    thread.state = "ready";
    thread.wait = null;
  }

  /** A handle that a cVM was given. */
  open(cvm: DeclaredCvm, word: bigint, handle: DeclaredHandle): void {
    this.authority++;
    const index = Number(word & 0xffffn);
    cvm.handles.set(index, handle);
    cvm.handleGenerations.set(index, Number(word >> 16n));
  }

  close(cvm: DeclaredCvm, word: bigint): void {
    this.authority++;
    cvm.handles.delete(Number(word & 0xffffn));
    cvm.spent.add(word);
  }

  /** The bytes that the caller would read, or null if it does not reach all of them. */
  fetch({ frame }: Pick<DeclaredCaller, "frame">, address: bigint, length: bigint): Uint8Array | null {
    if (length === 0n) return new Uint8Array();
    if (!contains(frame.ddc, address, length)) return null;
    return this.memory.read(Number(address), Number(length));
  }

  words(caller: Pick<DeclaredCaller, "frame">, address: bigint, count: number): bigint[] | null {
    const bytes = this.fetch(caller, address, BigInt(count * 8));
    if (bytes === null) return null;
    const view = new DataView(bytes.buffer);
    return Array.from({ length: count }, (_, index) => view.getBigUint64(index * 8, true));
  }
}

const NO_ARGUMENTS: readonly bigint[] = new Array<bigint>(8).fill(0n);

/** The handle with this number in a cVM, if there is one. */
export function handleAt({ handles }: DeclaredCvm, word: bigint): DeclaredHandle | null {
  const handle = handles.get(Number(word & 0xffffn));
  return handle?.word === word ? handle : null;
}

function bytesOf(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes.subarray(0, size);
}

/** What `fill` stores. */
function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => seed * 31 + at * 7 + (at >> 8) * 13 + 1);
}
