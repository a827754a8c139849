/**
 * Calls that do not end by a return: the callee is over, its endpoint taken back, the caller over or tired of waiting.
 *
 * The trusted stack of the thread is parted. Where a frame is over it is taken out; where a caller is tired it stays. The
 * frames below have an error from their call; those above stay with what ran in them, in a thread of the callee's own.
 */
import type { ErrorName } from "../../model/system-contract.ts";
import { endThread } from "./basic-calls.ts";
import { admit, type Crossings } from "./crossing-room.ts";
import { complete, dropTicketsOf, expireTickets } from "./crossing-tickets.ts";
import { type Cvm, type Endpoint, type Frame, type Thread, type Ticket, waiters } from "./tables.ts";

/** What becomes of a frame, and what whoever called it is told. */
interface Fate {
  readonly isOver: boolean;
  readonly error: ErrorName;
}

const over: Fate = { isOver: true, error: "ECONNRESET" };

/** Ends an endpoint: who is in it, or has a ticket for it, gets ECONNRESET; who waits for room gets ESTALE. */
export function endEndpoint(crossings: Crossings, endpoint: Endpoint): void {
  endpoint.live = false;
  crossings.tables.endpoints.delete(endpoint);
  part(crossings, (frame) => (frame.endpoint === endpoint ? over : null));
  turnAway(crossings);
  admit(crossings);
}

/** Ends all that a cVM which is over has to do with calls. */
export function leaveCalls(crossings: Crossings, cvm: Cvm): void {
  const { endpoints } = crossings.tables;
  part(crossings, (frame) => (frame.cvm === cvm ? over : null));
  for (const endpoint of endpoints) {
    if (endpoint.owner !== cvm) continue;
    endpoint.live = false;
    endpoints.delete(endpoint);
  }
  dropTicketsOf(crossings, cvm);
  turnAway(crossings);
}

/** Ends the patience of those who have waited long enough for what they called: threads, then tickets. */
export function expireCalls(crossings: Crossings): void {
  const { time } = crossings.tables;
  part(crossings, ({ call }) => {
    const isLate = call !== null && call.until !== null && call.until <= time;
    return isLate ? { isOver: false, error: "ETIMEDOUT" } : null;
  });
  expireTickets(crossings);
}

/** Whoever waits to enter an endpoint that is over does so in vain. */
function turnAway(crossings: Crossings): void {
  for (const thread of waiters(crossings)) {
    if (thread.wait?.for === "room" && !thread.wait.request.endpoint.live) crossings.wake(thread, "ESTALE");
  }
  for (const ticket of [...crossings.tables.tickets]) {
    if (ticket.state === "queued" && !ticket.request.endpoint.live) complete(crossings, ticket, "ECONNRESET");
  }
}

function part(crossings: Crossings, fateOf: (frame: Frame) => Fate | null): void {
  const concerned = [...waiters(crossings)].filter(
    ({ state, frames }) => state !== "dead" && frames.some((frame) => fateOf(frame) !== null),
  );
  const tickets: Ticket[] = [];
  const ended: Thread[] = [];
  for (const thread of concerned) {
    const gone = thread.frames.filter((frame) => fateOf(frame)?.isOver);
    if (gone.includes(thread.frames[0]!)) ended.push(thread);
    for (const { call } of gone) if (call?.served?.ticket) tickets.push(call.served.ticket);
    partThread(crossings, thread, fateOf);
  }
  for (const ticket of tickets) complete(crossings, ticket, "ECONNRESET");
  for (const thread of ended) endThread(crossings, thread, 0n);
}

/** Frames that stay together, by their first and last place; the error of the call made from the last, if it is over. */
interface Piece {
  readonly first: number;
  readonly last: number;
  readonly error: ErrorName | null;
}

function partThread(crossings: Crossings, thread: Thread, fateOf: (frame: Frame) => Fate | null): void {
  const { parting } = crossings.crossing;
  const frames = [...thread.frames];
  const { wait, state } = thread;
  thread.wait = null;
  const pieces = piecesOf(frames, fateOf);
  for (const frame of frames) if (fateOf(frame)?.isOver) parting.vacate(frame);
  const homes: { readonly home: Thread; readonly error: ErrorName | null }[] = [];
  // The innermost first: what the thread is about now is where it was until it is elsewhere.
  for (const { first, last, error } of pieces.reverse()) {
    let home = thread;
    if (first > 0) {
      home = parting.detach(thread, frames.slice(first, last + 1), frames[last + 1] ?? null);
      if (error === null) {
        Object.assign(home, { wait, state });
        crossings.moved(thread, home);
      }
    } else if (error !== null) parting.comeDown(thread, last + 1);
    homes.unshift({ home, error });
  }
  for (const { home, error } of homes) if (error !== null) crossings.wake(home, error);
}

function piecesOf(frames: readonly Frame[], fateOf: (frame: Frame) => Fate | null): Piece[] {
  const pieces: Piece[] = [];
  let first = 0;
  const fates: (Fate | null)[] = [];
  for (const [at, frame] of frames.entries()) {
    // A callback is over with the domain in which it was made.
    const below = fates[at - 1] ?? null;
    const fate = frame.suspended !== null && below?.isOver === true ? below : fateOf(frame);
    fates.push(fate);
    if (fate === null) continue;
    if (at > first) pieces.push({ first, last: at - 1, error: fate.error });
    first = fate.isOver ? at + 1 : at;
  }
  if (first < frames.length) pieces.push({ first, last: frames.length - 1, error: null });
  return pieces;
}
