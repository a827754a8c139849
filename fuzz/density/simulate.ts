/**
 * Instances of a service come until no more fit, each way of sharing by itself: time passes in small steps, in which the
 * scanner works, heaps are rewritten and the next instance starts where there is room for all of it.
 */
import { ClassScan, type ScanCosts } from "../../impl/ksm/density.ts";
import { TUNED_SETTINGS, TunedDaemon } from "../../impl/ksm/tuned.ts";
import { PAGE } from "./library.ts";
import { instanceUnits, type Service } from "./service.ts";

/** How memory is shared. */
export const ways = ["nothing shared", "KSM always on", "KSM tuned", "single-copy objects"] as const;
export type Way = (typeof ways)[number];

export interface World {
  readonly memoryPages: number;
  /** From one start of an instance to the next. */
  readonly launchMs: number;
  /** The run ends after so long, or when no instance has started for a while. */
  readonly endMs: number;
  readonly patienceMs: number;
  /** Of the scanner that is always on: pages at a time, and the pause behind them. */
  readonly scanPages: number;
  readonly scanSleepMs: number;
  /** Mappings of a merged page at most. */
  readonly sharingMax: number;
  readonly costs: ScanCosts;
}

export interface Sample {
  readonly seconds: number;
  readonly instances: number;
  readonly residentBytes: number;
}

export interface Run {
  readonly way: Way;
  readonly instances: number;
  /** When the last instance had started. */
  readonly seconds: number;
  readonly residentBytes: number;
  /** Of the scanner: pages looked at, mappings merged, seconds of one core. */
  readonly scanned: number;
  readonly merged: number;
  readonly cpuSeconds: number;
  /** Copies made because something was stored to a merged page. */
  readonly copies: number;
  readonly samples: readonly Sample[];
}

const STEP_MS = 10;
const SAMPLE_MS = 1000;
const KB_PER_PAGE = PAGE / 1024;

export function simulate(way: Way, service: Service, world: World): Run {
  const simulation = new Simulation(way, service, world);
  return simulation.run();
}

/** Units that are ever there: as many instances as would fit if all that can be merged were, and one more. */
export function unitsMax(service: Service, { memoryPages }: World): number {
  const { grain, state, heap, equal } = service;
  const instances = Math.ceil(memoryPages / grain / Math.max(1, state + heap - equal)) + 2;
  return instances * instanceUnits(service);
}

class Simulation {
  readonly #way: Way;
  readonly #service: Service;
  readonly #world: World;
  readonly #memory: number;
  readonly #scan: ClassScan;
  readonly #daemon: TunedDaemon;
  /** Where classes begin that only one unit has: two for each, which it has in turn. */
  readonly #ownClasses: number;
  #instances = 0;
  #lastStartMs = 0;
  #scannerMs = 0;
  #scanned = 0;
  #merged = 0;
  #cpuNs = 0;
  #copies = 0;
  #turn = 0;

  constructor(way: Way, service: Service, world: World) {
    const { grain, sharedClasses, equal } = service;
    this.#way = way;
    this.#service = service;
    this.#world = world;
    this.#memory = Math.floor(world.memoryPages / grain);
    const units = unitsMax(service, world);
    this.#ownClasses = sharedClasses + equal;
    this.#scan = new ClassScan(units, this.#ownClasses + 2 * units, world.sharingMax, world.costs);
    this.#daemon = new TunedDaemon(TUNED_SETTINGS, world.memoryPages * KB_PER_PAGE, 0);
  }

  run(): Run {
    const { endMs, patienceMs, launchMs } = this.#world;
    const samples: Sample[] = [];
    let nextMs = launchMs;
    for (let now = 0; now <= endMs && now - this.#lastStartMs <= patienceMs; now += STEP_MS) {
      if (now >= nextMs && this.#start()) {
        this.#lastStartMs = now;
        nextMs = now + launchMs;
      }
      if (now % SAMPLE_MS === 0) {
        this.#rewrite();
        samples.push({
          seconds: now / 1000,
          instances: this.#instances,
          residentBytes: this.#residentBytes(),
        });
      }
      this.#scanUntil(now);
    }
    return {
      way: this.#way,
      instances: this.#instances,
      seconds: this.#lastStartMs / 1000,
      residentBytes: this.#residentBytes(),
      scanned: this.#scanned,
      merged: this.#merged * this.#service.grain,
      cpuSeconds: this.#cpuNs / 1e9,
      copies: this.#copies * this.#service.grain,
      samples,
    };
  }

  #residentBytes(): number {
    return this.#scan.frames * this.#service.grain * PAGE;
  }

  /** One more instance, if there is room for it as it is at first. */
  #start(): boolean {
    const { shared, state, heap, equal, sharedClasses } = this.#service;
    const isShared = this.#way === "single-copy objects" && this.#instances > 0;
    const needed = state + heap + (isShared ? 0 : shared.length);
    if (this.#scan.frames + needed > this.#memory) return false;
    const base = this.#instances * instanceUnits(this.#service);
    if (!isShared) for (const [unit, content] of shared.entries()) this.#scan.set(base + unit, content);
    for (let unit = shared.length; unit < shared.length + state + heap; unit++) {
      const place = unit - shared.length - state;
      const isEqual = place >= 0 && place < equal;
      this.#scan.set(base + unit, isEqual ? sharedClasses + place : this.#ownClass(base + unit, 0));
    }
    this.#instances++;
    return true;
  }

  #ownClass(unit: number, turn: number): number {
    return this.#ownClasses + 2 * unit + turn;
  }

  /** Once a second, the end of every heap holds something else. */
  #rewrite(): void {
    const { rewritten } = this.#service;
    this.#turn ^= 1;
    const size = instanceUnits(this.#service);
    for (let instance = 0; instance < this.#instances; instance++)
      for (let unit = size - rewritten; unit < size; unit++) {
        const at = instance * size + unit;
        if (this.#scan.set(at, this.#ownClass(at, this.#turn))) this.#copies++;
      }
  }

  #scanUntil(now: number): void {
    const { grain } = this.#service;
    while (this.#scannerMs <= now) {
      const { pages, sleepMs } = this.#tuning();
      if (pages === 0) {
        this.#scannerMs = now + STEP_MS;
        return;
      }
      const tally = this.#scan.scan(Math.max(1, Math.round(pages / grain)));
      const cpuNs = tally.cpuNs * grain;
      this.#scanned += tally.scanned * grain;
      this.#merged += tally.merged;
      this.#cpuNs += cpuNs;
      this.#scannerMs += sleepMs + cpuNs / 1e6;
    }
  }

  /** What the scanner does now; no pages if it does not run. */
  #tuning(): { pages: number; sleepMs: number } {
    const { scanPages, scanSleepMs, memoryPages } = this.#world;
    switch (this.#way) {
      case "nothing shared":
      case "single-copy objects":
        return { pages: 0, sleepMs: 0 };
      case "KSM always on":
        return { pages: scanPages, sleepMs: scanSleepMs };
      case "KSM tuned": {
        const { grain } = this.#service;
        const { isRunning, pages, sleepMs } = this.#daemon.at(this.#scannerMs, () => ({
          freeKb: (memoryPages - this.#scan.frames * grain) * KB_PER_PAGE,
          committedKb: this.#instances * instanceUnits(this.#service) * grain * KB_PER_PAGE,
        }));
        return { pages: isRunning ? pages : 0, sleepMs };
      }
    }
  }
}

/** How many instances would fit if everything that is equal were there once, at once. */
export function idealInstances(service: Service, world: World): number {
  const { grain, sharedClasses, state, heap, equal } = service;
  const memory = Math.floor(world.memoryPages / grain);
  return Math.max(0, Math.floor((memory - sharedClasses - equal) / Math.max(1, state + heap - equal)));
}
