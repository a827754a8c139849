import type { MemoryStatistics, TunedSettings, Tuning } from "../../model/ksm-contract.ts";

/** What the daemon is set to where nobody says otherwise. */
export const TUNED_SETTINGS: TunedSettings = {
  intervalMs: 60_000,
  sleepMs: 10,
  boostPages: 300,
  decayPages: 50,
  pagesMin: 64,
  pagesMax: 1250,
  thresholdPercent: 20,
  thresholdMb: 2048,
};

/**
 * The daemon that tunes the scanner: it looks at memory when its interval is over, and reckons as a shell
 * does, in whole
 * kB, every division rounded down.
 */
export class TunedDaemon {
  readonly #settings: TunedSettings;
  readonly #sleepMs: number;
  readonly #thresholdKb: number;
  readonly #totalKb: number;
  #tuning: Tuning;
  #nextMs: number;

  /** It looks for the first time one interval after `startMs`. All memory is what there is when it starts. */
  constructor(settings: TunedSettings, totalKb: number, startMs: number) {
    const share = Math.floor((totalKb * settings.thresholdPercent) / 100);
    const constantKb = settings.thresholdMb * 1024;
    this.#settings = settings;
    this.#totalKb = totalKb;
    this.#thresholdKb = Math.max(constantKb, share);
    this.#sleepMs = Math.floor((settings.sleepMs * 16 * 1024 * 1024) / totalKb);
    this.#nextMs = startMs + settings.intervalMs;
    this.#tuning = { isRunning: false, pages: 0, sleepMs: this.#sleepMs };
  }

  /**
   * What it wants at this time, which never goes back; `look` is asked for memory as it is now, once an
   * interval.
   */
  at(timeMs: number, look: () => Pick<MemoryStatistics, "freeKb" | "committedKb">): Tuning {
    while (timeMs >= this.#nextMs) {
      const { freeKb, committedKb } = look();
      this.#tuning = this.#adjusted(freeKb, committedKb);
      this.#nextMs += this.#settings.intervalMs;
    }
    return this.#tuning;
  }

  #adjusted(freeKb: number, committedKb: number): Tuning {
    const { boostPages, decayPages, pagesMin, pagesMax } = this.#settings;
    const before = this.#tuning.pages;
    if (committedKb + this.#thresholdKb < this.#totalKb) return { ...this.#tuning, isRunning: false };
    let pages = freeKb < this.#thresholdKb ? before + boostPages : before - decayPages;
    if (pages < pagesMin) pages = pagesMin;
    if (pages > pagesMax) pages = pagesMax;
    return { isRunning: true, pages, sleepMs: this.#sleepMs };
  }
}
