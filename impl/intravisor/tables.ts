/** The Intravisor's tables: mutable, one owner each, numbers instead of pointers. */
import type { Authority, CvmName, LifeCycle, Quotas } from "../../model/system-contract.ts";
import type { Objects, SharedObject } from "../sco/table.ts";
import type { Disk } from "./device-disk.ts";
import type { Packet } from "./device-net.ts";

/** Frames that a thread can have. */
export const FRAMES_MAX = 8;

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
  /** Address of the block of its first thread. */
  readonly blocks: number;
  readonly handles: (Handle | null)[];
  readonly handleGenerations: number[];
  /** Tickets that it was given so far. */
  ticketsMade: bigint;
  readonly threads: Thread[];
  readonly disk: Disk;
  /** What the net has for it, the oldest first. */
  readonly packets: Packet[];
  /** Where faults of its own code go; 0: nowhere. */
  handler: number;
  /** The page with its CLS table and its descriptors; 0 while it has bound no object. */
  table: number;
  /** The page with its other CLS table, for objects that run in its own domain; 0 while it has bound none as such. */
  libraryTable: number;
}

export type Handle =
  | { readonly kind: "grant"; readonly grant: Grant; readonly rights: RightBits; position: bigint }
  | { readonly kind: "endpoint"; readonly endpoint: Endpoint }
  | { readonly kind: "listener"; readonly listener: Listener }
  | { readonly kind: "stream"; readonly end: StreamEnd }
  | { readonly kind: "object"; readonly object: SharedObject };

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
  /** What was called; null where a thread has begun. */
  readonly endpoint: Endpoint | null;
  /** Of the call that entered; null where a thread has begun. */
  readonly call: CallUnderWay | null;
  /** Stack, and place of the gate pair in the store, in a callee. */
  readonly stack: number;
  /**
   * The thread block as the caller left it: integers, and a context with its capabilities in c21 to c23. Null where a
   * thread has begun, and in a callee that has lost its caller.
   */
  readonly caller: { readonly integers: Uint8Array; readonly capabilities: Uint8Array } | null;
  readonly doing: Doing;
  /** Where the objects that it calls begin on the thread's trusted object stack: an offset in the thread's page. */
  readonly objects: number;
  /** In a callback the object that made it; null in any other domain. */
  readonly suspended: Suspended | null;
}

/** An object that waits for its client to come back from a callback. */
export interface Suspended {
  /** Its registers as it called. */
  readonly context: Uint8Array;
  /** Address behind the stack that objects had been given by then. */
  readonly top: number;
}

/** What the code of a domain is about, for the thread that is in it. */
export interface Doing {
  /** Its own program, a stub that it was sent to, or a body. */
  code: "program" | "stub" | "body";
  /** Address behind the last word of a body. */
  end: number;
  /** DDC as it was when the domain last asked for something; null for one that serves no pointers. */
  ddc: Authority | null;
  /** PCC of the domain as it was at first: a register put aside. */
  readonly pcc: Uint8Array;
}

/** What a thread has under way, while it is not over. */
export interface Activity {
  readonly kind: "stub" | "body" | "go";
  /** Whether it is taken in slices: then whatever ends a wait lets the thread stand where it is. */
  readonly isSliced: boolean;
  /** Machine steps that it may still take. */
  left: number;
  /** A stub that calls nobody: it has one result. */
  readonly isLocal: boolean;
  /** A host call has arrived that has not been served. */
  hasAsked: boolean;
  /** Machine steps of the gate to the first instruction of a callee; 0 if the thread does not go into one. */
  entering: number;
}

/** What a call under way is, to the domain that it has entered. */
export interface CallUnderWay {
  /** What c27 gives access to; null for none, or none any more. */
  buffer: CallRequest["buffer"];
  /** When the frame below is told ETIMEDOUT; null if never. */
  until: bigint | null;
  /** Set if cp_call_serve took it up: whose ticket is to have the result; null once nobody waits for it. */
  readonly served: { ticket: Ticket | null } | null;
}

/** A call whose caller does not wait: queued, served, or done with a result that nobody has asked for yet. */
export interface Ticket {
  readonly owner: Cvm;
  readonly number: bigint;
  readonly request: CallRequest;
  readonly order: number;
  state: "queued" | "served" | "done";
  /** When it is done with ETIMEDOUT; null if never. */
  until: bigint | null;
  result: bigint | null;
}

/** A call that is to be made. */
export interface CallRequest {
  readonly caller: Cvm;
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
  /** Whether it is in the handler of its cVM. */
  handling: boolean;
  /** The trusted stack: innermost last. */
  readonly frames: Frame[];
  underWay: Activity | null;
  /** Its page for calls into objects; 0 until its first. */
  objectPage: number;
  /** Machine steps of the call that it has been seen in objects for. */
  stepsInside: number;
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
  | { readonly for: "ticket"; readonly ticket: Ticket; readonly until: bigint | null }
  /** The next ticket for an endpoint of this cVM. */
  | {
      readonly for: "serve";
      readonly callee: Cvm;
      readonly order: number;
      readonly until: bigint | null;
    }
  | { readonly for: "notice"; readonly grant: Grant; readonly until: bigint | null }
  /** A packet for the receiver, in whose domain the thread is. */
  | {
      readonly for: "packet";
      readonly receiver: Cvm;
      readonly address: bigint;
      readonly room: bigint;
      readonly until: bigint | null;
    }
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
  /** Some cVM has lost something that registers of its threads may still hold. */
  isLess: boolean;
  time: bigint;
  /** By slot, as far as any was ever used. */
  readonly cvms: (Cvm | null)[];
  /** Of every slot that there is. */
  readonly generations: number[];
  /** Generation that handles of a new cVM begin with. */
  readonly handlesUsed: number;
  /** In the order in which they were made; dead ones are taken out. */
  readonly grants: Set<Grant>;
  readonly endpoints: Set<Endpoint>;
  /** In the order in which they were made. */
  readonly tickets: Set<Ticket>;
  readonly listeners: Set<Listener>;
  /** The ends of who connected: one for each stream of which an end is open. */
  readonly streams: Set<StreamEnd>;
  /** By number. */
  readonly objects: Objects;
  timers: Timer[];
  /** Waits in a queue so far: who came first is first. */
  queued: number;
}

/** Threads in the order of their slots and numbers. */
export function* waiters({ tables }: { readonly tables: Tables }): Generator<Thread> {
  for (const cvm of tables.cvms) if (cvm !== null) for (const thread of cvm.threads) yield thread;
}

/** The cVM whose code a thread runs. */
export function domainOf({ frames }: Thread): Cvm {
  return frames.at(-1)!.cvm;
}
