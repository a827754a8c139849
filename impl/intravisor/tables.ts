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
  | { readonly kind: "endpoint" }
  | { readonly kind: "listener" }
  | { readonly kind: "stream" };

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

export interface Thread {
  readonly cvm: Cvm;
  readonly number: number;
  state: "ready" | "blocked" | "dead";
  wait: Wait | null;
  exitValue: bigint;
  /** Registers and state of the hart while the thread does not run. */
  context: Uint8Array;
  /** Innermost last: the domains whose code runs in it. */
  readonly domains: Cvm[];
}

export type Wait =
  | { readonly for: "time"; readonly until: bigint }
  | { readonly for: "thread"; readonly thread: Thread }
  | { readonly for: "futex"; readonly address: bigint; readonly until: bigint | null }
  | { readonly for: "notice"; readonly grant: Grant; readonly until: bigint | null };

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
  timers: Timer[];
}
