/**
 * A script of the cVM system: plain data, by which it is driven. cVMs, and steps by named threads. A step is atomic for
 * the model; the implementation takes as many machine steps for it as its code needs, and a schedule may interleave those
 * of several threads.
 *
 * Part of the contract of systems: everybody imports these types from system-contract.ts.
 */

/** Names a cVM of a script; unique among live ones. 1 to 31 characters of [a-z0-9-]. */
export type CvmName = string;

/** A thread of a cVM: 0 is the one it starts with. */
export interface ThreadName {
  readonly cvm: CvmName;
  readonly thread: number;
}

/** Everything a cVM may use up. Exhaustion hurts only the one who exhausts. */
export interface Quotas {
  readonly threads: number;
  readonly handles: number;
  readonly grants: number;
  readonly endpoints: number;
  readonly timers: number;
}

export interface CvmDescription {
  readonly name: CvmName;
  /** Bytes of its whole range, code and data: a multiple of 4096 that bounds can cover exactly; EINVAL otherwise. */
  readonly size: number;
  /** Bytes of the code part at the start of the range, likewise. The data part is the rest. */
  readonly codeSize: number;
  /** Image copied to the start of the code part, behind the stubs that every cVM has; hexadecimal bytes. */
  readonly image: string;
  /** What its disk of 32768 bytes begins with, hexadecimal; zeros if it is not given. */
  readonly disk?: string;
  /**
   * The layer that serves this one's calls, and where in its data part the data part of this one begins; null: the
   * Intravisor serves, and the data part follows the code part. Code parts always lie outside every data part.
   */
  readonly parent: { readonly cvm: CvmName; readonly at: number } | null;
  readonly quotas: Quotas;
}

/**
 * A value of a step: a number, or a place that is known only when the script runs.
 *
 * `at`: an address: `offset` bytes from the start of the code or data part of a cVM (`cvm: null`: of the acting one).
 * `result`: register `index` (0 for a0) of the result of an earlier step.
 */
export type Value =
  | { readonly kind: "number"; readonly value: bigint }
  | {
      readonly kind: "at";
      readonly cvm: CvmName | null;
      readonly part: "code" | "data";
      readonly offset: bigint;
    }
  | { readonly kind: "result"; readonly step: number; readonly index: number };

/** What a thread does in a step. Memory is reached through the DDC of the domain in which the thread is. */
export type Action =
  /** A host call through the gate, arguments in a0 to a7. */
  | { readonly do: "call"; readonly call: string; readonly args: readonly Value[] }
  /** A call by number, for numbers that mean nothing. */
  | { readonly do: "call-number"; readonly number: bigint; readonly args: readonly Value[] }
  /** A plain load or store of 1, 2, 4 or 8 bytes. */
  | { readonly do: "load"; readonly address: Value; readonly size: 1 | 2 | 4 | 8 }
  | { readonly do: "store"; readonly address: Value; readonly size: 1 | 2 | 4 | 8; readonly value: Value }
  /** Stores `length` bytes, made from the seed: for buffers. */
  | { readonly do: "fill"; readonly address: Value; readonly length: number; readonly seed: number }
  /** Stores these bytes, hexadecimal, at most 32768: what a cVM has read by its own means, an object file above all. */
  | { readonly do: "place"; readonly address: Value; readonly bytes: string }
  /** Narrows the thread's own DDC to [address, address + length), exactly or not at all (EINVAL). */
  | { readonly do: "narrow"; readonly address: Value; readonly length: Value }
  /**
   * Arbitrary instructions: the attacker is any code. They are put into the thread's place for bodies, at most
   * 63 words, and run with the registers as they stand until they run off their end, trap, wait, enter another cVM, or
   * have taken 4096 machine steps.
   */
  | { readonly do: "body"; readonly words: readonly number[] }
  /**
   * The thread's own program goes on where it is, or at the entry of its image if it is nowhere. As an atomic step it
   * takes 4096 machine steps at most; in slices it is over when the thread is.
   */
  | { readonly do: "go" };

/** What happens to the system from outside. */
export type Event =
  | { readonly do: "create"; readonly cvm: CvmDescription }
  | { readonly do: "kill"; readonly cvm: CvmName }
  /** Sweeps what a dead cVM had and frees its place. */
  | { readonly do: "reclaim"; readonly cvm: CvmName }
  /** Lets time pass; timers and timeouts fire in order. */
  | { readonly do: "advance"; readonly ns: bigint };

export type Step =
  | { readonly by: ThreadName; readonly action: Action; readonly expect?: Expectation }
  | { readonly by: null; readonly event: Event; readonly expect?: Expectation };

export interface Expectation {
  /** a0 after the step: a value, or a negative error by name. */
  readonly result?: Value | { readonly kind: "error"; readonly error: ErrorName };
}

/** Errors by name; a call that fails gives minus the number that Linux has for it. */
export type ErrorName =
  | "EPERM"
  | "ENOENT"
  | "ESRCH"
  | "EINTR"
  | "EIO"
  | "E2BIG"
  | "ENOEXEC"
  | "EBADF"
  | "EAGAIN"
  | "ENOMEM"
  | "EACCES"
  | "EFAULT"
  | "EBUSY"
  | "EEXIST"
  | "ENODEV"
  | "EINVAL"
  | "ENOSPC"
  | "EPIPE"
  | "EDEADLK"
  | "ENOSYS"
  | "ELOOP"
  | "ETIMEDOUT"
  | "ECONNRESET"
  | "ESTALE";

/** A script: plain data, the only interface between generators, corpora, drivers, shrinkers and reports. */
export interface SystemScript {
  readonly format: "capwright-script";
  readonly version: 1;
  readonly level: "system";
  readonly cvms: readonly CvmDescription[];
  readonly steps: readonly Step[];
  /**
   * Who runs when. Empty: each script step runs to its end before the next begins. Otherwise the steps of each thread
   * are its program, in order, and events are the program of the world (`thread: null`). Each entry is one slice: its
   * thread goes on for that many machine steps at most, less if it asks for a host call or its step is over; the world
   * takes its next event. What is left when the schedule is used up is done in the order of the steps, each to its end.
   */
  readonly schedule: readonly Turn[];
  /** The script is to be run in two worlds, on each system by itself: nobody else may be able to tell them apart. */
  readonly pair?: SecretPair;
}

/** An entry of a schedule. */
export interface Turn {
  readonly thread: ThreadName | null;
  readonly steps: number;
}

/** Two worlds in which a script is run, that differ in what one cVM keeps to itself. */
export interface SecretPair {
  /**
   * `steps`: before each step whatever the cVM does not make known in it is other in the second world. `run`: what it
   * stores there is, and nothing is touched.
   */
  readonly form: "steps" | "run";
  /** The cVM of this name that is created after `birth` others that had it. */
  readonly cvm: CvmName;
  readonly birth: number;
  /** What the second world holds instead follows from this. */
  readonly seed: number;
  /** Pieces of its data part that may differ, as [offset, length]; null: all of it, and in the form `steps` its disk. */
  readonly bytes: readonly (readonly [offset: number, length: number])[] | null;
  /** Registers that may differ, 1 to 31; null: all. In the form `run` none does. */
  readonly registers: readonly number[] | null;
}
