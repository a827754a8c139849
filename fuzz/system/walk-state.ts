/** What a system looks like to whoever steps through a script: its tables by name, its memory, and who may reach what. */
import type { SystemUnderTest, SystemView } from "../../model/system-contract.ts";
import { differences } from "./difference.ts";

/** One thing that a step changed. */
export interface Change {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** A range that somebody may reach: hexadecimal, `top` not included. */
export interface Reach {
  readonly who: string;
  readonly base: string;
  readonly top: string;
  /** Letters of what may be done there: r, w. */
  readonly rights: string;
}

const PAGE = 4096;
/** Bytes of a piece of memory that are shown, and equal bytes that part two pieces. */
const BYTES_MAX = 16;
const GAP = 8;

type Pages = ReadonlyMap<string, readonly (Uint8Array | null)[]>;

/** Memory of every cVM, as it is now. */
export function pagesIn(
  system: SystemUnderTest,
  { cvms }: SystemView,
): Map<string, readonly (Uint8Array | null)[]> {
  return new Map(
    cvms.map(({ name }) => [name, system.pages(name).map((page) => (page === null ? null : page.slice()))]),
  );
}

/** What is other after a step: tables first, then memory. */
export function changesOf(
  [before, after]: readonly [SystemView, SystemView],
  [old, now]: readonly [Pages, Pages],
): Change[] {
  const tables = differences("", tablesOf(before), tablesOf(after)).map(({ field, expect, actual }) => ({
    what: field.slice(1),
    before: expect,
    after: actual,
  }));
  const memory = [...now].flatMap(([name, pages]) => memoryChanges(name, old.get(name) ?? [], pages));
  return [...tables, ...memory];
}

/** Tables by what their rows are called, so that a row which goes leaves the others where they are. */
function tablesOf({ cvms, grants, endpoints, listeners, tickets, streams, objects, time }: SystemView) {
  const named = <Row>(rows: readonly Row[], nameOf: (row: Row, at: number) => string) =>
    Object.fromEntries(rows.map((row, at) => [nameOf(row, at), row]));
  return {
    ...Object.fromEntries(
      cvms.map(({ name, data: _, disk: __, tags: ___, threads, handles, ...cvm }) => [
        `cVM ${name}`,
        {
          ...cvm,
          threads: named(threads, ({ thread }) => `${thread}`),
          handles: named(handles, ({ handle }) => `0x${handle.toString(16)}`),
        },
      ]),
    ),
    grants: named(grants, ({ key }) => textOfKey(key)),
    endpoints: named(endpoints, ({ key }) => textOfKey(key)),
    listeners: named(listeners, ({ key }) => textOfKey(key)),
    tickets: named(tickets, ({ owner, number }) => `${owner} ${number}`),
    streams: named(streams, (_, at) => `${at}`),
    objects: named(objects, ({ number }) => `${number}`),
    time,
  };
}

/** Keys are bytes: as text where they are. */
function textOfKey(key: string): string {
  const text = Buffer.from(key, "hex").toString("latin1");
  return /^[\x21-\x7e]+$/.test(text) ? `"${text}"` : key;
}

function memoryChanges(
  name: string,
  old: readonly (Uint8Array | null)[],
  now: readonly (Uint8Array | null)[],
): Change[] {
  return now.flatMap((page, number) => {
    const was = old[number] ?? null;
    return pieces(was, page).map(([from, to]) => ({
      what: `memory of ${name} at 0x${(number * PAGE + from).toString(16)}, ${to - from} bytes`,
      before: bytesText(was, from, to),
      after: bytesText(page, from, to),
    }));
  });
}

/** Where two pages differ, as [from, to). */
function pieces(one: Uint8Array | null, other: Uint8Array | null): [number, number][] {
  if (one === other) return [];
  const found: [number, number][] = [];
  for (let at = 0; at < PAGE; at++) {
    if ((one?.[at] ?? 0) === (other?.[at] ?? 0)) continue;
    const last = found.at(-1);
    if (last !== undefined && at - last[1] < GAP) last[1] = at + 1;
    else found.push([at, at + 1]);
  }
  return found;
}

function bytesText(page: Uint8Array | null, from: number, to: number): string {
  const shown = Math.min(to, from + BYTES_MAX);
  const bytes = page?.subarray(from, shown) ?? new Uint8Array(shown - from);
  return `${Buffer.from(bytes).toString("hex")}${shown < to ? "…" : ""}`;
}

/** What threads run under, what is granted, and the state of objects. */
export function reachIn({ cvms, grants, objects }: SystemView): Reach[] {
  const threads = cvms.flatMap(({ name, threads }) =>
    threads
      .filter(({ state }) => state !== "dead")
      .map(({ thread, domains, ddcBase, ddcTop }) =>
        reach(`${name}.${thread} in ${domains.at(-1) ?? name}`, ddcBase, ddcTop, "rw"),
      ),
  );
  const granted = grants.map(({ key, owner, base, length, rights, holders }) =>
    reach(
      `grant ${textOfKey(key)} of ${owner}, held by ${holders.join(", ") || "nobody"}`,
      base,
      base + length,
      rights,
    ),
  );
  const states = objects.flatMap(({ number, bindings }) =>
    bindings.map(({ cvm, base, size }) =>
      reach(`state of object ${number} for ${cvm}`, base, base + BigInt(size), "rw"),
    ),
  );
  return [...threads, ...granted, ...states].filter(({ base, top }) => base !== top);
}

function reach(who: string, base: bigint, top: bigint, rights: string): Reach {
  return { who, base: `0x${base.toString(16)}`, top: `0x${top.toString(16)}`, rights };
}
