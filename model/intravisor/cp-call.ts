/**
 * CP_Call: control goes to another cVM, at the one place it has registered, and comes back (4.3).
 *
 * The thread itself goes: it gets a frame in the callee's domain, with the callee's authority, a stack of the callee's
 * and nothing of the caller's but six integers, the caller's identity and at most one buffer. Frames are left in the
 * order opposite to that in which they were entered (I-30), and with them goes the buffer (I-51).
 */
import type { ErrorName } from "../system-contract.ts";
import {
  type Caller,
  type Change,
  changed,
  failed,
  findCvm,
  isSame,
  returned,
  withThread,
} from "./change.ts";
import { failure } from "./errors.ts";
import { LENGTH_MAX, readWords } from "./guest-memory.ts";
import { findHandle, openHandle, replaceHandle } from "./handles.ts";
import { identityWord, mayOpen, readAcl, readKey } from "./keys.ts";
import { isExact, isInside } from "./layout.ts";
import type {
  Activation,
  CallRequest,
  Cvm,
  Endpoint,
  EndpointMode,
  Handle,
  Rights,
  System,
  Thread,
} from "./state.ts";
import { block } from "./waiting.ts";

/** Frames of one thread, its own domain included. */
const FRAMES_MAX = 8;
const RIGHTS: readonly (Rights | null)[] = [null, "r", "w", "rw"];

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

/** cp_call(handle, block): what the callee returns; the block is i0 to i5, buffer, its length and rights, timeout. */
export function call(system: System, caller: Caller, args: readonly bigint[]): Change {
  const found = endpointHandle(system, caller, args[0]!);
  if (found === null) return failed(system, "EBADF");
  const words = readWords(system, caller, args[1]!, 10);
  if (words === null) return failed(system, "EFAULT");
  const endpoint = system.endpoints.get(found.handle.endpoint);
  if (endpoint === undefined) return failed(system, "ESTALE");
  const buffer = bufferFrom(caller, words, endpoint.messageMax);
  if (typeof buffer === "string") return failed(system, buffer);
  if (caller.thread.frames.length >= FRAMES_MAX) return failed(system, "ELOOP");
  if (endpoint.mode.kind === "serial" && isOnStack(caller.thread, found.handle.endpoint)) {
    return failed(system, "EDEADLK");
  }

  const request = { endpoint: found.handle.endpoint, integers: words.slice(0, 6), ...buffer };
  const timeout = words[9]!;
  const stack = freeStack(system, request.endpoint);
  if (stack !== null) return enter(system, caller, request, stack);
  if (timeout === 0n) return failed(system, "EAGAIN");
  const queued = { ...system, next: system.next + 1 };
  return block(queued, caller, timeout, (until) => ({ for: "endpoint", request, order: system.next, until }));
}

/** cp_call_return(value): the caller goes on with the value in a0. */
export function callReturn(
  system: System,
  { owner, thread, frame }: Caller,
  args: readonly bigint[],
): Change {
  if (frame.activation === null) return failed(system, "EPERM");
  const left = withThread(system, owner, { ...thread, frames: thread.frames.slice(0, -1) });
  const next = admit(left);
  return returned(next.system, args[0]!, 0n, 0n, { woken: next.woken });
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

/** Ends an endpoint: whoever is in it or waits for it is back in its own code, with ECONNRESET or ESTALE. */
export function endEndpoint(system: System, number: number): Pick<Change, "system" | "woken"> {
  const endpoints = new Map(system.endpoints);
  endpoints.delete(number);
  return unwind({ ...system, endpoints }, (thread) => {
    if (thread.wait?.for === "endpoint" && thread.wait.request.endpoint === number) {
      return { depth: thread.frames.length, error: "ESTALE" };
    }
    const depth = thread.frames.findIndex(({ activation }) => activation?.endpoint === number);
    return depth < 0 ? null : { depth, error: "ECONNRESET" };
  });
}

/** Takes threads out of a cVM that is over: their innermost frame below goes on, with ECONNRESET (I-70). */
export function leaveDead(system: System, dead: Cvm["identity"]): Pick<Change, "system" | "woken"> {
  return unwind(system, (thread) => {
    const depth = thread.frames.findIndex(({ domain }) => isSame(domain, dead));
    return depth < 1 ? null : { depth, error: "ECONNRESET" };
  });
}

/** Lets those who wait for an endpoint enter, first come first served, as long as there is room (I-65). */
export function admit(system: System): Pick<Change, "system" | "woken"> {
  const woken: Change["woken"][number][] = [];
  let after = system;
  for (;;) {
    const next = firstAdmissible(after);
    if (next === null) return { system: after, woken };
    const { cvm, thread, request, stack } = next;
    const frame = frameFor(after, request, stack);
    const ready = { ...thread, state: "ready" as const, wait: null, frames: [...thread.frames, frame] };
    after = withThread(after, cvm.identity, ready);
    const [a0, a1, a2] = request.integers as [bigint, bigint, bigint];
    woken.push({ thread: { cvm: cvm.name, thread: thread.number }, values: [a0, a1, a2] });
  }
}

function firstAdmissible(system: System) {
  let first: { cvm: Cvm; thread: Thread; request: CallRequest; stack: number; order: number } | null = null;
  for (const cvm of system.cvms) {
    for (const thread of cvm?.threads ?? []) {
      if (thread.wait?.for !== "endpoint") continue;
      const { request, order } = thread.wait;
      const stack = freeStack(system, request.endpoint);
      if (stack !== null && (first === null || order < first.order))
        first = { cvm: cvm!, thread, request, stack, order };
    }
  }
  return first;
}

function enter(system: System, caller: Caller, request: CallRequest, stack: number): Change {
  const { owner, thread } = caller;
  const frame = frameFor(system, request, stack);
  const inside = withThread(system, owner, { ...thread, frames: [...thread.frames, frame] });
  const callee = findCvm(system, frame.domain)!;
  const length = request.buffer === null ? 0n : request.buffer.range.size;
  const values = [...request.integers, identityWord(caller.cvm.identity), length];
  return changed(inside, { kind: "entered", cvm: callee.name, values });
}

function frameFor(
  system: System,
  { endpoint: number, buffer }: CallRequest,
  stack: number,
): Thread["frames"][number] {
  const endpoint = system.endpoints.get(number)!;
  const callee = findCvm(system, endpoint.owner)!;
  return { domain: callee.identity, ddc: callee.data, activation: { endpoint: number, buffer, stack } };
}

/** Cuts the frames of threads from a depth on; what was called there ends with an error. */
function unwind(
  system: System,
  cut: (thread: Thread) => { depth: number; error: ErrorName } | null,
): Pick<Change, "system" | "woken"> {
  const woken: Change["woken"][number][] = [];
  let after = system;
  for (const cvm of system.cvms) {
    for (const thread of cvm?.threads ?? []) {
      const where = thread.state === "dead" ? null : cut(thread);
      if (where === null) continue;
      const frames = thread.frames.slice(0, where.depth);
      after = withThread(after, cvm!.identity, { ...thread, state: "ready", wait: null, frames });
      woken.push({
        thread: { cvm: cvm!.name, thread: thread.number },
        values: [failure(where.error), 0n, 0n],
      });
    }
  }
  const next = admit(after);
  return { system: next.system, woken: [...woken, ...next.woken] };
}

/** The stack of the callee that a new activation gets: the highest that nothing runs on; null if it is busy. */
function freeStack(system: System, number: number): number | null {
  const { owner, mode } = system.endpoints.get(number)!;
  const callee = findCvm(system, owner)!;
  const activations = activationsIn(system, callee);
  const active = activations.filter(({ endpoint }) => endpoint === number).length;
  if (active >= (mode.kind === "serial" ? 1 : mode.kind === "pool" ? mode.size : Number.POSITIVE_INFINITY))
    return null;
  const taken = new Set(activations.map(({ stack }) => stack));
  for (const thread of callee.threads) if (thread.state !== "dead") taken.add(thread.number);
  for (let stack = callee.quotas.threads - 1; stack >= 0; stack--) if (!taken.has(stack)) return stack;
  return null;
}

/** Calls that run in a cVM now. */
export function activationsIn(system: System, callee: Cvm): Activation[] {
  const found: Activation[] = [];
  for (const cvm of system.cvms) {
    for (const thread of cvm?.threads ?? []) {
      if (thread.state === "dead") continue;
      for (const { domain, activation } of thread.frames) {
        if (activation !== null && isSame(domain, callee.identity)) found.push(activation);
      }
    }
  }
  return found;
}

function isOnStack({ frames }: Thread, endpoint: number): boolean {
  return frames.some(({ activation }) => activation?.endpoint === endpoint);
}

function bufferFrom(
  caller: Caller,
  words: readonly bigint[],
  messageMax: bigint,
): Pick<CallRequest, "buffer"> | ErrorName {
  const [base, size, bits] = words.slice(6, 9) as [bigint, bigint, bigint];
  if (bits > 3n || (size === 0n) !== (bits === 0n) || size > LENGTH_MAX) return "EINVAL";
  const rights = RIGHTS[Number(bits)] ?? null;
  if (rights === null) return { buffer: null };
  const range = { base, size };
  if (!isExact(range)) return "EINVAL";
  if (!isInside(base, size, caller.frame.ddc)) return "EFAULT";
  return size > messageMax ? "E2BIG" : { buffer: { range, rights } };
}

function modeFrom(bits: bigint): EndpointMode | null {
  const size = Number((bits >> 8n) & 0xffn);
  if (bits === 0n) return { kind: "serial" };
  if (bits === 2n) return { kind: "reentrant" };
  return bits < 1n << 16n && (bits & 0xffn) === 1n && size > 0 ? { kind: "pool", size } : null;
}

function endpointHandle(system: System, { cvm }: Caller, number: bigint) {
  const found = findHandle(system, cvm.identity, number);
  return found?.handle.kind === "endpoint" ? { index: found.index, handle: found.handle } : null;
}

function endpointWithKey(system: System, key: string): number | null {
  for (const [number, endpoint] of system.endpoints) if (endpoint.key === key) return number;
  return null;
}

function opened(before: System, result: { system: System; number: bigint } | null): Change {
  return result === null ? failed(before, "ENOSPC") : returned(result.system, result.number);
}
