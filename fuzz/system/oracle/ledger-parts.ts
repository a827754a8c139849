/**
 * What is declared of calls that do not end by a return (4.3): the callee or its endpoint is over, the caller is dead, the
 * time is up; and of calls for which nobody waits. A frame that is over is gone; one that is left goes on for nobody, with
 * what is above it, as a thread of the cVM that it is in, numbered by its stack. Whoever is below is told.
 */
import type { Declarations } from "./declarations.ts";
import type {
  DeclaredCvm,
  DeclaredEndpoint,
  DeclaredFrame,
  DeclaredThread,
  DeclaredTicket,
} from "./declared.ts";

/** What becomes of a frame; null: it stays. */
type Fate = "over" | "left" | null;

/** Ends an endpoint: nobody is in it any more, nor will be. */
export function endEndpoint(ledger: Declarations, endpoint: DeclaredEndpoint): void {
  endpoint.isLive = false;
  ledger.endpoints.delete(endpoint);
  part(ledger, (frame) => (frame.endpoint === endpoint ? "over" : null));
  turnAway(ledger, endpoint);
}

/** A cVM is over: all that it has to do with calls. */
export function leaveDead(ledger: Declarations, dead: DeclaredCvm): void {
  const endpoints = [...ledger.endpoints].filter(({ owner }) => owner === dead);
  part(ledger, (frame) => (frame.cvm === dead ? "over" : null));
  for (const endpoint of endpoints) {
    endpoint.isLive = false;
    ledger.endpoints.delete(endpoint);
  }
  for (const ticket of [...ledger.tickets]) {
    if (ticket.owner !== dead) continue;
    forsake(ledger, ticket);
    ledger.tickets.delete(ticket);
  }
  for (const endpoint of endpoints) turnAway(ledger, endpoint);
}

/** Calls and tickets whose time is up. */
export function expireCalls(ledger: Declarations): void {
  part(ledger, ({ until }) => (until !== null && until <= ledger.time ? "left" : null));
  for (const ticket of [...ledger.tickets]) {
    if (ticket.until === null || ticket.until > ledger.time) continue;
    const { until } = ticket;
    forsake(ledger, ticket);
    // Who has given up waiting before that does not have the result.
    complete(ledger, ticket, null, until);
  }
}

/** A call for which nobody waits is over: who waits for its ticket has the result, or else the ticket keeps it. */
export function complete(
  ledger: Declarations,
  ticket: DeclaredTicket,
  result: bigint | null = null,
  at: bigint = ledger.time,
): void {
  ticket.state = "done";
  ticket.until = null;
  ticket.result = result;
  for (const { wait } of ledger.living()) {
    if (wait?.ticket === ticket && (wait.until === null || wait.until >= at)) ledger.tickets.delete(ticket);
  }
}

/** The innermost call of a thread has returned; that of a thread without a caller was its end. */
export function leave(ledger: Declarations, thread: DeclaredThread, value: bigint): void {
  ledger.authority++;
  const frame = thread.frames.pop();
  if (thread.frames.length === 0) ledger.endThread(thread, value);
  if (frame?.ticket != null) complete(ledger, frame.ticket, value);
}

/** The oldest queued call into a cVM for which there is room. */
export function nextServed(ledger: Declarations, cvm: DeclaredCvm): DeclaredTicket | null {
  for (const ticket of ledger.tickets) {
    const { state, request } = ticket;
    if (state === "queued" && request.endpoint.owner === cvm && ledger.roomIn(request.endpoint) !== null)
      return ticket;
  }
  return null;
}

export function ticketAt(ledger: Declarations, owner: DeclaredCvm, number: bigint): DeclaredTicket | null {
  for (const ticket of ledger.tickets) if (ticket.owner === owner && ticket.number === number) return ticket;
  return null;
}

function turnAway(ledger: Declarations, endpoint: DeclaredEndpoint): void {
  for (const ticket of [...ledger.tickets]) {
    if (ticket.state === "queued" && ticket.request.endpoint === endpoint) complete(ledger, ticket);
  }
}

/** Nobody waits any more for a call that is being served. */
function forsake(ledger: Declarations, ticket: DeclaredTicket): void {
  for (const { frames } of ledger.living()) {
    for (const frame of frames)
      if (frame.ticket === ticket) Object.assign(frame, { ticket: null, buffer: null });
  }
  ledger.authority++;
}

function part(ledger: Declarations, fateOf: (frame: DeclaredFrame) => Fate): void {
  const tickets: DeclaredTicket[] = [];
  for (const thread of [...ledger.living()]) {
    const fates = fatesOf(thread.frames, fateOf);
    if (fates.every((fate) => fate === null)) continue;
    ledger.authority++;
    for (const [at, frame] of thread.frames.entries()) {
      if (fates[at] === "over" && frame.ticket !== null) tickets.push(frame.ticket);
    }
    partThread(ledger, thread, fates);
  }
  for (const ticket of tickets) complete(ledger, ticket);
}

/** A client that was called back is over with the call that its object was called in. */
function fatesOf(frames: readonly DeclaredFrame[], fateOf: (frame: DeclaredFrame) => Fate): readonly Fate[] {
  const fates: Fate[] = [];
  for (const frame of frames)
    fates.push(frame.chain !== null && fates.at(-1) === "over" ? "over" : fateOf(frame));
  return fates;
}

function partThread(ledger: Declarations, thread: DeclaredThread, fates: readonly Fate[]): void {
  const frames = [...thread.frames];
  const { state, wait, asked } = thread;
  thread.frames.length = 0;
  let piece: DeclaredFrame[] = [];
  const place = (isLast: boolean) => {
    const [first] = piece;
    if (first === undefined) return;
    const isOwn = first === frames[0];
    const home = isOwn ? thread : ledger.worker(first.cvm, first.stack);
    home.frames.push(...piece);
    home.state = isLast ? state : "ready";
    home.wait = isLast ? wait : null;
    home.asked = isLast ? asked : null;
    piece = [];
  };
  for (const [at, frame] of frames.entries()) {
    if (fates[at] !== null) place(false);
    if (fates[at] === "over") continue;
    if (piece.length === 0 && at > 0 && frame.ticket === null)
      Object.assign(frame, { buffer: null, until: null });
    piece.push(frame);
  }
  place(fates.at(-1) !== "over");
  if (fates[0] === "over") ledger.endThread(thread, 0n);
}
