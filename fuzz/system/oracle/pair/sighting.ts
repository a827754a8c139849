/** What those who must not know the secrets see of two worlds, and where they see a difference. */
import type {
  CvmView,
  Outcome,
  SecretSystem,
  StepReport,
  SystemUnderTest,
  SystemView,
  ThreadName,
  ThreadView,
} from "../../../../model/system-contract.ts";
import { threadText } from "../../listing.ts";
import { differences, isEqual } from "../../lockstep.ts";
import { cvmIn, identityIn, type Subject, threadIn } from "./subject.ts";

/** Something that looks different in the two worlds to somebody who must not be able to tell. */
export interface Sighting {
  /** A cVM, a device, or the outside. */
  readonly who: string;
  readonly what: string;
  readonly one: string;
  readonly two: string;
}

/** The two worlds after the same step. */
export interface Seen {
  readonly reports: readonly [StepReport, StepReport];
  readonly outlines: readonly [SystemView, SystemView];
}

/** Differences between what the steps reported. `by`: the thread that took it; null for an event. */
export function inReports(by: ThreadName | null, { reports, outlines }: Seen, subject: Subject): Sighting[] {
  const [one, two] = reports;
  if (isEqual(one, two)) return [];
  const [view] = outlines;
  const seenBy = (thread: ThreadName) => knowing(view, thread, subject);
  const found = told(by === null ? "the outside" : threadText(by), "outcome", [
    visible(one.outcome, by !== null && seenBy(by)),
    visible(two.outcome, by !== null && seenBy(by)),
  ]);
  const woken = ({ woken: list }: StepReport) =>
    list.map(({ thread, values }) => ({ thread, values: seenBy(thread) ? null : values }));
  found.push(...told("the outside", "woken", [woken(one), woken(two)]));
  found.push(...told("the outside", "devices", [one.devices, two.devices]));
  return found;
}

/** Whether a thread is in a cVM that may know: then only that its call came back can be seen, not with what. */
function knowing(view: SystemView, { cvm, thread }: ThreadName, subject: Subject): boolean {
  const name = threadIn(view, cvm, thread)?.domains.at(-1) ?? cvm;
  const domain = cvmIn(view, name);
  return domain === undefined || subject.mayKnow(identityIn(domain));
}

function visible(outcome: Outcome, isKnowing: boolean): unknown {
  return isKnowing ? { kind: outcome.kind } : outcome;
}

/** Differences between the tables. */
export function inOutlines({ outlines: [one, two] }: Seen, subject: Subject): Sighting[] {
  if (isEqual(one, two)) return [];
  const found: Sighting[] = [];
  const names = new Set([...one.cvms, ...two.cvms].map(({ name }) => name));
  for (const name of names) {
    const views = [one, two].map((world) => {
      const cvm = cvmIn(world, name);
      return cvm && visibleCvm(world, cvm, subject);
    });
    found.push(...told(name, "table", [views[0], views[1]]));
  }
  for (const list of ["grants", "endpoints", "streams", "time"] as const) {
    found.push(...told("the outside", list, [one[list], two[list]]));
  }
  return found;
}

/** A cVM that may know has its handles, bounds and devices to itself; that it is there and which threads run can be seen. */
function visibleCvm(view: SystemView, cvm: CvmView, subject: Subject): unknown {
  const isKnowing = subject.mayKnow(identityIn(cvm));
  const threads = cvm.threads.map((thread) => visibleThread(view, thread, subject));
  return isKnowing ? { ...cvm, handles: null, disk: null, packets: null, threads } : { ...cvm, threads };
}

function visibleThread(view: SystemView, thread: ThreadView, subject: Subject): unknown {
  const domain = cvmIn(view, thread.domains.at(-1) ?? "");
  const isKnowing = domain !== undefined && subject.mayKnow(identityIn(domain));
  return isKnowing ? { ...thread, ddcBase: null, ddcTop: null } : thread;
}

export type Worlds = readonly [SystemUnderTest, SystemUnderTest];

/** From so many bytes on a data part is large: it is looked at now and then only. */
const LARGE = 1 << 20;
const PAGE = 4096;
const ZEROS = new Uint8Array(PAGE);

/** Differences in the memory of those who must not know. */
export function inMemory(worlds: Worlds, view: SystemView, subject: Subject, isWhole: boolean): Sighting[] {
  const found: Sighting[] = [];
  for (const cvm of view.cvms) {
    if (subject.mayKnow(identityIn(cvm))) continue;
    const size = cvm.size - cvm.codeSize;
    if (size < LARGE ? differsAt(worlds, cvm.name, size) : isWhole && differsInPages(worlds, cvm.name)) {
      found.push(...bytesOf(worlds, cvm.name));
    }
  }
  return found;
}

function differsAt([one, two]: Worlds, name: string, size: number): boolean {
  if (!isSecret(one) || !isSecret(two)) return differsInPages([one, two], name);
  return Buffer.compare(one.secrets.read(name, 0, size), two.secrets.read(name, 0, size)) !== 0;
}

function differsInPages([one, two]: Worlds, name: string): boolean {
  const others = two.pages(name);
  return one.pages(name).some((page, at) => Buffer.compare(page ?? ZEROS, others[at] ?? ZEROS) !== 0);
}

/** Bytes that are told one by one; of the rest only how many. */
const TOLD_MAX = 4;

function bytesOf([one, two]: Worlds, name: string): Sighting[] {
  const found: Sighting[] = [];
  const others = two.pages(name);
  for (const [index, page] of one.pages(name).entries()) {
    const [here, there] = [page ?? ZEROS, others[index] ?? ZEROS];
    for (let at = 0; at < PAGE && found.length < TOLD_MAX; at++) {
      if (here[at] === there[at]) continue;
      const what = `data+0x${(index * PAGE + at).toString(16)}`;
      found.push({ who: name, what, one: hex(here[at]!), two: hex(there[at]!) });
    }
  }
  return found;
}

/** Differences in registers of a thread, in those of its domains that must not know. */
export function inRegisters(worlds: Worlds, by: ThreadName, view: SystemView, subject: Subject): Sighting[] {
  const [one, two] = worlds;
  if (!isSecret(one) || !isSecret(two)) return [];
  const others = two.secrets.registers(by);
  const found: Sighting[] = [];
  for (const [depth, { cvm: name, words }] of one.secrets.registers(by).entries()) {
    const cvm = cvmIn(view, name);
    if (cvm === undefined || subject.mayKnow(identityIn(cvm))) continue;
    const other = others[depth]?.words;
    const at = words.findIndex((word, place) => other?.[place] !== word);
    if (at < 0) continue;
    const what = `x${(at >> 1) + 1} of ${threadText(by)}`;
    const told = other?.[at];
    found.push({ who: name, what, one: hex(words[at]!), two: told === undefined ? "absent" : hex(told) });
  }
  return found;
}

export function isSecret(system: SystemUnderTest): system is SecretSystem {
  return "secrets" in system;
}

function told(who: string, what: string, [one, two]: readonly [unknown, unknown]): Sighting[] {
  return differences(what, one, two)
    .slice(0, TOLD_MAX)
    .map(({ field, expect, actual }) => ({ who, what: field, one: expect, two: actual }));
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
