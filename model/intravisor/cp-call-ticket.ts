/**
 * Asynchronous CP_Call: the caller gets a ticket and goes on; a thread of the callee takes the call up when it asks for
 * one; who has the ticket asks for the result (4.3, I-73).
 *
 * A ticket belongs to a cVM, whose threads number its tickets 1, 2, 3 and so on; another cVM can do nothing with the
 * number. It is queued, then served, then done, and gone as soon as one thread has its result. That a call has begun says
 * nothing about its end.
 */
import { type Caller, type Change, changed, failed, findCvm, isSame, returned, withCvm } from "./change.ts";
import { requestFrom } from "./cp-call-request.ts";
import { admit, enter, FRAMES_MAX, firstServed } from "./cp-call-room.ts";
import { failure } from "./errors.ts";
import type { Identity, System, Ticket, Wait } from "./state.ts";
import { block, FOREVER, wake } from "./waiting.ts";

/** Tickets that a cVM can have at a time, done ones that nobody has asked for among them (I-45). */
const TICKETS_MAX = 16;

type Step = Pick<Change, "system" | "woken">;

/**
 * cp_call_async(handle, block): a ticket. The block is that of cp_call; errors as there, but EAGAIN if the cVM has as many
 * tickets as it may, or if the timeout is 0 and nobody can serve the call at once.
 */
export function callAsync(system: System, caller: Caller, args: readonly bigint[]): Change {
  const asked = requestFrom(system, caller, args);
  if (typeof asked === "string") return failed(system, asked);
  const { request, timeout } = asked;
  const { cvm } = caller;
  const open = [...system.tickets.values()].filter(({ owner }) => isSame(owner, cvm.identity));
  if (open.length >= TICKETS_MAX) return failed(system, "EAGAIN");

  const number = cvm.ticketsMade + 1n;
  const until = timeout === 0n || timeout === FOREVER ? null : system.time + timeout;
  const ticket: Ticket = { owner: cvm.identity, number, request, state: "queued", until, result: null };
  const counted = withCvm(system, { ...cvm, ticketsMade: number });
  const key = system.next;
  const queued = { ...counted, next: key + 1, tickets: new Map(system.tickets).set(key, ticket) };
  const { system: after, woken } = admit(queued);
  if (timeout === 0n && after.tickets.get(key)!.state === "queued") return failed(system, "EAGAIN");
  return returned(after, number, 0n, 0n, { woken });
}

/**
 * cp_call_wait(ticket, timeout): what the callee returned; ECONNRESET if it or its endpoint is over, ETIMEDOUT if the
 * call has taken longer than it might. a1 is 1 if that was the end of the ticket; 0 if only the wait has been given up.
 * ENOENT: no such ticket, or spent, also by another thread while this one waited.
 */
export function waitForTicket(system: System, caller: Caller, args: readonly bigint[]): Change {
  const [number, timeout] = args as [bigint, bigint];
  const found = findTicket(system, caller.cvm.identity, number);
  if (found === null) return failed(system, "ENOENT");
  const { result } = found.ticket;
  if (result !== null) return returned(withoutTicket(system, found.key), result, 1n);
  return block(system, caller, timeout, (until) => ({ for: "ticket", ticket: found.key, until }));
}

/**
 * cp_call_serve(timeout): enters the oldest asynchronous call of this cVM's endpoints for which there is room, and gives
 * 0 when that has returned; ECONNRESET if its endpoint is over before. ELOOP; EAGAIN if there is none and the timeout is 0.
 */
export function serve(system: System, caller: Caller, args: readonly bigint[]): Change {
  const timeout = args[0]!;
  const { owner, thread, cvm } = caller;
  if (thread.frames.length >= FRAMES_MAX) return failed(system, "ELOOP");
  const next = firstServed(system, cvm.identity);
  if (next !== null) {
    const entered = enter(system, owner, thread, next);
    return changed(entered.system, { kind: "entered", cvm: cvm.name, values: entered.values });
  }
  if (timeout === 0n) return failed(system, "EAGAIN");
  const waiting = { ...system, next: system.next + 1 };
  const order = system.next;
  return block(waiting, caller, timeout, (until) => ({ for: "serve", owner: cvm.identity, order, until }));
}

/** A call is over: its ticket has a result, and the first thread that waits for it gets it. */
export function complete(system: System, key: number, result: bigint): Step {
  const ticket = system.tickets.get(key)!;
  const done: Ticket = { ...ticket, state: "done", until: null, result };
  const tickets = new Map(system.tickets).set(key, done);
  const waits = (wait: Wait) => wait.for === "ticket" && wait.ticket === key;
  const first = wake({ ...system, tickets }, (wait) => (waits(wait) ? [result, 1n, 0n] : null), 1);
  if (first.woken.length === 0) return first;
  const late = wake(withoutTicket(first.system, key), (wait) => (waits(wait) ? "ENOENT" : null));
  return { system: late.system, woken: [...first.woken, ...late.woken] };
}

/** Tickets whose time is up are done; who serves one goes on for nobody, and without the buffer (I-39). */
export function expireTickets(system: System): Step {
  let after = system;
  const woken: Change["woken"][number][] = [];
  for (const [key, { until }] of system.tickets) {
    if (until === null || until > system.time) continue;
    const done = complete(forsake(after, key), key, failure("ETIMEDOUT"));
    after = done.system;
    woken.push(...done.woken);
  }
  return { system: after, woken };
}

/** The tickets of a cVM that is over go with it, and with them its buffers (I-69). */
export function dropTicketsOf(system: System, owner: Identity): System {
  let after = system;
  for (const [key, ticket] of system.tickets) {
    if (isSame(ticket.owner, owner)) after = withoutTicket(forsake(after, key), key);
  }
  return after;
}

/** Nobody waits any more for a call that is being served, if it is. */
function forsake(system: System, key: number): System {
  let after = system;
  for (const cvm of system.cvms) {
    if (cvm === null) continue;
    const threads = cvm.threads.map((thread) => {
      const at = thread.frames.findIndex(({ activation }) => activation?.served?.ticket === key);
      if (at < 0) return thread;
      const frame = thread.frames[at]!;
      const activation = { ...frame.activation!, buffer: null, served: { ticket: null } };
      return { ...thread, frames: thread.frames.with(at, { ...frame, activation }) };
    });
    if (threads.some((thread, at) => thread !== cvm.threads[at])) {
      after = withCvm(after, { ...findCvm(after, cvm.identity)!, threads });
    }
  }
  return after;
}

function findTicket(system: System, owner: Identity, number: bigint): { key: number; ticket: Ticket } | null {
  for (const [key, ticket] of system.tickets) {
    if (ticket.number === number && isSame(ticket.owner, owner)) return { key, ticket };
  }
  return null;
}

function withoutTicket(system: System, key: number): System {
  const tickets = new Map(system.tickets);
  tickets.delete(key);
  return { ...system, tickets };
}
