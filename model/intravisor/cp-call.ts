/**
 * CP_Call: control goes to another cVM, at the one place it has registered, and comes back (4.3).
 *
 * The thread itself goes: it gets a frame in the callee's domain, with the callee's authority, a stack of the callee's
 * and nothing of the caller's but six integers, the caller's identity and at most one buffer. Frames are left in the
 * order opposite to that in which they were entered (I-30), and with them goes the buffer (I-51).
 *
 * cp-call-request.ts reads what is asked for, cp-call-room.ts says who may enter and when, cp-call-part.ts how calls end
 * that do not return, and cp-call-ticket.ts has those whose caller does not wait.
 */
import { type Caller, type Change, changed, failed, isSame, returned, withThread } from "./change.ts";
import { endEndpoint } from "./cp-call-part.ts";
import { endpointHandle, requestFrom } from "./cp-call-request.ts";
import { admit, enter, FRAMES_MAX, freeStack } from "./cp-call-room.ts";
import { complete } from "./cp-call-ticket.ts";
import { LENGTH_MAX } from "./guest-memory.ts";
import { openHandle, replaceHandle } from "./handles.ts";
import { mayOpen, readAcl, readKey } from "./keys.ts";
import { isInside } from "./layout.ts";
import type { Endpoint, EndpointMode, Handle, System, Thread } from "./state.ts";
import { endThread } from "./threads.ts";
import { block, FOREVER } from "./waiting.ts";

/** cp_call_register(key, n, entry, message max, mode, acl, count): a handle. */
export function register(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [keyAt, keyLength, entry, messageMax, modeBits, aclAt, aclCount] = args as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const named = readKey(system, caller, keyAt, keyLength);
  if (typeof named === "string") return failed(system, named);
  const mode = modeFrom(modeBits);
  if (mode === null || entry % 2n !== 0n || messageMax > LENGTH_MAX) return failed(system, "EINVAL");
  const listed = readAcl(system, caller, aclAt, aclCount);
  if (typeof listed === "string") return failed(system, listed);
  if (!isInside(entry, 2n, caller.cvm.code)) return failed(system, "EFAULT");
  if (endpointWithKey(system, named.key) !== null) return failed(system, "EEXIST");
  const mine = [...system.endpoints.values()].filter(({ owner }) => isSame(owner, caller.cvm.identity));
  if (mine.length >= caller.cvm.quotas.endpoints) return failed(system, "ENOSPC");

  const number = system.next;
  const endpoint: Endpoint = {
    key: named.key,
    owner: caller.cvm.identity,
    entry,
    messageMax,
    acl: listed.acl,
    mode,
  };
  const made = { ...system, next: number + 1, endpoints: new Map(system.endpoints).set(number, endpoint) };
  return opened(
    system,
    openHandle(made, caller.cvm.identity, { kind: "endpoint", endpoint: number, owner: true }),
  );
}

/** cp_call_open(key, n): a handle. */
export function open(system: System, caller: Caller, args: readonly bigint[]): Change {
  const named = readKey(system, caller, args[0]!, args[1]!);
  if (typeof named === "string") return failed(system, named);
  const number = endpointWithKey(system, named.key);
  if (number === null) return failed(system, "ENOENT");
  const endpoint = system.endpoints.get(number)!;
  if (!mayOpen(endpoint.acl, endpoint.owner, caller.cvm.identity)) return failed(system, "EACCES");
  const handle: Handle = { kind: "endpoint", endpoint: number, owner: false };
  return opened(system, openHandle(system, caller.cvm.identity, handle));
}

/**
 * cp_call(handle, block): what the callee returns. The timeout is for all of it: waiting for room, and the callee's own
 * time (I-39). If it is 0 the call does not wait for room, and once inside has all the time it wants.
 */
export function call(system: System, caller: Caller, args: readonly bigint[]): Change {
  const asked = requestFrom(system, caller, args);
  if (typeof asked === "string") return failed(system, asked);
  const { request, timeout } = asked;
  const { owner, thread } = caller;
  if (thread.frames.length >= FRAMES_MAX) return failed(system, "ELOOP");
  const isSerial = system.endpoints.get(request.endpoint)!.mode.kind === "serial";
  if (isSerial && isOnStack(thread, request.endpoint)) return failed(system, "EDEADLK");

  const stack = freeStack(system, request.endpoint);
  if (stack !== null) {
    const until = timeout === 0n || timeout === FOREVER ? null : system.time + timeout;
    const entered = enter(system, owner, thread, { request, stack, until, ticket: null });
    return changed(entered.system, { kind: "entered", cvm: entered.callee.name, values: entered.values });
  }
  if (timeout === 0n) return failed(system, "EAGAIN");
  const queued = { ...system, next: system.next + 1 };
  return block(queued, caller, timeout, (until) => ({ for: "endpoint", request, order: system.next, until }));
}

/**
 * cp_call_return(value): the caller goes on with the value in a0; who has the ticket gets it, and the thread is back where
 * it asked for something to serve, with 0. A thread that has no caller any more ends here (I-31, I-39, I-67).
 */
export function callReturn(
  system: System,
  { owner, thread, frame }: Caller,
  args: readonly bigint[],
): Change {
  const { activation } = frame;
  if (activation === null) return failed(system, "EPERM");
  const value = args[0]!;
  const { served } = activation;
  const frames = thread.frames.slice(0, -1);
  const isWorker = frames.length === 0;
  const left = isWorker
    ? endThread(system, owner, thread.number, value)
    : { system: withThread(system, owner, { ...thread, frames }), woken: [] };
  const ticket = served?.ticket ?? null;
  const told = ticket === null ? { ...left, woken: [] } : complete(left.system, ticket, value);
  const next = admit(told.system);
  const woken = [...left.woken, ...told.woken, ...next.woken];
  return returned(next.system, isWorker || served !== null ? 0n : value, 0n, 0n, { woken });
}

/** cp_call_unregister(handle): 0; calls under way are over with ECONNRESET (I-72). */
export function unregister(system: System, caller: Caller, args: readonly bigint[]): Change {
  const found = endpointHandle(system, caller, args[0]!);
  if (found === null) return failed(system, "EBADF");
  const endpoint = system.endpoints.get(found.handle.endpoint);
  if (endpoint === undefined) return failed(system, "ENOENT");
  if (!isSame(endpoint.owner, caller.cvm.identity)) return failed(system, "EPERM");
  if (isOnStack(caller.thread, found.handle.endpoint)) return failed(system, "EBUSY");
  const ended = endEndpoint(system, found.handle.endpoint);
  return returned(ended.system, 0n, 0n, 0n, { woken: ended.woken });
}

/** cp_call_close(handle): 0. */
export function close(system: System, caller: Caller, args: readonly bigint[]): Change {
  const found = endpointHandle(system, caller, args[0]!);
  if (found === null) return failed(system, "EBADF");
  return returned(replaceHandle(system, caller.cvm.identity, found.index, null), 0n);
}

function isOnStack({ frames }: Thread, endpoint: number): boolean {
  return frames.some(({ activation }) => activation?.endpoint === endpoint);
}

function modeFrom(bits: bigint): EndpointMode | null {
  const size = Number((bits >> 8n) & 0xffn);
  if (bits === 0n) return { kind: "serial" };
  if (bits === 2n) return { kind: "reentrant" };
  return bits < 1n << 16n && (bits & 0xffn) === 1n && size > 0 ? { kind: "pool", size } : null;
}

function endpointWithKey(system: System, key: string): number | null {
  for (const [number, endpoint] of system.endpoints) if (endpoint.key === key) return number;
  return null;
}

function opened(before: System, result: { system: System; number: bigint } | null): Change {
  return result === null ? failed(before, "ENOSPC") : returned(result.system, result.number);
}
