/**
 * Room in a callee: who runs in it, on which of its stacks, and who is next to enter (4.3).
 *
 * Each activation has a stack of the callee's to itself (I-71). Calls enter in the order in which they were made, be they
 * waiting threads or tickets in a queue (I-65, I-66).
 */
import { type Change, findCvm, isSame, withThread } from "./change.ts";
import { identityWord } from "./keys.ts";
import type { Activation, CallRequest, Cvm, Frame, Identity, System, Thread } from "./state.ts";

/** Frames of one thread, its own domain included (I-33). */
export const FRAMES_MAX = 8;

/** A call that can begin now: on which stack, in which thread, for whom. */
export interface Admissible {
  readonly request: CallRequest;
  readonly stack: number;
  readonly until: bigint | null;
  /** The ticket that its result is for; null if the thread itself is the caller's. */
  readonly ticket: number | null;
}

/** The stack of the callee that a new activation gets: the highest that nothing runs on; null if it is busy. */
export function freeStack(system: System, number: number): number | null {
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

/** Calls that run in a cVM now, those whose caller has given up among them. */
export function activationsIn(system: System, callee: Pick<Cvm, "identity">): Activation[] {
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

/** A thread enters a callee: its frame there, and a0 to a7 as it finds them (I-27, I-40). */
export function enter(
  system: System,
  owner: Identity,
  thread: Thread,
  { request, stack, until, ticket }: Admissible,
): { system: System; callee: Cvm; values: readonly bigint[] } {
  const callee = findCvm(system, system.endpoints.get(request.endpoint)!.owner)!;
  const { endpoint, buffer } = request;
  const served = ticket === null ? null : { ticket };
  const activation: Activation = { endpoint, buffer, stack, until: ticket === null ? until : null, served };
  const frame: Frame = { domain: callee.identity, ddc: callee.data, activation, callback: null };
  const frames = [...thread.frames, frame];
  const inside = withThread(system, owner, { ...thread, state: "ready", wait: null, frames });
  const values = [...request.integers, identityWord(request.caller), buffer?.range.size ?? 0n];
  return { system: ticket === null ? inside : taken(inside, ticket), callee, values };
}

/** Somebody serves the ticket from now on. */
function taken(system: System, number: number): System {
  const ticket = system.tickets.get(number)!;
  return { ...system, tickets: new Map(system.tickets).set(number, { ...ticket, state: "served" }) };
}

/** Lets those enter for whom there is room, first come first served. */
export function admit(system: System): Pick<Change, "system" | "woken"> {
  const woken: Change["woken"][number][] = [];
  let after = system;
  for (;;) {
    const next = firstAdmissible(after);
    if (next === null) return { system: after, woken };
    const { cvm, thread } = next;
    const entered = enter(after, cvm.identity, thread, next);
    after = entered.system;
    const [a0, a1, a2] = entered.values as [bigint, bigint, bigint];
    woken.push({ thread: { cvm: cvm.name, thread: thread.number }, values: [a0, a1, a2] });
  }
}

interface Candidate extends Admissible {
  readonly order: number;
  readonly cvm: Cvm;
  readonly thread: Thread;
}

function firstAdmissible(system: System): Candidate | null {
  let first: Candidate | null = null;
  for (const cvm of system.cvms) {
    for (const thread of cvm?.threads ?? []) {
      if (thread.wait?.for !== "endpoint") continue;
      const { request, order, until } = thread.wait;
      const stack = freeStack(system, request.endpoint);
      if (stack !== null && (first === null || order < first.order))
        first = { cvm: cvm!, thread, request, stack, order, until, ticket: null };
    }
  }
  for (const cvm of system.cvms) {
    const next = cvm === null ? null : firstServed(system, cvm.identity);
    const server = next === null ? null : firstServer(system, cvm!.identity);
    if (next !== null && server !== null && (first === null || next.ticket < first.order))
      first = { ...server, ...next, order: next.ticket };
  }
  return first;
}

/** The ticket that a thread in this cVM would serve now: the oldest for which there is room. */
export function firstServed(system: System, callee: Identity): (Admissible & { ticket: number }) | null {
  for (const [ticket, { state, request, until }] of system.tickets) {
    if (state !== "queued" || !isSame(system.endpoints.get(request.endpoint)!.owner, callee)) continue;
    const stack = freeStack(system, request.endpoint);
    if (stack !== null) return { request, stack, until, ticket };
  }
  return null;
}

/** The thread that has waited longest for something to serve in a cVM. */
function firstServer(system: System, callee: Identity): { cvm: Cvm; thread: Thread } | null {
  let first: { cvm: Cvm; thread: Thread; order: number } | null = null;
  for (const cvm of system.cvms) {
    for (const thread of cvm?.threads ?? []) {
      if (thread.wait?.for !== "serve" || !isSame(thread.wait.owner, callee)) continue;
      const { order } = thread.wait;
      if (first === null || order < first.order) first = { cvm: cvm!, thread, order };
    }
  }
  return first;
}
