/** The Intravisor's tables: mutable, one owner each, numbers instead of pointers. */
import type { CvmName, LifeCycle, Quotas } from "../../model/system-contract.ts";

/** Rights as bits: 1 read, 2 write. */
export type RightBits = 1 | 2 | 3;

export interface Cvm {
  readonly slot: number;
  readonly generation: number;
  readonly name: CvmName;
  state: LifeCycle;
  readonly codeBase: number;
  readonly codeSize: number;
  readonly dataBase: number;
  readonly dataSize: number;
  readonly parent: Cvm | null;
  readonly quotas: Quotas;
  readonly otype: number;
  readonly handles: (Handle | null)[];
  readonly handleGenerations: number[];
  readonly threads: Thread[];
}

export type Handle =
  | { readonly kind: "grant"; readonly grant: Grant; readonly rights: RightBits; position: bigint }
  | { readonly kind: "endpoint"; readonly endpoint: Endpoint }
  | { readonly kind: "listener"; readonly listener: Listener }
  | { readonly kind: "stream"; readonly end: StreamEnd };

export interface Grant {
  readonly key: string;
  readonly owner: Cvm;
  readonly base: number;
  readonly size: number;
  readonly rights: RightBits;
  /** Identities as slot | generation << 32. */
  readonly acl: readonly bigint[];
  epoch: bigint;
  live: boolean;
}

export interface Endpoint {
  readonly key: string;
  readonly owner: Cvm;
  readonly entry: number;
  readonly messageMax: bigint;
  readonly acl: readonly bigint[];
  readonly kind: "serial" | "pool" | "reentrant";
  /** Activations at a time. */
  readonly room: number;
  live: boolean;
}

export interface Listener {
  readonly key: string;
  readonly owner: Cvm;
  readonly acl: readonly bigint[];
  /** The ends that nobody has accepted yet, the oldest first. */
  readonly backlog: StreamEnd[];
}

/** One end of a stream: `ends` holds both, that of who connected first. */
export interface StreamEnd {
  readonly key: string;
  readonly owner: Cvm;
  readonly ends: StreamEnd[];
  open: boolean;
  reads: boolean;
  writes: boolean;
  posted: Posted | null;
}

/** Bytes of a cVM, exactly representable as bounds; size 0: none. */
export interface Piece {
  readonly base: number;
  readonly size: number;
}

/** A buffer that was posted; `got` once something has come. */
export interface Posted extends Piece {
  got: { readonly count: number; readonly full: number } | null;
}

/** A domain that a thread is in. */
export interface Frame {
  readonly cvm: Cvm;
  /** What was called; null in the thread's own domain. */
  readonly endpoint: Endpoint | null;
  /** Stack, and place of the gate pair in the store, in a callee. */
  readonly stack: number;
  /** The thread block as the caller left it: integers, and a context with its capabilities in c21 to c23. */
  readonly caller: { readonly integers: Uint8Array; readonly capabilities: Uint8Array } | null;
}

/** A call that is to be made. */
export interface CallRequest {
  readonly endpoint: Endpoint;
  readonly integers: readonly bigint[];
  readonly buffer: { readonly base: number; readonly size: number; readonly rights: RightBits } | null;
}

export interface Thread {
  readonly cvm: Cvm;
  readonly number: number;
  state: "ready" | "blocked" | "dead";
  wait: Wait | null;
  exitValue: bigint;
  /** Registers and state of the hart while the thread does not run. */
  context: Uint8Array;
  /** The trusted stack: innermost last. */
  readonly frames: Frame[];
}

export type Wait =
  | { readonly for: "time"; readonly until: bigint }
  | { readonly for: "thread"; readonly thread: Thread }
  | { readonly for: "futex"; readonly address: bigint; readonly until: bigint | null }
  | {
      readonly for: "room";
      readonly request: CallRequest;
      readonly order: number;
      readonly until: bigint | null;
    }
  | { readonly for: "notice"; readonly grant: Grant; readonly until: bigint | null }
  | {
      readonly for: "accept";
      readonly listener: Listener;
      readonly order: number;
      readonly until: bigint | null;
    }
  | {
      readonly for: "send";
      readonly end: StreamEnd;
      readonly piece: Piece;
      readonly message: boolean;
      readonly order: number;
    }
  | {
      readonly for: "receive";
      readonly end: StreamEnd;
      readonly piece: Piece;
      readonly message: boolean;
    }
  | {
      readonly for: "poll";
      readonly at: bigint;
      readonly words: BigUint64Array;
      readonly until: bigint | null;
    };

export interface Timer {
  readonly thread: Thread;
  readonly at: bigint;
}

export interface Tables {
  time: bigint;
  readonly cvms: (Cvm | null)[];
  readonly generations: number[];
  /** In the order in which they were made; dead ones are taken out. */
  readonly grants: Set<Grant>;
  readonly endpoints: Set<Endpoint>;
  readonly listeners: Set<Listener>;
  /** The ends of who connected: one for each stream of which an end is open. */
  readonly streams: Set<StreamEnd>;
  timers: Timer[];
  /** Waits in a queue so far: who came first is first. */
  queued: number;
}

/** The cVM whose code a thread runs. */
export function domainOf({ frames }: Thread): Cvm {
  return frames.at(-1)!.cvm;
}
