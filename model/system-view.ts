/**
 * What can be seen of a cVM system: the abstract state after a step.
 *
 * Part of the contract of systems: everybody imports these types from system-contract.ts.
 */
import type { CvmName } from "./system-script.ts";

export type LifeCycle = "ready" | "running" | "dying" | "quarantine";

/** The abstract state after a step, for comparison: plain data, ordered so that equal states look equal. */
export interface SystemView {
  readonly cvms: readonly CvmView[];
  readonly grants: readonly GrantView[];
  readonly endpoints: readonly EndpointView[];
  /** In the order in which they were made. */
  readonly tickets: readonly TicketView[];
  readonly listeners: readonly ListenerView[];
  readonly streams: readonly StreamView[];
  /** By number. */
  readonly objects: readonly ObjectView[];
  readonly time: bigint;
}

/** A single-copy object: its code and read-only data are there once, its state once for each cVM that has bound it. */
export interface ObjectView {
  /** Its place in every CLS table. */
  readonly number: number;
  /** SHA-256 of the file, hexadecimal: its identity (I-107). */
  readonly hash: string;
  /** Where its code begins; its read-only data follows. */
  readonly base: bigint;
  readonly textSize: number;
  readonly rodataSize: number;
  /** What keeps it alive: creations not yet closed, binds, threads inside (I-108). */
  readonly references: number;
  /** In the order in which they were made. */
  readonly bindings: readonly BindingView[];
}

export interface BindingView {
  readonly cvm: CvmName;
  /** Whether it runs with nothing but what it is given, or with what its client can reach. */
  readonly mode: "compartment" | "library";
  /** Where this client's state is. */
  readonly base: bigint;
  readonly size: number;
  /** As in CvmView; empty in an outline. */
  readonly data: readonly { readonly offset: number; readonly bytes: string }[];
  readonly tags: readonly number[];
  /** Threads of the cVM that are in the object. */
  readonly inside: number;
}

export interface CvmView {
  readonly name: CvmName;
  /** Number of the place in the system's table, and how often the place was used before. */
  readonly slot: number;
  readonly generation: number;
  readonly state: LifeCycle;
  readonly base: bigint;
  readonly codeSize: number;
  readonly dataBase: bigint;
  readonly size: number;
  /** Addresses, relative to the data part, of bytes other than zero, in runs. */
  readonly data: readonly { readonly offset: number; readonly bytes: string }[];
  /** Granules of the data part that are tagged: none but where the Intravisor put them. */
  readonly tags: readonly number[];
  readonly threads: readonly ThreadView[];
  /** Where faults of its own code go; 0: nowhere. */
  readonly handler: bigint;
  /** Contents of its disk, as `data`. */
  readonly disk: readonly { readonly offset: number; readonly bytes: string }[];
  /** Packets that wait for it, oldest first: hexadecimal, with the identity of the sender in the first word. */
  readonly packets: readonly string[];
  /** Open handles, by index. */
  readonly handles: readonly { readonly handle: bigint; readonly what: string; readonly stale: boolean }[];
}

export interface ThreadView {
  readonly thread: number;
  readonly state: "ready" | "blocked" | "dead";
  /** Whether a fault took it to the handler of its cVM, from which it has not returned. */
  readonly handling: boolean;
  /** Whether it goes on with a call whose caller has given up or is over; it is over itself when that returns. */
  readonly worker: boolean;
  /** The domains the thread is in, outermost first: its own cVM, then callees. */
  readonly domains: readonly CvmName[];
  /** Bounds of the DDC in the innermost; a dead thread has no domains and no bounds. */
  readonly ddcBase: bigint;
  readonly ddcTop: bigint;
}

export interface GrantView {
  readonly key: string;
  readonly owner: CvmName;
  readonly base: bigint;
  readonly length: bigint;
  readonly rights: "r" | "w" | "rw";
  readonly epoch: bigint;
  readonly holders: readonly CvmName[];
}

export interface EndpointView {
  readonly key: string;
  readonly owner: CvmName;
  readonly entry: bigint;
  readonly mode: string;
  readonly active: number;
}

export interface ListenerView {
  readonly key: string;
  readonly owner: CvmName;
  /** Streams that are to be accepted. */
  readonly backlog: number;
}

/** An asynchronous call that nobody has the result of yet. */
export interface TicketView {
  readonly owner: CvmName;
  readonly number: bigint;
  /** Key of the endpoint; empty when that is over. */
  readonly key: string;
  readonly state: "queued" | "served" | "done";
  readonly result: bigint | null;
}

export interface StreamView {
  readonly key: string;
  /** First that of who connected. */
  readonly ends: readonly [StreamEndView, StreamEndView];
}

export interface StreamEndView {
  /** Empty once the end is closed. */
  readonly cvm: CvmName;
  readonly reads: boolean;
  readonly writes: boolean;
  /** The buffer posted, and what has come to it. */
  readonly posted: {
    readonly base: bigint;
    readonly length: bigint;
    readonly got: { readonly count: bigint; readonly full: bigint } | null;
  } | null;
  /** Threads that wait to send from here. */
  readonly sending: number;
}
