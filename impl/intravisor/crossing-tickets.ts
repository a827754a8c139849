/** CP_Call whose caller does not wait: tickets, who serves them, and who gets what comes of them. */
import type { ErrorName } from "../../model/system-contract.ts";
import { type Call, FOREVER, wait } from "./basic-calls.ts";
import { errors } from "./call-frame.ts";
import { requestAt } from "./crossing-request.ts";
import { admit, type Crossings, nextTicket } from "./crossing-room.ts";
import { type Cvm, FRAMES_MAX, type Ticket, waiters } from "./tables.ts";

/** Open tickets of one cVM. */
const TICKETS_MAX = 16;

const callAsync: Call = (frame) => {
  const asked = requestAt(frame);
  if (typeof asked === "string") return asked;
  const { request, timeout } = asked;
  const { cvm, tables } = frame;
  const open = [...tables.tickets].filter(({ owner }) => owner === cvm);
  if (open.length >= TICKETS_MAX) return "EAGAIN";
  const ticket: Ticket = {
    owner: cvm,
    number: cvm.ticketsMade + 1n,
    request,
    order: tables.queued++,
    state: "queued",
    until: timeout === 0n || timeout === FOREVER ? null : tables.time + timeout,
    result: null,
  };
  tables.tickets.add(ticket);
  admit(frame);
  if (timeout === 0n && ticket.state === "queued") {
    tables.tickets.delete(ticket);
    return "EAGAIN";
  }
  cvm.ticketsMade = ticket.number;
  return [ticket.number];
};

const waitForTicket: Call = (frame) => {
  const [number, timeout] = frame.args as [bigint, bigint];
  const { tables, cvm } = frame;
  const ticket = [...tables.tickets].find((one) => one.owner === cvm && one.number === number);
  if (ticket === undefined) return "ENOENT";
  if (ticket.result === null) return wait(frame, timeout, (until) => ({ for: "ticket", ticket, until }));
  tables.tickets.delete(ticket);
  return [ticket.result, 1n];
};

const serve: Call = (frame) => {
  const { thread, cvm, tables, crossing, args } = frame;
  if (thread.frames.length >= FRAMES_MAX) return "ELOOP";
  const next = nextTicket(tables, cvm);
  if (next !== null) {
    crossing.enter(thread, next.ticket.request, next.stack, next.ticket);
    return "entered";
  }
  if (args[0] === 0n) return "EAGAIN";
  const order = tables.queued++;
  return wait(frame, args[0]!, (until) => ({ for: "serve", callee: cvm, order, until }));
};

/** A ticket has come to its result: one of those who wait for it gets that, the others come too late. */
export function complete(crossings: Crossings, ticket: Ticket, result: bigint | ErrorName): void {
  const value = BigInt.asUintN(64, typeof result === "string" ? errors[result] : result);
  ticket.state = "done";
  ticket.until = null;
  ticket.result = value;
  const { tickets } = crossings.tables;
  for (const thread of waiters(crossings)) {
    if (thread.wait?.for !== "ticket" || thread.wait.ticket !== ticket) continue;
    crossings.wake(thread, tickets.delete(ticket) ? [value, 1n] : "ENOENT");
  }
}

/** Tickets whose time is up: who has one is told, who serves it does so for nobody, and without the buffer. */
export function expireTickets(crossings: Crossings): void {
  const { tables } = crossings;
  for (const ticket of [...tables.tickets]) {
    if (ticket.until === null || ticket.until > tables.time) continue;
    forsake(crossings, ticket);
    complete(crossings, ticket, "ETIMEDOUT");
  }
}

/** The tickets of a cVM that is over, and its buffers with them. */
export function dropTicketsOf(crossings: Crossings, cvm: Cvm): void {
  const { tickets } = crossings.tables;
  for (const ticket of [...tickets]) {
    if (ticket.owner !== cvm) continue;
    forsake(crossings, ticket);
    tickets.delete(ticket);
  }
}

function forsake(crossings: Crossings, ticket: Ticket): void {
  for (const thread of waiters(crossings)) {
    if (thread.state === "dead") continue;
    const depth = thread.frames.findIndex(({ call }) => call?.served?.ticket === ticket);
    if (depth < 0) continue;
    crossings.crossing.parting.takeBuffer(thread, depth);
    thread.frames[depth]!.call!.served!.ticket = null;
  }
}

export const ticketCalls: readonly (readonly [number, Call])[] = [
  [29, serve],
  [33, callAsync],
  [34, waitForTicket],
];
