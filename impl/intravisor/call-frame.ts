/** A host call as the Intravisor sees it: who asks, for what, and the guest's memory through the guest's own DDC. */
import type { ErrorName, StepReport } from "../../model/system-contract.ts";
import type { Engine } from "../engine/index.ts";
import type { Sharing } from "../sco/binding.ts";
import type { Callbacks } from "../sco/callbacks.ts";
import type { Crossing } from "./crossing.ts";
import type { DeviceCopy } from "./device-copy.ts";
import type { Forge } from "./forge.ts";
import type { Courier } from "./stream-copy.ts";
import type { Cvm, Tables, Thread } from "./tables.ts";

export const errors: Readonly<Record<ErrorName, bigint>> = {
  EPERM: -1n,
  ENOENT: -2n,
  ESRCH: -3n,
  EINTR: -4n,
  EIO: -5n,
  E2BIG: -7n,
  ENOEXEC: -8n,
  EBADF: -9n,
  EAGAIN: -11n,
  ENOMEM: -12n,
  EACCES: -13n,
  EFAULT: -14n,
  EBUSY: -16n,
  EEXIST: -17n,
  ENODEV: -19n,
  EINVAL: -22n,
  ENOSPC: -28n,
  EPIPE: -32n,
  EDEADLK: -35n,
  ENOSYS: -38n,
  ELOOP: -40n,
  ECONNRESET: -104n,
  ETIMEDOUT: -110n,
  ESTALE: -116n,
};

export const LENGTH_MAX = 2n ** 47n;

/**
 * What a call answers: a0 to a2, or an error; or the thread waits, is now in a callee, it is over with it, or it is not
 * in the gate any more but where the hart stands.
 */
export type Answer = readonly bigint[] | ErrorName | "blocked" | "entered" | "ended" | "resumed";

/** What a call works with besides its arguments. */
export interface CallFrame {
  readonly engine: Engine;
  readonly forge: Forge;
  readonly tables: Tables;
  readonly thread: Thread;
  /** The cVM in whose domain the thread is. */
  readonly cvm: Cvm;
  /** Bounds of DDC as found at entry. */
  readonly ddcBase: bigint;
  readonly ddcTop: bigint;
  readonly args: readonly bigint[];
  readonly crossing: Crossing;
  readonly copier: DeviceCopy;
  readonly courier: Courier;
  readonly sharing: Sharing;
  readonly callbacks: Callbacks;
  /** Tells that a thread that waited for room, or for something to serve, has been turned to its callee. */
  admitted(thread: Thread): void;
  /** Tells that another thread goes on where this one was, also with what it was woken with in this step. */
  moved(from: Thread, to: Thread): void;
  /** Ends the wait of a thread, with a0 to a2 or an error. */
  wake(thread: Thread, answer: readonly bigint[] | ErrorName): void;
  /** Tells what a device saw. */
  tell(line: StepReport["devices"][number]): void;
  /** Ends a cVM, its descendants first. */
  end(cvm: Cvm): void;
}

/** Whether the caller may touch these bytes; without wrapping, and anywhere if there are none. */
export function reaches({ ddcBase, ddcTop }: CallFrame, address: bigint, length: bigint): boolean {
  return length === 0n || (address >= ddcBase && address + length <= ddcTop);
}

/** A copy of guest bytes, or null if the caller does not reach all of them. */
export function fetch(frame: CallFrame, address: bigint, length: bigint): Uint8Array | null {
  if (!reaches(frame, address, length)) return null;
  return length === 0n ? new Uint8Array() : frame.engine.peek(address, Number(length));
}

export function fetchWord(frame: CallFrame, address: bigint): bigint | null {
  const bytes = fetch(frame, address, 8n);
  return bytes === null ? null : new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
