/**
 * What any implementation of the cVM system says to the outside: types only, shared by every folder, the counterpart
 * of contract.ts one level up. Constants (host-call numbers, errors, layout) are not here: they are written down twice.
 *
 * Three parts: what a system is given (system-script.ts), what can be seen of it (system-view.ts), and here what one does.
 */
import type { Action, CvmName, Step, ThreadName } from "./system-script.ts";
import type { SystemView } from "./system-view.ts";

export type * from "./system-script.ts";
export type * from "./system-view.ts";

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
  /**
   * Numbers of the objects that a thread is in for the innermost of its domains, outermost first; one of which that domain
   * has no descriptor is -1. Whoever is still on the way in is not in an object, nor who is already on the way out.
   */
  inside(by: ThreadName): readonly number[];
  /** What clients have in their states of objects, by number of the object. */
  states(): readonly ClientState[];
}

/** What a client has in its state of an object. States of no size are left out. */
export interface ClientState {
  readonly cvm: CvmName;
  readonly object: number;
  readonly base: bigint;
  /** Good until the next step or slice; to be looked at, never to be written. */
  readonly bytes: Uint8Array;
  /** Offsets of the granules that are tagged. */
  readonly tags: readonly number[];
  /** Offsets of the slots of imports, of 32 bytes: what stands in them means something to one system only. */
  readonly imports: readonly number[];
}

/** What a call into objects comes to if nobody interferes. */
export interface Foretold {
  readonly outcome: Outcome;
  readonly states: readonly ClientState[];
  /** What the object was lent, as it leaves it. */
  readonly lent: Uint8Array;
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
  /** The objects that it is in afterwards, as in SteppedSystem; left out: as before. */
  readonly inside?: readonly number[];
  /**
   * If it was in objects by the stub that calls them: what it has lent them. They write there and in states, and nowhere
   * else. Left out: no objects, or code of the guest's own.
   */
  readonly lent?: Lent;
}

/** Bytes that an object is lent for the time of a call; none, if the size is 0. */
export interface Lent {
  readonly base: bigint;
  readonly size: bigint;
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
  /** What the step of a thread that calls an object comes to as things stand now, without doing it. */
  foretell(step: Step, lent: Lent): Foretold;
  /** Bytes of data parts as they are now. */
  bytes(range: Lent): Uint8Array;
  /** The action with numbers in the place of what depends on when it is taken. */
  settled(by: ThreadName, action: Action, results: readonly StepReport[]): Action;
  /** As of a SteppedSystem: what has been taken over. */
  inside(by: ThreadName): readonly number[];
  states(): readonly ClientState[];
}

export interface ReferenceSystem extends SystemUnderTest {
  readonly guest: GuestReference;
}
