/** Who may enter a callee, on which of its stacks, and in which turn. */
import type { CallFrame } from "./call-frame.ts";
import { roomIn } from "./crossing.ts";
import { type CallRequest, type Cvm, type Tables, type Thread, type Ticket, waiters } from "./tables.ts";

/** What calls that enter or end need, also when nobody calls. */
export type Crossings = Pick<
  CallFrame,
  "tables" | "crossing" | "sharing" | "callbacks" | "wake" | "admitted" | "moved"
>;

interface Turn {
  readonly thread: Thread;
  readonly request: CallRequest;
  readonly stack: number;
  readonly order: number;
  readonly from: Ticket | bigint | null;
}

/** Lets those enter for whom there is room, and tickets be served by who waits to serve; first come first served. */
export function admit(crossings: Crossings): void {
  for (;;) {
    const turns = [...waitingTurns(crossings), ...servingTurns(crossings)];
    const next = turns.reduce<Turn | null>(
      (first, turn) => (first && first.order < turn.order ? first : turn),
      null,
    );
    if (next === null) return;
    const { thread, request, stack, from } = next;
    thread.wait = null;
    thread.state = "ready";
    crossings.crossing.enter(thread, request, stack, from);
    crossings.admitted(thread);
  }
}

function* waitingTurns(crossings: Crossings): Generator<Turn> {
  for (const thread of waiters(crossings)) {
    if (thread.wait?.for !== "room") continue;
    const { request, order, until } = thread.wait;
    const stack = roomIn(crossings.tables, request.endpoint);
    if (stack !== null) yield { thread, request, stack, order, from: until };
  }
}

/** For each cVM the thread that has waited longest to serve, with the ticket that it would serve. */
function* servingTurns(crossings: Crossings): Generator<Turn> {
  const servers = new Map<Cvm, { thread: Thread; order: number }>();
  for (const thread of waiters(crossings)) {
    if (thread.wait?.for !== "serve") continue;
    const { callee, order } = thread.wait;
    const first = servers.get(callee);
    if (first === undefined || order < first.order) servers.set(callee, { thread, order });
  }
  for (const [callee, { thread }] of servers) {
    const next = nextTicket(crossings.tables, callee);
    if (next === null) continue;
    const { ticket, stack } = next;
    yield { thread, request: ticket.request, stack, order: ticket.order, from: ticket };
  }
}

/** The oldest ticket for an endpoint of a cVM that can be served now. */
export function nextTicket(tables: Tables, callee: Cvm): { ticket: Ticket; stack: number } | null {
  for (const ticket of tables.tickets) {
    const { endpoint } = ticket.request;
    if (ticket.state !== "queued" || endpoint.owner !== callee) continue;
    const stack = roomIn(tables, endpoint);
    if (stack !== null) return { ticket, stack };
  }
  return null;
}
