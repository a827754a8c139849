/** CP_Call, as far as the Intravisor has to do with it. */
import { type Call, wait, waiters } from "./basic-calls.ts";
import { type Answer, type CallFrame, fetch, LENGTH_MAX } from "./call-frame.ts";
import { isExact } from "./creation.ts";
import { roomIn } from "./crossing.ts";
import { aclAt, handleAt, keyAt, mayOpen, openHandle } from "./file-calls.ts";
import type { CallRequest, Endpoint, Handle, RightBits, Thread } from "./tables.ts";

const FRAMES_MAX = 8;

/** What ending and entering need of a call's frame: they also happen when nobody calls. */
export type Crossings = Pick<CallFrame, "tables" | "crossing" | "wake" | "admitted">;

const register: Call = (frame) => {
  const { cvm, tables, args } = frame;
  const [keyPointer, keyLength, entry, messageMax, mode, aclPointer, aclCount] = args as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const named = keyAt(frame, keyPointer, keyLength);
  if ("error" in named) return named.error;
  const way = modeOf(mode);
  if (way === null || entry & 1n || messageMax > LENGTH_MAX) return "EINVAL";
  const acl = aclAt(frame, aclPointer, aclCount);
  if (typeof acl === "string") return acl;
  if (entry < BigInt(cvm.codeBase) || entry + 2n > BigInt(cvm.codeBase + cvm.codeSize)) return "EFAULT";
  if (withKey(frame, named.key)) return "EEXIST";
  if ([...tables.endpoints].filter(({ owner }) => owner === cvm).length >= cvm.quotas.endpoints)
    return "ENOSPC";
  const endpoint: Endpoint = {
    key: named.key,
    owner: cvm,
    entry: Number(entry),
    messageMax,
    acl,
    ...way,
    live: true,
  };
  const number = openHandle(cvm, { kind: "endpoint", endpoint });
  if (number === null) return "ENOSPC";
  tables.endpoints.add(endpoint);
  return [number];
};

function modeOf(mode: bigint): Pick<Endpoint, "kind" | "room"> | null {
  if (mode === 0n) return { kind: "serial", room: 1 };
  if (mode === 2n) return { kind: "reentrant", room: Infinity };
  const isPool = mode < 0x1_0000n && (mode & 0xffn) === 1n && mode > 0xffn;
  return isPool ? { kind: "pool", room: Number(mode >> 8n) } : null;
}

function withKey({ tables }: CallFrame, key: string): Endpoint | undefined {
  return [...tables.endpoints].find((endpoint) => endpoint.key === key);
}

const open: Call = (frame) => {
  const named = keyAt(frame, frame.args[0]!, frame.args[1]!);
  if ("error" in named) return named.error;
  const endpoint = withKey(frame, named.key);
  if (endpoint === undefined) return "ENOENT";
  if (!mayOpen(endpoint.acl, endpoint.owner, frame.cvm)) return "EACCES";
  const number = openHandle(frame.cvm, { kind: "endpoint", endpoint });
  return number === null ? "ENOSPC" : [number];
};

/** The handle of an endpoint of the caller. */
function endpointAt({
  cvm,
  args,
}: CallFrame): { index: number; handle: Handle & { kind: "endpoint" } } | null {
  const found = handleAt(cvm, args[0]!);
  return found?.handle.kind === "endpoint" ? { index: found.index, handle: found.handle } : null;
}

const call: Call = (frame) => {
  const found = endpointAt(frame);
  if (found === null) return "EBADF";
  const bytes = fetch(frame, frame.args[1]!, 80n);
  if (bytes === null) return "EFAULT";
  const words = new BigUint64Array(bytes.slice().buffer);
  const { endpoint } = found.handle;
  if (!endpoint.live) return "ESTALE";
  const buffer = bufferOf(frame, words, endpoint.messageMax);
  if (typeof buffer === "string") return buffer;
  const { frames } = frame.thread;
  if (frames.length >= FRAMES_MAX) return "ELOOP";
  if (endpoint.kind === "serial" && frames.some((one) => one.endpoint === endpoint)) return "EDEADLK";

  const request = { endpoint, integers: Array.from(words.subarray(0, 6)), buffer };
  const stack = roomIn(frame.tables, endpoint);
  if (stack !== null) {
    frame.crossing.enter(frame.thread, request, stack);
    return "entered";
  }
  if (words[9] === 0n) return "EAGAIN";
  const order = frame.tables.queued++;
  return wait(frame, words[9]!, (until) => ({ for: "room", request, order, until }));
};

function bufferOf(
  { ddcBase, ddcTop }: CallFrame,
  words: BigUint64Array,
  messageMax: bigint,
): CallRequest["buffer"] | "EINVAL" | "EFAULT" | "E2BIG" {
  const [base, size, rights] = [words[6]!, words[7]!, words[8]!];
  if (rights > 3n || size > 0n !== rights > 0n || size > LENGTH_MAX) return "EINVAL";
  if (rights === 0n) return null;
  if (!isExact(base, size)) return "EINVAL";
  if (base < ddcBase || base + size > ddcTop) return "EFAULT";
  if (size > messageMax) return "E2BIG";
  return { base: Number(base), size: Number(size), rights: Number(rights) as RightBits };
}

const callReturn: Call = (frame) => {
  if (frame.thread.frames.length === 1) return "EPERM";
  const value = frame.args[0]!;
  frame.crossing.leave(frame.thread);
  admit(frame);
  return [value];
};

const unregister: Call = (frame): Answer => {
  const found = endpointAt(frame);
  if (found === null) return "EBADF";
  const { endpoint } = found.handle;
  if (!endpoint.live) return "ENOENT";
  if (endpoint.owner !== frame.cvm) return "EPERM";
  if (frame.thread.frames.some((one) => one.endpoint === endpoint)) return "EBUSY";
  endEndpoint(frame, endpoint);
  return [0n];
};

const close: Call = (frame) => {
  const found = endpointAt(frame);
  if (found === null) return "EBADF";
  frame.cvm.handles[found.index] = null;
  return [0n];
};

/** Ends an endpoint: who waits for it gets ESTALE, who is in it is back with ECONNRESET. */
export function endEndpoint(crossings: Crossings, endpoint: Endpoint): void {
  endpoint.live = false;
  crossings.tables.endpoints.delete(endpoint);
  for (const thread of waiters(crossings)) {
    if (thread.state === "dead") continue;
    const depth = thread.frames.findIndex((frame) => frame.endpoint === endpoint);
    if (thread.wait?.for === "room" && thread.wait.request.endpoint === endpoint)
      crossings.wake(thread, "ESTALE");
    else if (depth > 0) unwind(crossings, thread, depth);
  }
  admit(crossings);
}

/** Takes a thread back to the frame below `depth`: what was called there ends with ECONNRESET. */
export function unwind(crossings: Crossings, thread: Thread, depth: number): void {
  while (thread.frames.length > depth) crossings.crossing.leave(thread);
  crossings.crossing.backAtGate(thread);
  crossings.wake(thread, "ECONNRESET");
}

/** Lets those who wait for room enter, first come first served. */
export function admit(crossings: Crossings): void {
  for (;;) {
    let next: { thread: Thread; request: CallRequest; order: number; stack: number } | null = null;
    for (const thread of waiters(crossings)) {
      if (thread.wait?.for !== "room") continue;
      const { request, order } = thread.wait;
      const stack = roomIn(crossings.tables, request.endpoint);
      if (stack !== null && (next === null || order < next.order)) next = { thread, request, order, stack };
    }
    if (next === null) return;
    next.thread.wait = null;
    next.thread.state = "ready";
    crossings.crossing.enter(next.thread, next.request, next.stack);
    crossings.admitted(next.thread);
  }
}

export const crossingCalls: readonly (readonly [number, Call])[] = [
  [30, register],
  [31, open],
  [32, call],
  [35, callReturn],
  [36, unregister],
  [37, close],
];
