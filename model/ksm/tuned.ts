/** KSM-tuned: what the scanner should do for the memory that there is, as exact arithmetic. */
import type { MemoryStatistics, TunedSettings, Tuning } from "../ksm-contract.ts";

const KB_PER_MB = 1024n;
const KB_OF_16_GB = 16n * 1024n * 1024n;

/**
 * KSM-12: from the statistics and the pages so far. The scanner stops exactly if what is committed and the
 * threshold
 * fit into memory, and then nothing else changes. Otherwise it scans more where too little is free, or less.
 *
 * The threshold is a share of all memory, but at least a constant, which is in MB where everything else is in
 * kB.
 * Sleep is a whole number of milliseconds, rounded down.
 */
export function tuned(memory: MemoryStatistics, before: number, settings: TunedSettings): Tuning {
  const [total, free, committed] = [memory.totalKb, memory.freeKb, memory.committedKb].map(BigInt) as [
    bigint,
    bigint,
    bigint,
  ];
  const share = total * BigInt(settings.thresholdPercent);
  const constant = 100n * BigInt(settings.thresholdMb) * KB_PER_MB;
  // In hundredths of a kB, so that nothing is rounded.
  const threshold = share > constant ? share : constant;

  const sleepMs = Number((BigInt(settings.sleepMs) * KB_OF_16_GB) / total);
  if (100n * committed + threshold < 100n * total) return { isRunning: false, pages: before, sleepMs };
  const wanted = before + (100n * free < threshold ? settings.boostPages : -settings.decayPages);
  const pages = Math.min(settings.pagesMax, Math.max(settings.pagesMin, wanted));
  return { isRunning: true, pages, sleepMs };
}
