/**
 * Ends of waits, and of calls whose callee is over: what a thread is told has to be what happened. A wait ends with what it
 * waited for, and not before; an error needs a reason here too; who waited for a callee first goes in first.
 */
import type { ErrorName } from "../../../model/system-contract.ts";
import { errorOf } from "../listing.ts";
import type { DeclaredFrame, DeclaredThread, DeclaredTimer, DeclaredWait } from "./declared.ts";
import type { Docket } from "./docket.ts";
import { exactRules as rules } from "./exact-rules.ts";
import type { Ledger } from "./ledger.ts";
import { isGoing } from "./ledger-streams.ts";
import type { Values } from "./taken-call.ts";

/** What a thread was about before a step: its wait, the domains it was in, and when its timers were due. */
export interface Slept {
  readonly wait: DeclaredWait | null;
  readonly frames: readonly Pick<DeclaredFrame, "cvm" | "endpoint" | "until">[];
  readonly timers: readonly DeclaredTimer[];
}

/** What threads are about now. */
export function sleepersOf(ledger: Ledger): Map<DeclaredThread, Slept> {
  const found = new Map<DeclaredThread, Slept>();
  for (const thread of ledger.living()) {
    found.set(thread, {
      wait: thread.wait,
      frames: thread.frames.map(({ cvm, endpoint, until }) => ({ cvm, endpoint, until })),
      timers: ledger.timers.filter((timer) => timer.thread === thread),
    });
  }
  return found;
}

/** Judges what a thread that woke is told, by how things are after it. */
export function judgeWake(
  thread: DeclaredThread,
  all: ReadonlyMap<DeclaredThread, Slept>,
  values: Values,
  ledger: Ledger,
  docket: Docket,
): void {
  const slept = all.get(thread);
  if (slept === undefined) return;
  const { wait, frames } = slept;
  const who = `${thread.cvm.name}.${thread.number}`;
  const judge = (what: string, reason: string | null | undefined) => {
    if (reason === undefined) docket.vacuous(rules.wakes);
    else if (reason === null) docket.holds(rules.wakes);
    else docket.broken(rules.wakes, `${who}: ${what} ends with ${told(values)}`, reason);
  };
  if (thread.frames.length < frames.length) {
    judge("a call", againstCut(frames[thread.frames.length]!, values, ledger));
  } else if (wait === null) docket.vacuous(rules.wakes);
  else if (thread.frames.length > frames.length) {
    judgeTurn(who, wait, all, docket);
    judge(wait.call, againstEntry(wait, values));
  } else {
    const error = errorOf(values[0]);
    if (error === null || FREE.includes(wait.call))
      judge(wait.call, againstResult({ slept, wait, ledger, values }));
    else {
      const isExplained = explanations[error]?.({ slept, wait, ledger, values }) ?? false;
      judge(wait.call, isExplained ? null : "there is no reason for this error");
    }
  }
}

/** Calls whose result somebody else chose: it may look like an error. */
const FREE: readonly string[] = ["thread_join", "cp_call_wait"];

/** Undefined: nothing can be said. Null: nothing is wrong. */
type Reason = string | null | undefined;

/** The innermost of the calls that are over without a return decides: its callee is gone, or its time is up (I-39, I-70). */
function againstCut(
  { cvm, endpoint, until }: Slept["frames"][number],
  [value]: Values,
  { time }: Ledger,
): Reason {
  const isGone = cvm.state !== "running" || endpoint?.isLive === false;
  const isLate = until !== null && until <= time;
  if (!isGone && !isLate) return "its callee goes on, and its time is not up";
  const expected = isGone ? "ECONNRESET" : "ETIMEDOUT";
  return errorOf(value) === expected ? null : `${expected} is what happened`;
}

/** A call that had to wait goes in with the integers that it was made with (I-40, I-65). */
function againstEntry({ request, call }: DeclaredWait, values: Values): Reason {
  if (request === null) return call === "cp_call_serve" ? undefined : "it did not ask to go in anywhere";
  const isSame = values.every((value, at) => value === request.integers[at]);
  return isSame ? null : `it was called with ${told(request.integers.slice(0, 3))}`;
}

/** Whoever waits for the same endpoint since before does not wait any more (I-65, I-66). */
function judgeTurn(
  who: string,
  { request, order }: DeclaredWait,
  all: ReadonlyMap<DeclaredThread, Slept>,
  docket: Docket,
): void {
  if (request === null) return;
  const others = [...all].filter(([, { wait }]) => wait?.request?.endpoint === request.endpoint);
  const first = others.find(([other, { wait }]) => wait!.order < order && other.wait === wait)?.[0];
  if (first !== undefined) {
    const since = `${first.cvm.name}.${first.number} waits for it since before`;
    docket.broken(rules.turns, `${who} enters ${request.endpoint.key}`, since);
  } else if (others.length > 1) docket.holds(rules.turns);
}

interface Woken {
  readonly slept: Slept;
  readonly wait: DeclaredWait;
  readonly ledger: Ledger;
  readonly values: Values;
}

/** What is wrong with a result that is no error. */
function againstResult({ wait, ledger, values: [value, second] }: Woken): Reason {
  const { call, until, thread, grant, ticket } = wait;
  switch (call) {
    case "sleep":
      if (until === null || until > ledger.time) return `it sleeps until ${until}, and it is ${ledger.time}`;
      return value === 0n ? null : "a sleep comes to 0";
    case "thread_join":
      if (thread?.state !== "dead") return errorOf(value) === null ? "that thread lives" : undefined;
      return value === thread.exitValue ? null : `that thread came to 0x${thread.exitValue.toString(16)}`;
    case "cp_file_wait":
      if (grant === null || !grant.isLive) return "there is nothing any more that it could be told of";
      return value === grant.epoch && value !== wait.args[1] ? null : `there were ${grant.epoch} notices`;
    case "cp_call_wait":
      if (second !== 1n) return undefined;
      if (ticket?.result == null) return errorOf(value) === null ? "nobody has returned anything" : undefined;
      return value === ticket.result ? null : `0x${ticket.result.toString(16)} was returned`;
    default:
      return undefined;
  }
}

type Explanation = (woken: Woken) => boolean;

/** What explains that a wait ended with an error, as things are after it. */
const explanations: Partial<Record<ErrorName, Explanation>> = {
  ETIMEDOUT: ({ wait: { until }, ledger: { time } }) => until !== null && until <= time,
  // A timer interrupts the sleep of the thread that armed it, and of nobody else (I-48).
  EINTR: ({ wait: { call }, slept: { timers }, ledger: { time } }) =>
    call === "sleep" && timers.some(({ at }) => at <= time),
  ESTALE: ({ wait: { request, grant } }) => request?.endpoint.isLive === false || grant?.isLive === false,
  EPIPE: ({ wait: { end } }) => end !== null && !isGoing(end),
  EBADF: ({ wait: { end, listener }, ledger: { listeners } }) =>
    (end !== null && !end.isOpen) || (listener !== null && !listeners.has(listener)),
  ENOSPC: ({ wait: { call } }) => call === "cps_accept",
};

function told(values: readonly bigint[]): string {
  return errorOf(values[0]!) ?? values.map((value) => `0x${value.toString(16)}`).join(", ");
}
