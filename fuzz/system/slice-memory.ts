/** What guests have written, as the difference of two memories, and of what clients have in their states of objects. */
import type { ClientState, SystemUnderTest, Written } from "../../model/system-contract.ts";

const PAGE = 4096;
const GRANULE = 16;
const IMPORT_BYTES = 32;
const ZEROS = new Uint8Array(PAGE);

/** What memory holds that the reference does not have. */
export function writtenIn(expect: SystemUnderTest, actual: SystemUnderTest): Written[] {
  const found: Written[] = [];
  for (const { name, dataBase } of expect.outline().cvms) {
    const pages = expect.pages(name);
    for (const [index, page] of actual.pages(name).entries()) {
      const before = pages[index] ?? ZEROS;
      const after = page ?? ZEROS;
      if (Buffer.compare(before, after) !== 0) {
        found.push(...runsIn(before, after, dataBase + BigInt(index * PAGE)));
      }
    }
  }
  return found;
}

function runsIn(before: Uint8Array, after: Uint8Array, address: bigint): Written[] {
  const found: Written[] = [];
  for (let at = 0; at < PAGE; at++) {
    if (before[at] === after[at]) continue;
    const start = at;
    while (at < PAGE && before[at] !== after[at]) at++;
    found.push({ address: address + BigInt(start), bytes: after.slice(start, at) });
  }
  return found;
}

/** What differs in states: granules that were written, and those that hold capabilities which nobody put there. */
export interface StateChanges {
  readonly written: readonly Written[];
  readonly odd: readonly bigint[];
}

/**
 * What states hold that those of the reference do not have. A granule that was written is told whole, and has lost its tag.
 * Of what stands in the slots of imports only the tags are looked at.
 */
export function changesInStates(
  expect: readonly ClientState[],
  actual: readonly ClientState[],
): StateChanges {
  const [written, odd]: [Written[], bigint[]] = [[], []];
  for (const now of actual) {
    const before = expect.find(({ cvm, object }) => cvm === now.cvm && object === now.object);
    if (before === undefined || before.bytes.length !== now.bytes.length) continue;
    const [had, has] = [new Set(before.tags), new Set(now.tags)];
    for (const at of changedGranules(before, now, had, has)) {
      const address = now.base + BigInt(at);
      if (has.has(at)) odd.push(address);
      else
        written.push({ address, bytes: (isOfImport(now, at) ? before : now).bytes.slice(at, at + GRANULE) });
    }
  }
  return { written, odd };
}

type Tags = ReadonlySet<number>;

function changedGranules(before: ClientState, now: ClientState, had: Tags, has: Tags): number[] {
  const found: number[] = [];
  const isEqual = (from: number, to: number) =>
    Buffer.compare(before.bytes.subarray(from, to), now.bytes.subarray(from, to)) === 0;
  const isSame = had.size === has.size && [...has].every((at) => had.has(at));
  for (let page = 0; page < now.bytes.length; page += PAGE) {
    const end = Math.min(page + PAGE, now.bytes.length);
    if (isSame && isEqual(page, end)) continue;
    for (let at = page; at < end; at += GRANULE) {
      const isChanged = !isEqual(at, at + GRANULE) && !isOfImport(now, at);
      if (isChanged || had.has(at) !== has.has(at)) found.push(at);
    }
  }
  return found;
}

function isOfImport({ imports }: ClientState, at: number): boolean {
  return imports.some((slot) => at >= slot && at < slot + IMPORT_BYTES);
}

/** A few of them, for a reader. */
export function writtenText(written: readonly Written[]): string {
  const shown = written
    .slice(0, 4)
    .map(({ address, bytes }) => `${bytes.length} at 0x${address.toString(16)}`);
  return `${shown.join(", ")}${written.length > 4 ? ", and more" : ""}`;
}
