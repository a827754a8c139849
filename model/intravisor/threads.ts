/** Threads of a cVM and how they wait for each other (3.7, 3.9). Numbers mean nothing in another cVM (I-48). */
import {
  type Caller,
  type Change,
  failed,
  findCvm,
  isSame,
  returned,
  withCvm,
  withThread,
} from "./change.ts";
import { activationsIn, admit } from "./cp-call-room.ts";
import { mayReach, readWords } from "./guest-memory.ts";
import { identityWord } from "./keys.ts";
import { isInside, stackTop } from "./layout.ts";
import type { Cvm, Frame, Identity, System, Thread } from "./state.ts";
import { block, FOREVER, wake } from "./waiting.ts";

const STACK_POINTER = 2;

/** A thread at the start of its life: in its own domain, with all of its data part. */
export function newThread(cvm: Pick<Cvm, "identity" | "data">, number: number): Thread {
  const frame: Frame = { domain: cvm.identity, ddc: cvm.data, activation: null, callback: null };
  const kept = new Map([[STACK_POINTER, stackTop(cvm, number)]]);
  return { number, state: "ready", wait: null, exitValue: 0n, frames: [frame], handling: false, kept };
}

/**
 * thread_create(entry, argument): the lowest number that nobody has, and whose stack no call into this cVM runs on
 * (I-71). The new thread has a0 = argument.
 */
export function threadCreate(system: System, { cvm }: Caller, args: readonly bigint[]): Change {
  const entry = args[0]!;
  if (!isInside(entry, 2n, cvm.code)) return failed(system, "EFAULT");
  if (entry % 2n !== 0n) return failed(system, "EINVAL");
  const taken = new Set(activationsIn(system, cvm).map(({ stack }) => stack));
  const numbers = Array.from({ length: cvm.quotas.threads }, (_, number) => number);
  const isFree = (number: number) => (cvm.threads[number]?.state ?? "dead") === "dead" && !taken.has(number);
  const free = numbers.find(isFree);
  if (free === undefined) return failed(system, "EAGAIN");
  return returned(withCvm(system, withPlace(cvm, newThread(cvm, free))), BigInt(free));
}

/** The cVM with a thread under its number; places before it that nobody has had yet are there, but have no frames. */
export function withPlace(cvm: Cvm, thread: Thread): Cvm {
  const threads = [...cvm.threads];
  for (let number = threads.length; number < thread.number; number++) {
    threads.push(anonymous(number, "dead"));
  }
  threads[thread.number] = thread;
  return { ...cvm, threads };
}

/** A thread that nobody has begun at an entry of its own: it has what others give it. */
export function anonymous(number: number, state: Thread["state"]): Thread {
  const kept = new Map<number, bigint>();
  return { number, state, wait: null, exitValue: 0n, frames: [], handling: false, kept };
}

/** thread_exit(value): never returns. Inside a call it is refused: that ends by its own return only. */
export function threadExit(
  system: System,
  { owner, thread, frame }: Caller,
  args: readonly bigint[],
): Change {
  if (!isHome(frame)) return failed(system, "EPERM");
  const ended = endThread(system, owner, thread.number, args[0]!);
  // Its stack is free now.
  const next = admit(ended.system);
  return returned(next.system, 0n, 0n, 0n, { woken: [...ended.woken, ...next.woken] });
}

/** A thread is over, and its timers with it; those who wait for it have its value. */
export function endThread(
  system: System,
  owner: Identity,
  number: number,
  value: bigint,
): Pick<Change, "system" | "woken"> {
  const thread = findCvm(system, owner)!.threads[number]!;
  const timers = system.timers.filter((timer) => !isSame(timer.owner, owner) || timer.thread !== number);
  const dead: Thread = { ...thread, state: "dead", wait: null, exitValue: value };
  return wake(withThread({ ...system, timers }, owner, dead), (wait) =>
    wait.for === "thread" && isSame(wait.owner, owner) && wait.thread === number ? value : null,
  );
}

/** thread_join(thread): the value it exited with. */
export function threadJoin(system: System, caller: Caller, args: readonly bigint[]): Change {
  const { cvm, owner, thread } = caller;
  const number = args[0]!;
  const other = number < BigInt(cvm.threads.length) ? cvm.threads[Number(number)]! : null;
  if (other === null || other.frames.length === 0) return failed(system, "ESRCH");
  if (owner.slot === cvm.identity.slot && other.number === thread.number) return failed(system, "EDEADLK");
  if (other.state === "dead") return returned(system, other.exitValue);
  return block(system, caller, FOREVER, () => ({ for: "thread", owner: cvm.identity, thread: other.number }));
}

/**
 * thread_self(): the caller's number, and the identity of the cVM it is in, as slot | generation << 32. In a callee the
 * number is that of its stack there: what it is at home is nothing to the callee (I-27).
 */
export function threadSelf(system: System, { thread, cvm }: Caller): Change {
  const entered = thread.frames.findLast(({ callback }) => callback === null)!;
  return returned(system, BigInt(entered.activation?.stack ?? thread.number), identityWord(cvm.identity));
}

/** futex_wait(address, value, timeout): waits if the 64-bit word at the address still has the value. */
export function futexWait(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [address, value, timeout] = args as [bigint, bigint, bigint];
  if (address % 8n !== 0n) return failed(system, "EINVAL");
  const words = readWords(system, caller, address, 1);
  if (words === null) return failed(system, "EFAULT");
  if (words[0] !== value) return failed(system, "EAGAIN");
  return block(system, caller, timeout, (until) => ({ for: "futex", address, until }));
}

/** futex_wake(address, count): how many woke. */
export function futexWake(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [address, count] = args as [bigint, bigint];
  if (address % 8n !== 0n) return failed(system, "EINVAL");
  if (!mayReach(caller, address, 8n)) return failed(system, "EFAULT");
  const most = count > 1_000_000n ? 1_000_000 : Number(count);
  const { system: after, woken } = wake(
    system,
    (wait) => (wait.for === "futex" && wait.address === address ? 0n : null),
    most,
  );
  return returned(after, BigInt(woken.length), 0n, 0n, { woken });
}

/** Whether a thread is where it has begun, and in no call: neither of another domain nor from an object of its own. */
export function isHome({ activation, callback }: Frame): boolean {
  return activation === null && callback === null;
}

/** The frame a thread is in now. */
export function innermost({ frames }: Thread): Frame {
  return frames.at(-1)!;
}
