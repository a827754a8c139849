/** CP_Call, as far as the Intravisor has to do with it. */
import { type Call, endThread, FOREVER, wait } from "./basic-calls.ts";
import { type Answer, type CallFrame, LENGTH_MAX } from "./call-frame.ts";
import { roomIn } from "./crossing.ts";
import { endEndpoint } from "./crossing-part.ts";
import { endpointAt, requestAt } from "./crossing-request.ts";
import { admit } from "./crossing-room.ts";
import { complete } from "./crossing-tickets.ts";
import { aclAt, keyAt, mayOpen, openHandle } from "./file-calls.ts";
import { type Endpoint, FRAMES_MAX } from "./tables.ts";

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

const call: Call = (frame) => {
  const asked = requestAt(frame);
  if (typeof asked === "string") return asked;
  const { request, timeout } = asked;
  const { endpoint } = request;
  const { frames } = frame.thread;
  if (frames.length >= FRAMES_MAX) return "ELOOP";
  if (endpoint.kind === "serial" && frames.some((one) => one.endpoint === endpoint)) return "EDEADLK";
  const stack = roomIn(frame.tables, endpoint);
  if (stack !== null) {
    const until = timeout === 0n || timeout === FOREVER ? null : frame.tables.time + timeout;
    frame.crossing.enter(frame.thread, request, stack, until);
    return "entered";
  }
  if (timeout === 0n) return "EAGAIN";
  const order = frame.tables.queued++;
  return wait(frame, timeout, (until) => ({ for: "room", request, order, until }));
};

/** The innermost frame is over: its caller has the value, or who has the ticket; or nobody, and the thread ends. */
const callReturn: Call = (frame): Answer => {
  const { thread, crossing } = frame;
  const innermost = thread.frames.at(-1)!;
  if (innermost.call === null) return "EPERM";
  if (innermost.suspended !== null) return "EPERM";
  const { served } = innermost.call;
  const value = frame.args[0]!;
  const isLast = thread.frames.length === 1;
  if (isLast) {
    crossing.parting.vacate(innermost);
    endThread(frame, thread, value);
  } else crossing.leave(thread);
  if (served?.ticket) complete(frame, served.ticket, value);
  admit(frame);
  if (isLast) return "ended";
  return [served === null ? value : 0n];
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

export const crossingCalls: readonly (readonly [number, Call])[] = [
  [30, register],
  [31, open],
  [32, call],
  [35, callReturn],
  [36, unregister],
  [37, close],
];
