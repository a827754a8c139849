/** What has been declared so far, and the simplest ways in which it changes. */
import type { SystemView, ThreadName } from "../../../model/system-contract.ts";
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
  type DeclaredTicket,
  type DeclaredTimer,
} from "./declared.ts";
import type { DeclaredObject } from "./declared-object.ts";
import { Shadow } from "./shadow.ts";

export class Declarations {
  time = 0n;
  /** Why nothing can be said of the script any more: it has done something that is not followed. */
  lost: string | null = null;
  /** By slot. */
  readonly cvms = new Map<number, DeclaredCvm>();
  /** Live ones, in the order in which they were made. */
  readonly grants = new Set<DeclaredGrant>();
  readonly endpoints = new Set<DeclaredEndpoint>();
  /** Calls for which nobody waits, in the order in which they were made. */
  readonly tickets = new Set<DeclaredTicket>();
  readonly listeners = new Set<DeclaredListener>();
  readonly streams = new Set<DeclaredStream>();
  /** Live ones, in the order in which they were made. */
  readonly objects = new Set<DeclaredObject>();
  /** The tables after the step that is being taken in: placement is read off them. */
  outline: SystemView | null = null;
  timers: DeclaredTimer[] = [];
  /** Waits so far. */
  waits = 0;
  readonly memory = new Shadow();
  /** Grows whenever it changes who may reach what. */
  authority = 0;
  /** Grows with every step that may have changed a table. */
  version = 0;
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

  startThread(cvm: DeclaredCvm, number: number): void {
    this.authority++;
    const thread = this.worker(cvm, number);
    thread.frames.push({ ...frameIn(cvm, number), endpoint: null });
  }

  /** A new thread that has no frames yet; the numbers before it are those of dead ones, if nobody has had them. */
  worker(cvm: DeclaredCvm, number: number): DeclaredThread {
    const fresh = (at: number, state: DeclaredThread["state"]): DeclaredThread => ({
      cvm,
      number: at,
      state,
      hasLived: state !== "dead",
      wait: null,
      asked: null,
      exitValue: 0n,
      isHandling: false,
      frames: [],
    });
    for (let at = cvm.threads.length; at < number; at++) cvm.threads[at] = fresh(at, "dead");
    cvm.threads[number] = fresh(number, "ready");
    return cvm.threads[number];
  }

  endThread(thread: DeclaredThread, value: bigint): void {
    this.authority++;
    thread.state = "dead";
    thread.wait = null;
    thread.asked = null;
    thread.exitValue = value;
    thread.frames.length = 0;
    this.timers = this.timers.filter((timer) => timer.thread !== thread);
  }

  endGrant(grant: DeclaredGrant): void {
    this.authority++;
    grant.isLive = false;
    this.grants.delete(grant);
  }

  enter(
    thread: DeclaredThread,
    request: DeclaredRequest,
    until: bigint | null,
    ticket: DeclaredTicket | null,
  ): void {
    this.authority++;
    const { endpoint, buffer } = request;
    const stack = this.roomIn(endpoint) ?? 0;
    thread.frames.push({
      ...frameIn(endpoint.owner, stack),
      endpoint,
      buffer,
      until: ticket === null ? until : null,
      ticket,
      isServed: ticket !== null,
    });
    thread.state = "ready";
    thread.wait = null;
    if (ticket !== null) ticket.state = "served";
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

/** The handle with this number in a cVM, if there is one. */
export function handleAt({ handles }: DeclaredCvm, word: bigint): DeclaredHandle | null {
  const handle = handles.get(Number(word & 0xffffn));
  return handle?.word === word ? handle : null;
}

/** A frame in a cVM, on one of its stacks, as it begins. */
function frameIn(cvm: DeclaredCvm, stack: number): DeclaredFrame {
  return {
    cvm,
    endpoint: null,
    buffer: null,
    until: null,
    ticket: null,
    isServed: false,
    stack,
    ddc: cvm.data,
    isOwnCode: false,
    chain: null,
    running: [],
    lent: null,
    loan: null,
  };
}
