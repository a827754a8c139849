/** What guests have written, as the difference of two memories. */
import type { SystemUnderTest, Written } from "../../model/system-contract.ts";

const PAGE = 4096;
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

/** A few of them, for a reader. */
export function writtenText(written: readonly Written[]): string {
  const shown = written
    .slice(0, 4)
    .map(({ address, bytes }) => `${bytes.length} at 0x${address.toString(16)}`);
  return `${shown.join(", ")}${written.length > 4 ? ", and more" : ""}`;
}
