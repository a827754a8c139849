/**
 * The state of the whole system, as plain immutable data: every transition makes a new one (8.1).
 *
 * Identity is a slot and a generation, never a name or a number that a guest can choose (I-23, I-83).
 */
import type { Chain, SharedObject } from "../sco/state.ts";
import type { CvmName, LifeCycle, Quotas } from "../system-contract.ts";
import type { Bytes } from "./bytes.ts";
import type { Range } from "./layout.ts";

/** Slot and generation of a cVM: what everything else refers to. */
export interface Identity {
  readonly slot: number;
  readonly generation: number;
}

export type Rights = "r" | "w" | "rw";

export interface Cvm {
  readonly identity: Identity;
  readonly name: CvmName;
  readonly state: LifeCycle;
  readonly code: Range;
  readonly data: Range;
  readonly parent: Identity | null;
  readonly quotas: Quotas;
  /** By index; null is free. */
  readonly handles: readonly (Handle | null)[];
  /** How often each index was handed out: the generation of a handle (I-83). */
  readonly handleGenerations: readonly number[];
  /** How many tickets it was given: the number of the last one. */
  readonly ticketsMade: bigint;
  readonly threads: readonly Thread[];
  /** Contents of its disk (devices.ts). */
  readonly disk: Bytes;
  /** What the net has for it, oldest first. */
  readonly packets: readonly Packet[];
  /** Where faults of its threads go, in its code part; null: nowhere (exceptions.ts). */
  readonly handler: bigint | null;
}

/** A datagram on its way; its first word is the identity of the sender. */
export interface Packet {
  readonly sender: Identity;
  readonly bytes: Uint8Array;
}

/** What a handle of a cVM names. */
export type Handle =
  | {
      readonly kind: "grant";
      readonly grant: number;
      readonly rights: Rights;
      readonly owner: boolean;
      readonly position: bigint;
    }
  | { readonly kind: "endpoint"; readonly endpoint: number; readonly owner: boolean }
  | { readonly kind: "listener"; readonly listener: number }
  | { readonly kind: "stream"; readonly stream: number; readonly end: EndNumber }
  | { readonly kind: "object"; readonly object: number };

export interface Thread {
  readonly number: number;
  readonly state: "ready" | "blocked" | "dead";
  readonly wait: Wait | null;
  /** Value given to thread_exit, for those who join. */
  readonly exitValue: bigint;
  /**
   * Trusted stack: the outermost frame is in the thread's own cVM. Never empty while the thread lives; empty where nobody
   * has had the number yet.
   */
  readonly frames: readonly Frame[];
  /** Whether it is in the handler of its cVM. */
  readonly handling: boolean;
  /** Registers of its own domain that steps leave alone, by number; all others are zero between steps. */
  readonly kept: ReadonlyMap<number, bigint>;
}

/** One domain that a thread is in (I-30: strictly last in, first out). */
export interface Frame {
  readonly domain: Identity;
  /** DDC of the domain now: its data part, or what the guest narrowed it to. */
  readonly ddc: Range;
  /** The activation that entered this frame; null where a thread has begun. */
  readonly activation: Activation | null;
  /** If objects of this domain have called it back: they go on when it returns to them. */
  readonly callback: Chain | null;
  /** Objects that it runs in, outermost first, by number, while somebody else runs it in slices (guest-code.ts). */
  readonly inside?: readonly number[];
}

/** A CP_Call under way, in the callee's frame. */
export interface Activation {
  readonly endpoint: number;
  /** Buffer of the caller that the callee may reach until it returns; null for none (I-51). */
  readonly buffer: { readonly range: Range; readonly rights: Rights } | null;
  /** Number of the callee's stack that it runs on. */
  readonly stack: number;
  /** When the frame below is told ETIMEDOUT; null if never. */
  readonly until: bigint | null;
  /** Set if cp_call_serve took the call up: the ticket that its result is for, null once nobody waits for it. */
  readonly served: { readonly ticket: number | null } | null;
}

/** A CP_Call as its caller asked for it. */
export interface CallRequest {
  readonly caller: Identity;
  readonly endpoint: number;
  readonly integers: readonly bigint[];
  readonly buffer: Activation["buffer"];
}

/** What a blocked thread waits for. */
export type Wait =
  | { readonly for: "time"; readonly until: bigint }
  | { readonly for: "thread"; readonly owner: Identity; readonly thread: number }
  | { readonly for: "futex"; readonly address: bigint; readonly until: bigint | null }
  | { readonly for: "notify"; readonly grant: number; readonly epoch: bigint; readonly until: bigint | null }
  | {
      readonly for: "endpoint";
      readonly request: CallRequest;
      readonly order: number;
      readonly until: bigint | null;
    }
  /** Up to `length` bytes of a packet for the receiver, in whose domain the thread is. */
  | {
      readonly for: "packet";
      readonly receiver: Identity;
      readonly address: bigint;
      readonly length: bigint;
      readonly until: bigint | null;
    }
  | { readonly for: "ticket"; readonly ticket: number; readonly until: bigint | null }
  /** The next asynchronous call of any endpoint of this cVM. */
  | {
      readonly for: "serve";
      readonly owner: Identity;
      readonly order: number;
      readonly until: bigint | null;
    }
  | {
      readonly for: "accept";
      readonly listener: number;
      readonly order: number;
      readonly until: bigint | null;
    }
  /** All of the range is to be sent from this end; those who came first are first. */
  | {
      readonly for: "send";
      readonly stream: number;
      readonly end: EndNumber;
      readonly range: Range;
      readonly message: boolean;
      readonly order: number;
    }
  /** What comes to this end goes to the range; if it is empty, to the buffer that was posted before. */
  | {
      readonly for: "receive";
      readonly stream: number;
      readonly end: EndNumber;
      readonly range: Range;
      readonly message: boolean;
    }
  /** The words of the set as they were read, and where they are to be written. */
  | {
      readonly for: "poll";
      readonly set: bigint;
      readonly words: readonly bigint[];
      readonly until: bigint | null;
    };

export interface Grant {
  readonly key: string;
  readonly owner: Identity;
  readonly range: Range;
  readonly rights: Rights;
  readonly acl: readonly Identity[];
  /** Counts notifications (4.2). */
  readonly epoch: bigint;
}

export interface Endpoint {
  readonly key: string;
  readonly owner: Identity;
  readonly entry: bigint;
  readonly messageMax: bigint;
  readonly acl: readonly Identity[];
  readonly mode: EndpointMode;
}

/** Serial: one activation at a time. Pool: up to so many. Reentrant: any, and from within itself. */
export type EndpointMode =
  | { readonly kind: "serial" | "reentrant" }
  | { readonly kind: "pool"; readonly size: number };

/** An asynchronous call, from when it is made to when somebody has its result (I-73). */
export interface Ticket {
  readonly owner: Identity;
  /** What its owner calls it. */
  readonly number: bigint;
  readonly request: CallRequest;
  readonly state: "queued" | "served" | "done";
  /** When it is done with ETIMEDOUT; null if never. */
  readonly until: bigint | null;
  /** Null until it is done. */
  readonly result: bigint | null;
}

export interface Listener {
  readonly key: string;
  readonly owner: Identity;
  readonly acl: readonly Identity[];
  /** Streams that nobody has accepted yet. */
  readonly backlog: readonly number[];
}

/** Which end of a stream: 0 of who connected, 1 of who listened. */
export type EndNumber = 0 | 1;

export interface Stream {
  readonly key: string;
  readonly ends: readonly [StreamEnd, StreamEnd];
}

/**
 * One end of a stream. It has no buffer: what is under way are the waits of those who send, and what comes goes to the
 * wait of one who receives or to the posted buffer (4.4).
 */
export interface StreamEnd {
  readonly owner: Identity;
  /** False from when its handle is closed or its owner is over; then it neither reads nor writes. */
  readonly open: boolean;
  readonly reads: boolean;
  readonly writes: boolean;
  readonly posted: Posted | null;
}

/** A buffer that an end has posted, until it is told what came. */
export interface Posted {
  readonly range: Range;
  /** Null while nothing has come: bytes placed, and how long what was sent was. */
  readonly got: { readonly count: bigint; readonly full: bigint } | null;
}

export interface Timer {
  readonly owner: Identity;
  readonly thread: number;
  readonly at: bigint;
}

export interface System {
  /** Nanoseconds since the reset. */
  readonly time: bigint;
  /** Data parts; code parts and the Intravisor's own memory are nobody's to read. */
  readonly memory: Bytes;
  /** By slot, as far as any was ever used; null is free. */
  readonly cvms: readonly (Cvm | null)[];
  /** How often each slot was used before (I-83), for every slot that there is. */
  readonly generations: readonly number[];
  /** How often each handle of a new cVM counts as given. */
  readonly handlesUsed: number;
  /** By number; numbers are never used again. */
  readonly grants: ReadonlyMap<number, Grant>;
  readonly endpoints: ReadonlyMap<number, Endpoint>;
  readonly tickets: ReadonlyMap<number, Ticket>;
  readonly listeners: ReadonlyMap<number, Listener>;
  readonly streams: ReadonlyMap<number, Stream>;
  /** The next number of any of them. */
  readonly next: number;
  /** By number, ascending; a number is used again when its object is unloaded. */
  readonly objects: ReadonlyMap<number, SharedObject>;
  /** Armed timers, by when they fire, then in the order in which they were armed. */
  readonly timers: readonly Timer[];
}
