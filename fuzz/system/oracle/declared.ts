/** What a ledger keeps: everything that was declared, by whom, over what, and whether it still stands. */
import type { CvmDescription, LifeCycle } from "../../../model/system-contract.ts";
import type { DeclaredBinding, DeclaredObject } from "./declared-object.ts";

/** Bytes from `base` on. RAM lies below 2^53. */
export interface Range {
  readonly base: number;
  readonly size: number;
}

/** Rights as bits: 1 read, 2 write. */
export type Rights = 1 | 2 | 3;

export interface DeclaredCvm {
  readonly name: string;
  readonly slot: number;
  readonly generation: number;
  /** Slot | generation << 32: how calls name it. */
  readonly identity: bigint;
  readonly description: CvmDescription;
  readonly code: Range;
  readonly data: Range;
  readonly parent: DeclaredCvm | null;
  state: LifeCycle;
  /** By number; null: that number was never used. */
  readonly threads: DeclaredThread[];
  /** By index. */
  readonly handles: Map<number, DeclaredHandle>;
  /** How often each index was handed out. */
  readonly handleGenerations: Map<number, number>;
  /** Handles that were given and mean nothing any more. */
  readonly spent: Set<bigint>;
  /** Where faults go; 0: nowhere. */
  handler: bigint;
  readonly disk: Uint8Array;
  /** Packets that wait, oldest first. */
  packets: readonly Packet[];
  /** Tickets that its threads were given so far. */
  tickets: bigint;
}

export interface Packet {
  readonly sender: bigint;
  readonly bytes: Uint8Array;
}

export interface DeclaredThread {
  readonly cvm: DeclaredCvm;
  readonly number: number;
  state: "ready" | "blocked" | "dead";
  /** Whether there ever was such a thread; one that is only counted is dead from the start. */
  readonly hasLived: boolean;
  wait: DeclaredWait | null;
  /** What its code in its innermost domain has asked for, in slices, and has not been served yet. */
  asked: DeclaredAsking | null;
  exitValue: bigint;
  /** Whether a fault has taken it to a handler from which it has not returned. */
  isHandling: boolean;
  /** The domains it is in, outermost first. */
  readonly frames: DeclaredFrame[];
}

export interface DeclaredFrame {
  readonly cvm: DeclaredCvm;
  /** What was called; null in the thread's own domain. */
  readonly endpoint: DeclaredEndpoint | null;
  /** The caller's buffer that may be reached from here, while the frame lasts. */
  buffer: DeclaredBuffer | null;
  /** When its caller stops waiting; null: never, or there is none. */
  until: bigint | null;
  /** What its result is for; and whether it was entered to serve one. */
  ticket: DeclaredTicket | null;
  readonly isServed: boolean;
  /** Number of the stack in the cVM. */
  readonly stack: number;
  /** What its loads and stores reach. */
  ddc: Range;
  /** Whether code of the guest's own has run in it: then registers and DDC may be anything that it may hold. */
  isOwnCode: boolean;
  /** Of a client that an object has called back: the objects that were entered on the way; null of all others. */
  readonly chain: readonly DeclaredBinding[] | null;
  /** The objects in which it has been stopped, in slices, as is read off the system; none of them waits for a callback. */
  running: readonly DeclaredBinding[];
  /** What it has lent those, if that is known. */
  lent: Range | null;
  /** What the object below was lent. */
  readonly loan: Range | null;
}

export type DeclaredBuffer = Range & { readonly rights: Rights };

/** A call for which nobody waits. */
export interface DeclaredTicket {
  readonly owner: DeclaredCvm;
  readonly number: bigint;
  readonly request: DeclaredRequest;
  state: "queued" | "served" | "done";
  until: bigint | null;
  /** Null if it is not known: an error that nobody has asked for yet. */
  result: bigint | null;
}

export interface DeclaredGrant {
  readonly key: string;
  readonly owner: DeclaredCvm;
  readonly range: Range;
  readonly rights: Rights;
  readonly acl: readonly bigint[];
  epoch: bigint;
  isLive: boolean;
}

export interface DeclaredEndpoint {
  readonly key: string;
  readonly owner: DeclaredCvm;
  readonly entry: bigint;
  readonly messageMax: bigint;
  readonly acl: readonly bigint[];
  readonly mode: "serial" | "pool" | "reentrant";
  /** Activations at a time. */
  readonly room: number;
  isLive: boolean;
}

export type DeclaredHandle =
  | {
      readonly kind: "grant";
      readonly word: bigint;
      readonly grant: DeclaredGrant;
      readonly rights: Rights;
      position: bigint;
    }
  | { readonly kind: "endpoint"; readonly word: bigint; readonly endpoint: DeclaredEndpoint }
  | { readonly kind: "object"; readonly word: bigint; readonly object: DeclaredObject }
  | { readonly kind: "listener"; readonly word: bigint; readonly listener: DeclaredListener }
  | { readonly kind: "stream"; readonly word: bigint; readonly end: DeclaredEnd };

export interface DeclaredListener {
  readonly key: string;
  readonly owner: DeclaredCvm;
  readonly acl: readonly bigint[];
  /** Ends that nobody has accepted yet. */
  readonly backlog: DeclaredEnd[];
}

export interface DeclaredStream {
  readonly key: string;
  readonly ends: readonly [DeclaredEnd, DeclaredEnd];
}

export interface DeclaredEnd {
  readonly stream: DeclaredStream;
  readonly owner: DeclaredCvm;
  isOpen: boolean;
  reads: boolean;
  writes: boolean;
  /** A place named for what comes, and what has come. */
  posted: {
    readonly range: Range;
    readonly got: { readonly count: bigint; readonly full: bigint } | null;
  } | null;
}

/** A host call by its number, with its arguments as they were observed. */
export interface DeclaredAsking {
  readonly number: bigint;
  readonly args: readonly bigint[];
}

/** What a blocked thread waits for, and until when; null: for good. */
export interface DeclaredWait {
  readonly call: string;
  readonly args: readonly bigint[];
  readonly until: bigint | null;
  /** Of cp_call: what is to be entered. */
  readonly request: DeclaredRequest | null;
  /** Of streams: the end, the listener, and the set that is polled. */
  readonly end: DeclaredEnd | null;
  readonly listener: DeclaredListener | null;
  readonly words: readonly bigint[] | null;
  readonly ticket: DeclaredTicket | null;
  /** Of cp_file_wait: the grant, whatever becomes of the handle. */
  readonly grant: DeclaredGrant | null;
  /** Of thread_join. */
  readonly thread: DeclaredThread | null;
  /** Who waits since before has less. */
  readonly order: number;
}

export interface DeclaredRequest {
  readonly endpoint: DeclaredEndpoint;
  readonly integers: readonly bigint[];
  readonly buffer: DeclaredBuffer | null;
  /** Identity of who calls. */
  readonly caller: bigint;
  readonly timeout: bigint;
}

export interface DeclaredTimer {
  readonly thread: DeclaredThread;
  readonly at: bigint;
}

/** A thread in the domain it is in, as a call finds it. */
export interface DeclaredCaller {
  readonly thread: DeclaredThread;
  readonly frame: DeclaredFrame;
  readonly cvm: DeclaredCvm;
}

export function identityOf(slot: number, generation: number): bigint {
  return BigInt(slot) | (BigInt(generation) << 32n);
}

export function contains({ base, size }: Range, address: bigint, length: bigint): boolean {
  return address >= BigInt(base) && address + length <= BigInt(base + size);
}

export function innermost(thread: DeclaredThread): DeclaredCaller {
  const frame = thread.frames.at(-1)!;
  return { thread, frame, cvm: frame.cvm };
}
