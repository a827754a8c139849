/** Corner cases of devices, and of faults in guests' own code. */
import type { CvmView, SystemView, ThreadView } from "../../model/system-contract.ts";
import { errorOf } from "./listing.ts";
import type { CornerCase, Moment } from "./moment.ts";

const QUEUE_MAX = 8;

export const deviceCorners: readonly CornerCase[] = [
  {
    name: "a fault goes to a handler",
    isMet: (one) => faults(one, ({ handling }) => !handling) && lives(one),
  },
  { name: "a fault in a handler", isMet: (one) => faults(one, ({ handling }) => handling) && !lives(one) },
  { name: "a fault without a handler", isMet: (one) => faults(one) && owner(one)?.handler === 0n },
  { name: "a fault with no place to show it", isMet: isUnshown },
  { name: "a handler calls another", isMet: (one) => handles(one) && one.report.outcome.kind === "entered" },
  { name: "a packet for nobody", isMet: (one) => sent(one) && !arrived(one) },
  { name: "a greedy sender gives way", isMet: (one) => sent(one) && givesWay(one) },
  { name: "a packet cut short", isMet: isCutShort },
  { name: "a packet of the dead", isMet: isOfTheDead },
  { name: "a packet to oneself", isMet: (one) => sent(one) && isForOneself(one) },
  { name: "packets die with their receiver", isMet: losesPackets },
  {
    name: "the last sector",
    isMet: ({ report }) => report.devices.some(({ data }) => data.endsWith("at 63")),
  },
];

function threadOf({ step }: Moment, { cvms }: SystemView): ThreadView | undefined {
  const { by } = step;
  return by === null ? undefined : cvms.find(({ name }) => name === by.cvm)?.threads[by.thread];
}

function owner({ step, before }: Moment): CvmView | undefined {
  return before.cvms.find(({ name }) => name === step.by?.cvm);
}

/** Whether a thread faults in its own domain. */
function faults(one: Moment, wanted: (thread: ThreadView) => boolean = () => true): boolean {
  const thread = threadOf(one, one.before);
  return one.report.outcome.kind === "faulted" && thread?.domains.length === 1 && wanted(thread);
}

function lives(one: Moment): boolean {
  return threadOf(one, one.after)?.handling === true;
}

function isUnshown(one: Moment): boolean {
  return faults(one, ({ handling }) => !handling) && owner(one)?.handler !== 0n && !lives(one);
}

function handles(one: Moment): boolean {
  return threadOf(one, one.before)?.handling === true;
}

const isCall = ({ step }: Moment, name: string): boolean =>
  step.by !== null && step.action.do === "call" && step.action.call === name;

function sent(one: Moment): boolean {
  const { outcome } = one.report;
  return isCall(one, "net_tx") && outcome.kind === "returned" && errorOf(outcome.values[0]) === null;
}

const queues = ({ cvms }: SystemView): string => cvms.map(({ packets }) => packets.join(" ")).join("; ");

function arrived({ report, before, after }: Moment): boolean {
  return report.woken.length > 0 || queues(before) !== queues(after);
}

/** A full queue has taken one more. */
function givesWay({ before, after }: Moment): boolean {
  return before.cvms.some(
    ({ packets }, at) =>
      packets.length === QUEUE_MAX && after.cvms[at]?.packets.join(" ") !== packets.join(" "),
  );
}

function isCutShort(one: Moment): boolean {
  const { outcome } = one.report;
  if (!isCall(one, "net_rx") || outcome.kind !== "returned") return false;
  return errorOf(outcome.values[0]) === null && outcome.values[0] < outcome.values[1];
}

/** The first word of a packet, as an identity. */
function senderOf(packet: string): bigint {
  return BigInt(`0x${packet.slice(0, 16).match(/../g)!.reverse().join("")}`);
}

function isOfTheDead(one: Moment): boolean {
  const receiver = threadOf(one, one.before)?.domains.at(-1);
  const first = one.before.cvms.find(({ name }) => name === receiver)?.packets[0];
  const { outcome } = one.report;
  if (!isCall(one, "net_rx") || first === undefined || outcome.kind !== "returned") return false;
  const isThere = one.before.cvms.some(
    ({ slot, generation, state }) =>
      state === "running" && senderOf(first) === (BigInt(slot) | (BigInt(generation) << 32n)),
  );
  return !isThere && errorOf(outcome.values[0]) === null;
}

function isForOneself(one: Moment): boolean {
  const name = threadOf(one, one.before)?.domains.at(-1);
  const count = ({ cvms }: SystemView) => cvms.find((cvm) => cvm.name === name)?.packets.length ?? 0;
  return count(one.after) > count(one.before);
}

function losesPackets({ before, after }: Moment): boolean {
  return before.cvms.some(
    ({ name, packets }) =>
      packets.length > 0 && after.cvms.find((cvm) => cvm.name === name)?.state === "quarantine",
  );
}
