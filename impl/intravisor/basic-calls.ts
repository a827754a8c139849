/** Console, time, threads: the host calls that concern nobody but the caller. */
import { type Answer, type CallFrame, fetch, fetchWord, hexOf, LENGTH_MAX, reaches } from "./call-frame.ts";
import { stacksIn } from "./crossing.ts";
import { admit, type Crossings } from "./crossing-room.ts";
import { place } from "./crossing-worker.ts";
import { startThread } from "./domain.ts";
import { type Thread, type Wait, waiters } from "./tables.ts";

export { waiters } from "./tables.ts";

export type Call = (frame: CallFrame) => Answer;

/** A timeout that never comes. */
export const FOREVER = 2n ** 64n - 1n;
const TIME_LIMIT = 2n ** 63n;

/** The caller waits; with no time to wait it has already waited too long. */
export function wait(frame: CallFrame, timeout: bigint, on: (until: bigint | null) => Wait): Answer {
  if (timeout === 0n) return "ETIMEDOUT";
  frame.thread.wait = on(timeout === FOREVER ? null : frame.tables.time + timeout);
  frame.thread.state = "blocked";
  return "blocked";
}

const consoleWrite: Call = (frame) => {
  const [address, length] = frame.args as [bigint, bigint];
  if (length > LENGTH_MAX) return "EINVAL";
  const bytes = fetch(frame, address, length < 4096n ? length : 4096n);
  if (bytes === null) return "EFAULT";
  if (bytes.length > 0) frame.tell({ device: "console", cvm: frame.cvm.name, data: hexOf(bytes) });
  return [BigInt(bytes.length)];
};

const time: Call = ({ tables }) => [tables.time];

const sleep: Call = (frame) => {
  const ns = frame.args[0]!;
  if (ns >= TIME_LIMIT) return "EINVAL";
  return ns === 0n ? [0n] : wait(frame, ns, (until) => ({ for: "time", until: until! }));
};

const timerArm: Call = ({ tables, thread, cvm, args }) => {
  const ns = args[0]!;
  if (ns === 0n || ns >= TIME_LIMIT) return "EINVAL";
  if (tables.timers.filter((timer) => timer.thread.cvm === thread.cvm).length >= cvm.quotas.timers)
    return "EAGAIN";
  const at = tables.time + ns;
  const behind = tables.timers.findIndex((timer) => timer.at > at);
  tables.timers.splice(behind < 0 ? tables.timers.length : behind, 0, { thread, at });
  return [0n];
};

const threadCreate: Call = ({ engine, forge, tables, cvm, args }) => {
  const [entry, argument] = args as [bigint, bigint];
  if (entry < BigInt(cvm.codeBase) || entry + 2n > BigInt(cvm.codeBase + cvm.codeSize)) return "EFAULT";
  if (entry & 1n) return "EINVAL";
  // Numbers are stacks: one that a call into this cVM runs on is not to be had, whoever had it before.
  const stacks = stacksIn(tables, cvm);
  let number = 0;
  while (stacks.has(number)) number++;
  if (number >= cvm.quotas.threads) return "EAGAIN";
  const running = engine.hart.save();
  place(startThread(engine, forge, cvm, number, Number(entry), argument));
  engine.hart.restore(running);
  return [BigInt(number)];
};

const threadExit: Call = (frame) => {
  const { thread, args } = frame;
  if (thread.frames.at(-1)!.call !== null) return "EPERM";
  endThread(frame, thread, args[0]!);
  // Its stack is there for others.
  admit(frame);
  return "ended";
};

/** A thread is over, and with it its timers; those who wait for it have its value. */
export function endThread(crossings: Crossings, thread: Thread, value: bigint): void {
  const { tables, callbacks } = crossings;
  callbacks.takePage(thread);
  thread.state = "dead";
  thread.wait = null;
  thread.exitValue = value;
  tables.timers = tables.timers.filter((timer) => timer.thread !== thread);
  for (const other of waiters(crossings)) {
    if (other.wait?.for === "thread" && other.wait.thread === thread) crossings.wake(other, [value]);
  }
}

const threadJoin: Call = (frame) => {
  const { cvm, thread, args } = frame;
  const other = args[0]! < BigInt(cvm.threads.length) ? cvm.threads[Number(args[0])]! : null;
  if (other === null || other.frames.length === 0) return "ESRCH";
  if (other === thread) return "EDEADLK";
  return other.state === "dead"
    ? [other.exitValue]
    : wait(frame, FOREVER, () => ({ for: "thread", thread: other }));
};

const threadSelf: Call = ({ thread, cvm }) => [
  BigInt(thread.frames.at(-1)!.stack),
  BigInt(cvm.slot) | (BigInt(cvm.generation) << 32n),
];

const futexWait: Call = (frame) => {
  const [address, value, timeout] = frame.args as [bigint, bigint, bigint];
  if (address & 7n) return "EINVAL";
  const word = fetchWord(frame, address);
  if (word === null) return "EFAULT";
  return word === value ? wait(frame, timeout, (until) => ({ for: "futex", address, until })) : "EAGAIN";
};

const futexWake: Call = (frame) => {
  const [address, count] = frame.args as [bigint, bigint];
  if (address & 7n) return "EINVAL";
  if (!reaches(frame, address, 8n)) return "EFAULT";
  let left = count;
  let woken = 0n;
  for (const thread of waiters(frame)) {
    if (left === 0n) break;
    if (thread.wait?.for !== "futex" || thread.wait.address !== address) continue;
    frame.wake(thread, [0n]);
    left -= 1n;
    woken += 1n;
  }
  return [woken];
};

const exit: Call = (frame) => {
  frame.end(frame.cvm);
  return "ended";
};

export const basicCalls: readonly (readonly [number, Call])[] = [
  [1, consoleWrite],
  [2, time],
  [3, sleep],
  [4, timerArm],
  [5, threadCreate],
  [6, threadExit],
  [7, threadJoin],
  [8, threadSelf],
  [9, futexWait],
  [10, futexWake],
  [16, exit],
];
