/**
 * The corner cases of the system: what is met seldom and goes wrong easily. Those of code and capabilities in guests'
 * hands are no steps of a script, and are not here.
 */
import type { ErrorName, Step, SystemView, ThreadName, Value } from "../../model/system-contract.ts";
import { crossingCorners } from "./corner-crossing.ts";
import { deviceCorners } from "./corner-device.ts";
import { objectCorners } from "./corner-object.ts";
import { streamCorners } from "./corner-stream.ts";
import { errorOf } from "./listing.ts";
import type { CornerCase, Moment } from "./moment.ts";

type Of = (moment: Moment) => boolean;

/** Each with a memory of its own. */
export function cornerCases(): readonly CornerCase[] {
  return [
    { name: "length 0", isMet: movesNothing },
    {
      name: "bounds that cannot be exact",
      isMet: (one) => gave(one, "cp_file_advertise", "EINVAL") && hasLength(one),
    },
    { name: "an address that wraps", isMet: wraps },
    { name: "a buffer that ends with the data part", isMet: endsWithPart },
    { name: "overlapping buffers", isMet: (one) => isCopy(one) && movesOwn(one) },
    { name: "a short count at the end", isMet: isShort },
    keyReuse(),
    { name: "a grant outlives its owner", isMet: (one) => wokenWith(one, "ESTALE") && one.step.by === null },
    {
      name: "revoked while somebody waits",
      isMet: (one) => wokenWith(one, "ESTALE") && isCall(one, "cp_file_revoke"),
    },
    { name: "a handle of another", isMet: (one) => isBorrowed(one) },
    { name: "two or more wake at once", isMet: ({ report }) => report.woken.length > 1 },
    {
      name: "some wait on",
      isMet: (one) => isCall(one, "futex_wake") && one.report.woken.length > 0 && hasWaiters(one),
    },
    { name: "a sleep cut short", isMet: (one) => wokenWith(one, "EINTR") },
    { name: "a call from within itself", isMet: (one) => entersAgain(one, 1) },
    { name: "A to B to A", isMet: (one) => entersAgain(one, 2) },
    { name: "a full trusted stack", isMet: (one) => gave(one, "cp_call", "ELOOP") },
    {
      name: "admitted in turn",
      isMet: (one) => isCall(one, "cp_call_return") && one.report.woken.length > 0,
    },
    { name: "tired of waiting for a callee", isMet: (one) => wokenWith(one, "ETIMEDOUT") && isInCall(one) },
    { name: "death of a callee", isMet: (one) => wokenWith(one, "ECONNRESET") && isDeath(one) },
    { name: "death in the middle of a chain", isMet: (one) => isDeath(one) && isCutInside(one) },
    { name: "death of a caller inside a callee", isMet: callerDies },
    {
      name: "an endpoint taken back in use",
      isMet: (one) => wokenWith(one, "ECONNRESET") && isCall(one, "cp_call_unregister"),
    },
    {
      name: "a fault in a callee",
      isMet: (one) => one.report.outcome.kind === "faulted" && one.report.woken.length > 0,
    },
    { name: "death of an outer layer", isMet: (one) => deaths(one) > 1 },
    recycled(),
    innerReachesOut(),
    ...streamCorners(),
    ...crossingCorners(),
    ...deviceCorners,
    ...objectCorners(),
    { name: "exhausted: handles, grants or endpoints", isMet: (one) => failedWith(one, "ENOSPC") },
    {
      name: "exhausted: threads or timers",
      isMet: (one) => failedWith(one, "EAGAIN") && !isCall(one, "cp_call"),
    },
  ];
}

/** A key is used for something else after what it named is over. */
function keyReuse(): CornerCase {
  const used = new Set<string>();
  const keysOf = ({ grants, endpoints }: SystemView) => [...grants, ...endpoints].map(({ key }) => key);
  return {
    name: "key reuse",
    begin: () => used.clear(),
    isMet: ({ before, after }) => {
      const there = keysOf(before);
      const isAgain = keysOf(after).some((key) => !there.includes(key) && used.has(key));
      for (const key of there) if (!keysOf(after).includes(key)) used.add(key);
      return isAgain;
    },
  };
}

/** A handle of one that is gone is used where another has its place. */
function recycled(): CornerCase {
  return {
    name: "an old handle in a recycled place",
    isMet: ({ step, report: { outcome }, before }) => {
      if (step.by === null || outcome.kind !== "returned" || errorOf(outcome.values[0]) !== "EBADF")
        return false;
      const { by } = step;
      const again = before.cvms.find(({ name }) => name === by.cvm);
      return again !== undefined && again.generation > 1 && argumentsOf(step)[0]?.kind === "result";
    },
  };
}

/** A cVM inside another reaches for a third by a plain access. */
function innerReachesOut(): CornerCase {
  const outers = new Map<string, string>();
  return {
    name: "an inner one reaches for its sibling",
    begin: () => outers.clear(),
    isMet: ({ step, report: { outcome }, before }) => {
      if (step.by === null) {
        if (step.event.do !== "create" || outcome.kind !== "done" || outcome.value !== 0n) return false;
        const { name, parent } = step.event.cvm;
        if (parent === null) outers.delete(name);
        else outers.set(name, parent.cvm);
        return false;
      }
      if (outcome.kind !== "faulted" || !("address" in step.action)) return false;
      const { address } = step.action;
      const domain = domainOf(step.by, before);
      const isOther = address.kind === "at" && address.cvm !== null && address.cvm !== domain;
      return isOther && outers.has(domain) && before.cvms.some(({ name }) => name === address.cvm);
    },
  };
}

const isCall = ({ step }: Moment, name: string): boolean =>
  step.by !== null && step.action.do === "call" && step.action.call === name;

const failedWith = ({ report: { outcome } }: Moment, error: ErrorName): boolean =>
  outcome.kind === "returned" && errorOf(outcome.values[0]) === error;

const gave = (one: Moment, name: string, error: ErrorName): boolean =>
  isCall(one, name) && failedWith(one, error);

const wokenWith = ({ report }: Moment, error: ErrorName): boolean =>
  report.woken.some(({ values }) => errorOf(values[0]) === error);

const isCopy: Of = (one) => isCall(one, "cp_file_pread") || isCall(one, "cp_file_pwrite");

function argumentsOf(step: Step): readonly Value[] {
  return step.by !== null && step.action.do === "call" ? step.action.args : [];
}

function hasLength({ step }: Moment): boolean {
  const length = argumentsOf(step)[3];
  return length?.kind === "number" && length.value >= 4096n && length.value < 0x1_0000n;
}

function movesNothing(one: Moment): boolean {
  const { outcome } = one.report;
  const length = argumentsOf(one.step)[3];
  const isNothing = length?.kind === "number" && length.value === 0n;
  return isCopy(one) && isNothing && outcome.kind === "returned" && outcome.values[0] === 0n;
}

function wraps({ step, report: { outcome } }: Moment): boolean {
  if (step.by === null || outcome.kind !== "faulted" || !("address" in step.action)) return false;
  const { address } = step.action;
  return address.kind === "number" && address.value > (1n << 64n) - 16n;
}

/** Something is moved to or from the very last bytes. */
function endsWithPart(one: Moment): boolean {
  const { outcome } = one.report;
  const where = argumentsOf(one.step)[2];
  if (!isCopy(one) || outcome.kind !== "returned" || where?.kind !== "at" || one.step.by === null)
    return false;
  const domain = domainOf(one.step.by, one.before);
  const cvm = one.before.cvms.find(({ name }) => name === domain);
  if (cvm === undefined || errorOf(outcome.values[0]) !== null || outcome.values[0] === 0n) return false;
  return where.offset + outcome.values[0] === BigInt(cvm.size - cvm.codeSize);
}

/** A copy between a grant and a buffer that share bytes: both in the same data part, near each other. */
function movesOwn(one: Moment): boolean {
  const { step, report, before } = one;
  const where = argumentsOf(step)[2];
  if (step.by === null || where?.kind !== "at" || report.outcome.kind !== "returned") return false;
  const [moved] = report.outcome.values;
  if (moved === 0n || errorOf(moved) !== null) return false;
  const domain = domainOf(step.by, before);
  const cvm = before.cvms.find(({ name }) => name === (where.cvm ?? domain));
  if (cvm === undefined) return false;
  const from = cvm.dataBase + where.offset;
  return before.grants.some(
    ({ base, length, holders }) => holders.includes(domain) && from < base + length && base < from + moved,
  );
}

function isShort(one: Moment): boolean {
  const { outcome } = one.report;
  const wanted = argumentsOf(one.step)[3];
  if (!isCopy(one) || outcome.kind !== "returned" || wanted?.kind !== "number") return false;
  const [moved] = outcome.values;
  return errorOf(moved) === null && moved > 0n && moved < wanted.value;
}

/** The handle comes from a step that another cVM took. */
function isBorrowed({ step, report: { outcome }, before }: Moment): boolean {
  if (step.by === null || outcome.kind !== "returned" || errorOf(outcome.values[0]) !== "EBADF") return false;
  const first = argumentsOf(step)[0];
  if (first?.kind !== "result") return false;
  return before.cvms.some(({ handles }) => handles.length > 0);
}

function hasWaiters({ after }: Moment): boolean {
  return after.cvms.some(({ threads }) => threads.some(({ state }) => state === "blocked"));
}

/** A thread enters a domain that it is in already, so many frames below. */
function entersAgain({ step, report: { outcome }, after }: Moment, below: number): boolean {
  if (step.by === null || outcome.kind !== "entered") return false;
  const domains = domainsOf(step.by, after);
  return domains.at(-1) === domains.at(-1 - below) && (below === 1 || domains.at(-1) !== domains.at(-2));
}

/** Some thread is in a callee. */
function isInCall({ before }: Moment): boolean {
  return before.cvms.some(({ threads }) => threads.some(({ domains }) => domains.length > 1));
}

function deaths({ before, after }: Moment): number {
  const running = (view: SystemView) => view.cvms.filter(({ state }) => state === "running").length;
  return running(before) - running(after);
}

const isDeath: Of = (one) => deaths(one) > 0;

/** A thread loses more than its innermost domain. */
function isCutInside({ report, before, after }: Moment): boolean {
  return report.woken.some(
    ({ thread }) => domainsOf(thread, before).length - domainsOf(thread, after).length > 1,
  );
}

function callerDies(one: Moment): boolean {
  return one.before.cvms.some(({ name, threads, state }) => {
    const isOver = one.after.cvms.find((cvm) => cvm.name === name)?.state !== "running";
    return state === "running" && isOver && threads.some(({ domains }) => domains.length > 1);
  });
}

function domainsOf({ cvm, thread }: ThreadName, { cvms }: SystemView): readonly string[] {
  return cvms.find(({ name }) => name === cvm)?.threads[thread]?.domains ?? [];
}

function domainOf(by: ThreadName, view: SystemView): string {
  return domainsOf(by, view).at(-1) ?? by.cvm;
}
