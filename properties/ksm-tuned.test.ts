import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { unitFault } from "../fuzz/ksm/faults.ts";
import { variantOf } from "../fuzz/variant/variant.ts";
import { TUNED_SETTINGS as settings, TunedDaemon } from "../impl/ksm/tuned.ts";
import { tuned } from "../model/ksm/tuned.ts";
import type { MemoryStatistics, Tuning } from "../model/ksm-contract.ts";

const GB = 1024 * 1024;

/** From 1 to 64 GB; what is committed may be more than there is. */
const statistics: fc.Arbitrary<MemoryStatistics> = fc
  .record({ totalKb: fc.integer({ min: GB, max: 64 * GB }), free: fc.nat(1000), committed: fc.nat(2000) })
  .map(({ totalKb, free, committed }) => ({
    totalKb,
    freeKb: Math.floor((totalKb * free) / 1000),
    committedKb: Math.floor((totalKb * committed) / 1000),
  }));
const pages = fc.integer({ min: 0, max: settings.pagesMax });

/** The threshold in kB, from the words of the documentation. */
function thresholdKb(totalKb: number): number {
  return Math.max(totalKb * 0.2, 2048 * 1024);
}

describe("KSM-12: the controller", () => {
  test("keeps pages between 64 and 1250 while it scans", () =>
    fc.assert(
      fc.property(statistics, pages, (memory, before) => {
        const after = tuned(memory, before, settings);
        if (!after.isRunning) expect(after.pages).toBe(before);
        else expect(after.pages >= 64 && after.pages <= 1250).toBe(true);
      }),
    ));

  test("stops exactly if what is committed and the threshold are less than all memory", () =>
    fc.assert(
      fc.property(statistics, pages, (memory, before) => {
        const isFitting = memory.committedKb + thresholdKb(memory.totalKb) < memory.totalKb;
        expect(tuned(memory, before, settings).isRunning).toBe(!isFitting);
      }),
    ));

  test("goes up by 300 and down by 50, within its bounds", () =>
    fc.assert(
      fc.property(statistics, fc.integer({ min: 114, max: 950 }), (memory, before) => {
        const after = tuned({ ...memory, committedKb: memory.totalKb }, before, settings);
        expect(after.pages - before).toBe(memory.freeKb < thresholdKb(memory.totalKb) ? 300 : -50);
      }),
    ));

  test("never scans less for less free memory", () =>
    fc.assert(
      fc.property(statistics, pages, fc.nat(1000), (memory, before, less) => {
        const fewer = { ...memory, freeKb: Math.floor((memory.freeKb * less) / 1000) };
        const [more, now] = [tuned(fewer, before, settings), tuned(memory, before, settings)];
        expect(more.pages).toBeGreaterThanOrEqual(now.pages);
      }),
    ));

  test("sleeps 10 ms at 16 GB and 40 ms at 4 GB", () => {
    const memory = { freeKb: 0, committedKb: 64 * GB };
    const sleeps = [16, 4, 32].map((gb) => tuned({ ...memory, totalKb: gb * GB }, 64, settings).sleepMs);
    expect(sleeps).toEqual([10, 40, 5]);
  });
});

/** 4 GB: 20 % are less than the constant of 2048 MB, so that its unit decides. */
const small: MemoryStatistics = { totalKb: 4 * GB, freeKb: GB, committedKb: 2.5 * GB };

function daemonTunes(Daemon: typeof TunedDaemon, looks: readonly MemoryStatistics[]): Tuning[] {
  const daemon = new Daemon(settings, looks[0]!.totalKb, 0);
  return looks.map((memory, at) => daemon.at((at + 1) * settings.intervalMs, () => memory));
}

describe("KSM-12: the daemon", () => {
  test("decides as the formula does, but where a threshold is no whole number of kB", () =>
    fc.assert(
      fc.property(fc.array(statistics, { minLength: 1, maxLength: 8 }), (looks) => {
        const totalKb = looks[0]!.totalKb - (looks[0]!.totalKb % 5);
        const memories = looks.map((memory) => ({ ...memory, totalKb }));
        let before = 0;
        const expected = memories.map((memory) => {
          const tuning = tuned(memory, before, settings);
          before = tuning.pages;
          return tuning;
        });
        expect(daemonTunes(TunedDaemon, memories)).toEqual(expected);
      }),
    ));

  test("rounds the threshold down, which is one kB where they part", () => {
    const memory = { totalKb: 16 * GB + 1, freeKb: Math.floor((16 * GB + 1) / 5), committedKb: 16 * GB };
    expect(tuned(memory, 500, settings).pages).toBe(800);
    expect(daemonTunes(TunedDaemon, [{ ...memory, freeKb: 0 }, memory])[1]!.pages).toBe(250);
  });

  test("looks once an interval, and keeps what it decided in between", () => {
    const daemon = new TunedDaemon(settings, 4 * GB, 1000);
    let looks = 0;
    const look = () => ({ ...small, freeKb: ++looks });
    expect([0, 60_999, 61_000, 61_001, 120_999, 121_000].map((ms) => daemon.at(ms, look).pages)).toEqual([
      0, 0, 300, 300, 300, 600,
    ]);
    expect(looks).toBe(2);
  });

  test("takes the constant for MB: taken for kB it stops where it should scan", async () => {
    expect(tuned(small, 64, settings).isRunning).toBe(true);
    expect(daemonTunes(TunedDaemon, [small])[0]!.isRunning).toBe(true);
    const model = await variantOf(unitFault.model).load<{ tuned: typeof tuned }>("model/ksm/tuned.ts");
    expect(model.tuned(small, 64, settings).isRunning).toBe(false);
    const impl = await variantOf(unitFault.impl).load<{ TunedDaemon: typeof TunedDaemon }>(
      "impl/ksm/tuned.ts",
    );
    expect(daemonTunes(impl.TunedDaemon, [small])[0]!.isRunning).toBe(false);
  });
});
