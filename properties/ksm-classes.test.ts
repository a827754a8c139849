import { expect, test } from "vitest";
import { Random } from "../fuzz/generate/random.ts";
import { ClassScan } from "../impl/ksm/density.ts";
import { createKsm } from "../impl/ksm/index.ts";
import type { KsmOp } from "../model/ksm-contract.ts";

const PAGES = 24;
const CLASSES = 5;
const COSTS = { checksumNs: 1000, compareNs: 100, mergeNs: 500 };

// A limit that is never reached: which frame a page joins makes no difference then. Stores come between
// passes: what a
// search of a tree with stale pages finds is not a matter of classes. Broken by joining frames that have no
// mapping.
test("pages as classes merge when pages of bytes do", () => {
  const random = new Random("ksm classes");
  for (let run = 0; run < 40; run++) {
    random.restart(run);
    const machine = createKsm();
    const scan = new ClassScan(PAGES, CLASSES, 256, COSTS);
    machine.reset({
      pageSize: 16,
      spaces: 1,
      pages: PAGES,
      frames: PAGES + 1,
      nodes: PAGES,
      checksumBits: 32,
    });
    for (const op of start) machine.apply(op);
    for (let page = 0; page < PAGES; page++) scan.set(page, 0);
    for (let pass = 0; pass < 8; pass++) {
      for (let stores = random.below(12); stores > 0; stores--) {
        const [page, value] = [random.below(PAGES), random.below(CLASSES)];
        const op = { do: "store", space: 0, page, offset: 0, times: 16, by: "space" } as const;
        const { outcome } = machine.apply({ ...op, bytes: `0${value}` });
        expect(outcome).toEqual({ kind: "ok", copied: scan.set(page, value) ? 1 : 0 });
      }
      const first = random.below(PAGES);
      for (const count of [first, PAGES - first]) {
        expect(scan.scan(count).scanned).toBe(machine.scanPages(count));
        const { framesUsed, counters } = machine.view();
        const expected = { frames: framesUsed, shared: counters.shared, sharing: counters.sharing };
        expect({ frames: scan.frames, shared: scan.shared, sharing: scan.sharing }).toEqual(expected);
      }
    }
  }
});

const start: readonly KsmOp[] = [
  { do: "create", space: 0, tenant: 0 },
  { do: "map", space: 0, first: 0, count: PAGES },
  { do: "advise", space: 0, first: 0, count: PAGES, isMergeable: true },
  { do: "run", run: 1 },
];

test("what it costs is reckoned: fresh pages a checksum each, merged ones nothing", () => {
  const scan = new ClassScan(4, 2, 2, COSTS);
  expect(scan.scan(10)).toEqual({ scanned: 0, merged: 0, passes: 0, cpuNs: 0 });
  for (const [page, value] of [0, 0, 0, 1].entries()) scan.set(page, value);
  expect(scan.scan(4)).toEqual({ scanned: 4, merged: 0, passes: 0, cpuNs: 4000 });
  // The second page meets the first; the limit is two; the third and fourth look both trees through.
  expect(scan.scan(4)).toMatchObject({ scanned: 4, merged: 1, passes: 1 });
  expect([scan.frames, scan.shared, scan.sharing]).toEqual([3, 1, 1]);
  scan.clear(0);
  scan.clear(3);
  expect([scan.frames, scan.shared, scan.sharing]).toEqual([2, 1, 0]);
  expect(scan.scan(2)).toMatchObject({ merged: 1 });
  expect(scan.frames).toBe(1);
});
