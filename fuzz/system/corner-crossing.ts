/** Corner cases of calls that do not simply come back, and of those whose caller does not wait for that. */
import type { CvmView, ErrorName, SystemView, ThreadView } from "../../model/system-contract.ts";
import { errorOf } from "./listing.ts";
import type { CornerCase, Moment } from "./moment.ts";

/** Each with a memory of its own. */
export function crossingCorners(): readonly CornerCase[] {
  return [
    { name: "a call given up in flight", isMet: (one) => newWorkers(one).length > 0 && isTime(one) },
    {
      name: "a call given up in the middle of a chain",
      isMet: (one) => isTime(one) && newWorkers(one).some(({ domains }) => domains.length > 1),
    },
    {
      name: "two calls of one thread given up at once",
      isMet: (one) => isTime(one) && newWorkers(one).length > 1,
    },
    { name: "a callee waits on for nobody", isMet: (one) => newWorkers(one).some(isBlocked) },
    { name: "a late return", isMet: (one) => isCall(one, "cp_call_return") && isWorker(one) && isOver(one) },
    {
      name: "a buffer used after its call was given up",
      isMet: (one) => (gave(one, "cp_buffer_read", "EBADF") || isLateWrite(one)) && isWorker(one),
    },
    { name: "a callee outlives its caller", isMet: (one) => newWorkers(one).length > 0 && !isTime(one) },
    { name: "the place of a dead caller is taken while its callee runs", isMet: isReused },
    { name: "a thread without caller calls another", isMet: (one) => isWorker(one) && enters(one) },
    { name: "a thread without caller dies with its endpoint", isMet: isSwept },
    {
      name: "a ticket of another",
      isMet: (one) => gave(one, "cp_call_wait", "ENOENT") && isOfAnother(one),
    },
    spent(),
    outOfOrder(),
    {
      name: "two wait for one ticket",
      isMet: ({ report }) =>
        report.woken.some(({ values }) => errorOf(values[0]) === "ENOENT") && report.woken.length > 1,
    },
    { name: "a ticket too many", isMet: (one) => gave(one, "cp_call_async", "EAGAIN") && fullOf(one) === 16 },
    { name: "a call begun is not done", isMet: (one) => ended(one, "queued", "served") },
    { name: "a queued ticket times out", isMet: (one) => isTime(one) && ended(one, "queued", "done") },
    { name: "a served ticket times out", isMet: (one) => isTime(one) && ended(one, "served", "done") },
    { name: "the owner of a served ticket dies", isMet: losesOwner },
    {
      name: "a served call is taken back",
      isMet: (one) => isCall(one, "cp_call_unregister") && wokenWith(one, "ECONNRESET") && tookServed(one),
    },
  ];
}

/** Threads that are of the callee now and were not before. */
function newWorkers({ before, after }: Moment): ThreadView[] {
  return after.cvms.flatMap(({ name, threads }) =>
    threads.filter(({ worker, thread }) => worker && threadOf(before, name, thread)?.worker !== true),
  );
}

function threadOf({ cvms }: SystemView, cvm: string, thread: number): ThreadView | undefined {
  return cvms.find(({ name }) => name === cvm)?.threads[thread];
}

const isBlocked = ({ state }: ThreadView): boolean => state === "blocked";

const isTime = ({ step }: Moment): boolean => step.by === null && step.event.do === "advance";

const isCall = ({ step }: Moment, name: string): boolean =>
  step.by !== null && step.action.do === "call" && step.action.call === name;

function gave(one: Moment, name: string, error: ErrorName): boolean {
  const { outcome } = one.report;
  return isCall(one, name) && outcome.kind === "returned" && errorOf(outcome.values[0]) === error;
}

const wokenWith = ({ report }: Moment, error: ErrorName): boolean =>
  report.woken.some(({ values }) => errorOf(values[0]) === error);

const isLateWrite = (one: Moment): boolean => gave(one, "cp_buffer_write", "EBADF");

/** The acting thread is one that has lost its caller, and is in the domain where it did. */
function isWorker({ step, before }: Moment): boolean {
  const thread = step.by === null ? undefined : threadOf(before, step.by.cvm, step.by.thread);
  return thread?.worker === true && thread.domains.length === 1;
}

const isOver = ({ step, after }: Moment): boolean =>
  step.by !== null && threadOf(after, step.by.cvm, step.by.thread)?.state === "dead";

const enters = ({ report }: Moment): boolean => report.outcome.kind === "entered";

const hasWorker = ({ threads }: CvmView): boolean => threads.some(({ worker }) => worker);

function isReused({ step, report, before, after }: Moment): boolean {
  if (step.by !== null || step.event.do !== "create" || report.outcome.kind !== "done") return false;
  const { name } = step.event.cvm;
  const made = report.outcome.value === 0n && after.cvms.find((cvm) => cvm.name === name);
  return made !== false && made !== undefined && made.generation > 1 && before.cvms.some(hasWorker);
}

function isSwept(one: Moment): boolean {
  if (!isCall(one, "cp_call_unregister")) return false;
  return one.before.cvms.some(({ name, threads }) =>
    threads.some(({ worker, thread }) => worker && threadOf(one.after, name, thread)?.state === "dead"),
  );
}

/** The domain in whose name a step is taken. */
function domainOf({ step, before }: Moment): string {
  if (step.by === null) return "";
  return threadOf(before, step.by.cvm, step.by.thread)?.domains.at(-1) ?? "";
}

/** The number that a step waits for, if it says it plainly. */
function numberIn({ step }: Moment): bigint | null {
  const value = step.by !== null && step.action.do === "call" ? step.action.args[0] : undefined;
  return value?.kind === "number" ? value.value : null;
}

function isOfAnother(one: Moment): boolean {
  const [domain, number] = [domainOf(one), numberIn(one)];
  return one.before.tickets.some((ticket) => ticket.owner !== domain && ticket.number === number);
}

function spent(): CornerCase {
  const done = new Set<string>();
  return {
    name: "a ticket used twice",
    begin: () => done.clear(),
    isMet: (one) => {
      const isMet = gave(one, "cp_call_wait", "ENOENT") && done.has(`${domainOf(one)} ${numberIn(one)}`);
      for (const { owner, number } of one.before.tickets) {
        if (!one.after.tickets.some((ticket) => ticket.owner === owner && ticket.number === number)) {
          done.add(`${owner} ${number}`);
        }
      }
      return isMet;
    },
  };
}

/** A ticket is asked for after a younger one of the same owner. */
function outOfOrder(): CornerCase {
  const last = new Map<string, bigint>();
  return {
    name: "tickets asked for in another order",
    begin: () => last.clear(),
    isMet: (one) => {
      const { outcome } = one.report;
      const number = numberIn(one);
      if (!isCall(one, "cp_call_wait") || number === null || outcome.kind !== "returned") return false;
      if (outcome.values[1] !== 1n) return false;
      const before = last.get(domainOf(one)) ?? 0n;
      last.set(domainOf(one), number);
      return number < before;
    },
  };
}

const fullOf = (one: Moment): number =>
  one.before.tickets.filter(({ owner }) => owner === domainOf(one)).length;

type TicketState = SystemView["tickets"][number]["state"];

/** Some ticket was in one state and is in the other. */
function ended({ before, after }: Moment, from: TicketState, to: TicketState): boolean {
  return before.tickets.some(
    ({ owner, number, state }) =>
      state === from &&
      after.tickets.some((now) => now.owner === owner && now.number === number && now.state === to),
  );
}

function losesOwner({ before, after }: Moment): boolean {
  const isRunning = (view: SystemView, name: string) =>
    view.cvms.find((cvm) => cvm.name === name)?.state === "running";
  return before.tickets.some(
    ({ owner, state }) => state === "served" && isRunning(before, owner) && !isRunning(after, owner),
  );
}

const tookServed = ({ before, after }: Moment): boolean =>
  before.tickets.filter(({ state }) => state === "served").length >
  after.tickets.filter(({ state }) => state === "served").length;
