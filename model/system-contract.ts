/**
 * What any implementation of the cVM system says to the outside: types only, shared by every folder, the counterpart
 * of contract.ts one level up. Constants (host-call numbers, errors, layout) are not here: they are written down twice.
 *
 * A system is driven by a script: cVMs, and steps by named threads. A step is atomic for the model; the implementation
 * takes as many machine steps for it as its code needs, and a schedule may interleave those of several threads.
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

/** How a step ended for the thread that took it. */
export type Outcome =
  /** a0, a1 and a2: results beyond those of the call are 0. */
  | { readonly kind: "returned"; readonly values: readonly [bigint, bigint, bigint] }
  /** The thread waits; its result comes with a later step, in `woken`. */
  | { readonly kind: "blocked" }
  /** The thread is now in the callee, at its entry, with a0 to a5 and the identity of its caller in a6. */
  | { readonly kind: "entered"; readonly cvm: CvmName; readonly values: readonly bigint[] }
  /** The thread's code trapped: cause and value as mcause and mtval, then what the exception rules did with it. */
  | { readonly kind: "faulted"; readonly cause: bigint; readonly value: bigint }
  /**
   * The thread cannot act: its cVM or it does not exist, is dead or blocked, or what it does in slices is not over yet
   * (`busy`). Nothing happened. Where the Intravisor itself has faulted nothing happens any more, whoever acts.
   */
  | { readonly kind: "refused"; readonly why: "no such thread" | "blocked" | "busy" | "system stopped" }
  /** An event: 0 or minus an error. */
  | { readonly kind: "done"; readonly value: bigint };

export interface StepReport {
  readonly outcome: Outcome;
  /** Threads whose wait ended in this step, in order, with a0 to a2. */
  readonly woken: readonly {
    readonly thread: ThreadName;
    readonly values: readonly [bigint, bigint, bigint];
  }[];
  /** What devices saw: console text and the like, in order. */
  readonly devices: readonly { readonly device: string; readonly cvm: CvmName; readonly data: string }[];
}

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

/** What counts up as it is used, and how far it has come at the reset: for those who look at where it ends. */
export interface Used {
  /** How often each place in the table of cVMs has been used. */
  readonly places: number;
  /** How often each handle of a new cVM has been given. */
  readonly handles: number;
}

/** The contract of a system under test. */
export interface SystemUnderTest {
  readonly name: string;
  /** An empty system: no cVM, time 0. */
  reset(): void;
  step(step: Step, results: readonly StepReport[]): StepReport;
  view(): SystemView;
  /** The view without what memory holds: `data`, `disk` and `tags` of every cVM are empty. Cheap enough for every step. */
  outline(): SystemView;
  /**
   * What a cVM's data part holds, in pages of 4096 bytes; null: zeros. To be read before the next step. No pages if there
   * is no such cVM.
   */
  pages(cvm: CvmName): readonly (Uint8Array | null)[];
}

/** Registers of a thread in one of the domains that it is in. */
export interface RegisterFile {
  readonly cvm: CvmName;
  /**
   * Two words for each of registers 1 to 31: its integer or address, and the other word of it if it is a capability.
   * Of a domain that waits for a call to come back only what it will find then.
   */
  readonly words: BigUint64Array;
}

/** What only a cVM itself knows, in the hands of whoever compares two systems that differ in nothing else. */
export interface Secrets {
  /** Bytes of a cVM's data part, good until the next step: to be looked at, never to be written. */
  read(cvm: CvmName, offset: number, length: number): Uint8Array;
  /** Overwrites bytes of a cVM's data part, by their offset from its start: as if they had always been others. */
  overwrite(cvm: CvmName, offset: number, bytes: Uint8Array): void;
  /** One set of registers for each domain, outermost first; none of a dead thread, or where there are no registers. */
  registers(thread: ThreadName): readonly RegisterFile[];
  /**
   * Overwrites registers of the domain at this place in the list above, given as there. Those that hold capabilities
   * stay as they are.
   */
  setRegisters(thread: ThreadName, depth: number, words: BigUint64Array): void;
  /** Steps of the machine that have been taken since the system was made; 0 if it has none. */
  machineSteps(): number;
}

/** A system that can be one of two worlds. */
export interface SecretSystem extends SystemUnderTest {
  readonly secrets: Secrets;
}

/** A capability that a domain runs under, as far as it matters: null if it is untagged or sealed. */
export interface Authority {
  readonly base: bigint;
  readonly top: bigint;
  /** Permission bits, in the numbering of CGetPerm. */
  readonly perms: number;
}

/** What a slice ended with. */
export type SliceEnd =
  /** The step of the thread is over, or waits. A step that has waited goes on when the thread is woken. */
  | Outcome
  /** The machine steps were used up, wherever the thread was: in its code, a stub, the gate. */
  | { readonly kind: "preempted" }
  /** A host call has arrived: it is served at the beginning of the thread's next slice, not before. */
  | { readonly kind: "asks"; readonly number: bigint; readonly args: readonly bigint[] };

export interface SliceReport extends Pick<StepReport, "woken" | "devices"> {
  readonly end: SliceEnd;
  /** Machine steps taken. */
  readonly steps: number;
  /** How the call that the thread had asked for was served, if it was in this slice. */
  readonly served: Outcome | null;
  /**
   * DDC of the domain that the thread is in, of the guest even in the gate; null if it is dead or has none. Of one that
   * faulted, that of the domain where it did.
   */
  readonly ddc: Authority | null;
  /** Where the thread stands: its code, a stub that copies, the gate; null if it is dead. */
  readonly place: "code" | "copy" | "gate" | null;
}

/** A system whose steps can be taken in slices, those of several threads mixed. */
export interface SteppedSystem extends SystemUnderTest {
  /**
   * Sets a thread to take an action; nothing runs yet. Null, or how it ended at once: why it cannot, or minus ENOSPC
   * for a body that has no place. A program that is under way (`go`) may be left for something else, unless it is in a
   * call.
   */
  begin(by: ThreadName, action: Action, results: readonly StepReport[]): Outcome | null;
  /**
   * The thread serves what it has asked for and goes on with its action for at most so many machine steps; 0 serves
   * and does no more.
   */
  run(by: ThreadName, steps: number): SliceReport;
  /** Threads that have an action under way and do not wait. */
  runnable(): readonly ThreadName[];
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

/** Bytes that are no longer what they were. */
export interface Written {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

/** What one thread did in its own code. */
export interface GuestSlice {
  readonly written: readonly Written[];
  /** Its DDC afterwards; null: none that is of use; left out: as before. */
  readonly ddc?: Authority | null;
  /** Whether it ran anything but the stubs that everybody has. */
  readonly isArbitrary: boolean;
}

/** What a reference knows of threads that somebody else runs, in slices. All of them name threads that can act. */
export interface GuestReference {
  /** Takes over what a thread did; what of it no guest can do, one line each. */
  adopt(by: ThreadName, slice: GuestSlice): readonly string[];
  /** Serves the call that a thread has asked for. */
  serve(by: ThreadName, number: bigint, args: readonly bigint[]): StepReport;
  /** A thread has trapped, under this DDC. */
  trap(by: ThreadName, cause: bigint, value: bigint, ddc: Authority | null): StepReport;
  /** What the step would do now, without doing it. */
  would(step: Step, results: readonly StepReport[]): StepReport;
  /** The action with numbers in the place of what depends on when it is taken. */
  settled(by: ThreadName, action: Action, results: readonly StepReport[]): Action;
}

export interface ReferenceSystem extends SystemUnderTest {
  readonly guest: GuestReference;
}

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
