/** Corner cases of streams: between ends that come and go, and buffers that are too short, too early or too many. */
import type {
  ErrorName,
  StreamEndView,
  StreamView,
  SystemView,
  ThreadName,
  Value,
} from "../../model/system-contract.ts";
import { errorOf } from "./listing.ts";
import type { CornerCase, Moment } from "./moment.ts";

const NOTHING = 0n;

/** Each with a memory of its own. */
export const streamCorners = (): readonly CornerCase[] => [
  { name: "more is sent than was posted", isMet: (one) => isShort(one) && !isMessage(one) },
  { name: "a message cut short", isMet: (one) => received(one).some(({ count, full }) => count < full) },
  {
    name: "senders in turn",
    isMet: (one) => isCall(one, "cps_recv") && tells(one) && sending(one.after) > 0,
  },
  {
    name: "a sender finds a receiver",
    isMet: (one) => isCall(one, "cps_send") && one.report.woken.length > 0,
  },
  { name: "a posted buffer is filled at once", isMet: (one) => isCall(one, "cps_post_recv") && tells(one) },
  { name: "posted twice", isMet: (one) => gave(one, "cps_post_recv", "EBUSY") },
  { name: "received twice at once", isMet: (one) => gave(one, "cps_recv", "EBUSY") },
  { name: "what came before the end", isMet: drains },
  { name: "the end of a stream", isMet: (one) => ends(one) },
  { name: "sent to nobody", isMet: (one) => gave(one, "cps_send", "EPIPE") },
  { name: "half of a stream", isMet: isHalf },
  {
    name: "a stream ends under who waits",
    isMet: (one) => isEnding(one) && wakesWith(one, "EPIPE", NOTHING),
  },
  { name: "closed under who waits", isMet: (one) => isCall(one, "cps_close") && wakesWith(one, "EBADF") },
  {
    name: "death at the other end",
    isMet: (one) => isDeath(one) && wakesWith(one, "EPIPE"),
  },
  pollTold(),
  { name: "several are ready at once", isMet: (one) => isCall(one, "cps_poll") && countOf(one) > 1n },
  { name: "both ends in one cVM", isMet: ({ after }) => after.streams.some(isOwn) },
  { name: "a stream onto itself", isMet: overlaps },
  { name: "a large piece", isMet: (one) => isCall(one, "cps_send") && countOf(one) >= 0x8000n },
  { name: "a full backlog", isMet: (one) => gave(one, "cps_connect", "EAGAIN") },
  {
    name: "a stream that nobody accepts any more",
    isMet: (one) => isCall(one, "cps_close") && backlog(one.before) > backlog(one.after),
  },
];

const isCall = ({ step }: Moment, name: string): boolean =>
  step.by !== null && step.action.do === "call" && step.action.call === name;

function argumentsOf({ step }: Moment): readonly Value[] {
  return step.by !== null && step.action.do === "call" ? step.action.args : [];
}

/** a0 of a call that went well; 0 of any other. */
function countOf({ report: { outcome } }: Moment): bigint {
  return outcome.kind === "returned" && errorOf(outcome.values[0]) === null ? outcome.values[0] : 0n;
}

const gave = (one: Moment, name: string, error: ErrorName): boolean =>
  isCall(one, name) &&
  one.report.outcome.kind === "returned" &&
  errorOf(one.report.outcome.values[0]) === error;

function isShort(one: Moment): boolean {
  const length = argumentsOf(one)[2];
  const count = countOf(one);
  return isCall(one, "cps_send") && length?.kind === "number" && count > 0n && count < length.value;
}

function isMessage(one: Moment): boolean {
  const flags = argumentsOf(one)[3];
  return flags?.kind === "number" && (flags.value & 2n) !== 0n;
}

/** What was received in a step: what came, and how long what was sent was. */
function received({ step, report }: Moment): { count: bigint; full: bigint }[] {
  const isReceiving = step.by !== null && step.action.do === "call" && step.action.call === "cps_recv";
  const isSending = step.by !== null && step.action.do === "call" && step.action.call === "cps_send";
  const told = isSending ? report.woken.map(({ values }) => values) : [];
  if (isReceiving && report.outcome.kind === "returned") told.push(report.outcome.values);
  return told
    .filter(([count]) => errorOf(count) === null && count > 0n)
    .map(([count, full]) => ({ count, full }));
}

/** Somebody who waited was told that bytes moved. */
function tells({ report }: Moment): boolean {
  return report.woken.some(({ values }) => errorOf(values[0]) === null && values[0] > 0n);
}

function sending({ streams }: SystemView): number {
  return streams.reduce((sum, { ends: [one, other] }) => sum + one.sending + other.sending, 0);
}

function drains(one: Moment): boolean {
  if (!isCall(one, "cps_recv") || countOf(one) === 0n) return false;
  const had = (end: StreamEndView, other: StreamEndView) => end.posted?.got != null && !other.writes;
  return one.before.streams.some(({ ends: [near, far] }) => had(near, far) || had(far, near));
}

function ends(one: Moment): boolean {
  const length = argumentsOf(one)[2];
  const { outcome } = one.report;
  const isEmpty = outcome.kind === "returned" && outcome.values.every((value) => value === 0n);
  return isCall(one, "cps_recv") && isEmpty && length?.kind === "number" && length.value > 0n;
}

/** Something goes one way of a stream the other way of which is shut. */
function isHalf(one: Moment): boolean {
  const { by } = one.step;
  if (by === null || !isCall(one, "cps_send") || countOf(one) === 0n) return false;
  const domain = domainOf(by, one.before);
  const isOneWay = (end: StreamEndView, other: StreamEndView) =>
    end.cvm === domain && end.writes && other.reads && !(other.writes && end.reads);
  return one.before.streams.some(({ ends: [near, far] }) => isOneWay(near, far) || isOneWay(far, near));
}

function domainOf({ cvm, thread }: ThreadName, { cvms }: SystemView): string | undefined {
  return cvms.find(({ name }) => name === cvm)?.threads[thread]?.domains.at(-1);
}

function isEnding(one: Moment): boolean {
  return isCall(one, "cps_shutdown") || isCall(one, "cps_close");
}

function wakesWith({ report }: Moment, ...wanted: readonly (ErrorName | bigint)[]): boolean {
  return report.woken.some(({ values: [value] }) => wanted.includes(errorOf(value) ?? value));
}

function isDeath({ step }: Moment): boolean {
  return step.by === null
    ? step.event.do === "kill"
    : step.action.do === "call" && step.action.call === "exit";
}

/** A thread that waits for something to be ready is told. */
function pollTold(): CornerCase {
  const waiting = new Set<string>();
  return {
    name: "a poll is told",
    begin: () => waiting.clear(),
    isMet: ({ step, report: { outcome, woken } }) => {
      const told = woken.filter(({ thread }) => waiting.delete(`${thread.cvm}.${thread.thread}`));
      if (step.by !== null && step.action.do === "call" && step.action.call === "cps_poll") {
        if (outcome.kind === "blocked") waiting.add(`${step.by.cvm}.${step.by.thread}`);
      }
      return told.some(({ values }) => errorOf(values[0]) === null && values[0] > 0n);
    },
  };
}

function isOwn({ ends: [near, far] }: StreamView): boolean {
  return near.cvm !== "" && near.cvm === far.cvm;
}

/** Bytes move within one cVM to a place that shares some with where they come from. */
function overlaps(one: Moment): boolean {
  const where = argumentsOf(one)[1];
  const { by } = one.step;
  if (!isCall(one, "cps_send") || by === null || where?.kind !== "at" || countOf(one) === 0n) return false;
  const domain = domainOf(by, one.before);
  const cvm = one.before.cvms.find(({ name }) => name === (where.cvm ?? domain));
  if (cvm === undefined) return false;
  const from = cvm.dataBase + where.offset;
  return one.before.streams.filter(isOwn).some(({ ends: both }) =>
    both.some(({ posted }) => {
      if (posted === null || posted.got !== null) return false;
      return posted.base !== from && posted.base < from + countOf(one) && from < posted.base + posted.length;
    }),
  );
}

function backlog({ listeners }: SystemView): number {
  return listeners.reduce((sum, { backlog: count }) => sum + count, 0);
}
