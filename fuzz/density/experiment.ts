/** The two experiments: a service made of the libraries that were given, and the one of the talk. */
import { BadInput } from "../bad-input.ts";
import { type Library, PAGE } from "./library.ts";
import type { Experiment } from "./report.ts";
import { type HeapShares, instanceUnits, type Service, scaledService, serviceOf } from "./service.ts";
import { idealInstances, simulate, unitsMax, type World, ways } from "./simulate.ts";
import { talk, unexplained } from "./talk.ts";

export type Wish =
  | { readonly kind: "talk"; readonly shares: HeapShares }
  | {
      readonly kind: "service";
      readonly memoryMib: number;
      readonly heapKib: number;
      readonly shares: HeapShares;
    };

const PAGES_PER_MIB = 2 ** 20 / PAGE;
/** Pages that are simulated as one where memory is large. */
const GRAIN = 16;
const UNITS_MAX = 2 ** 22;

const times = {
  launchMs: talk.launchMs,
  endMs: 900_000,
  patienceMs: 180_000,
  scanPages: 100,
  scanSleepMs: 20,
  sharingMax: 256,
  costs: { checksumNs: 1000, compareNs: 300, mergeNs: 2000 },
};

/** @throws BadInput where an experiment would need more memory than there is for it. */
export function experimentOf(libraries: readonly Library[], wish: Wish): Experiment {
  const isTalk = wish.kind === "talk";
  const memoryMib = isTalk ? talk.memoryMib : wish.memoryMib;
  const world: World = { ...times, memoryPages: memoryMib * PAGES_PER_MIB };
  const service = isTalk
    ? scaledService(libraries, talkPages, GRAIN, wish.shares)
    : serviceOf(libraries, Math.ceil((wish.heapKib * 1024) / PAGE), wish.shares);
  const units = unitsMax(service, world);
  if (units > UNITS_MAX)
    throw new BadInput(
      `--memory: ${units} pages are too many to be followed; expected less memory, or a larger --heap`,
    );
  const whole = (instanceUnits(service) * service.grain) / PAGES_PER_MIB;
  return {
    title: isTalk
      ? `Workers of ${talk.instanceMib} MiB in ${talk.memoryMib / 1024} GiB, ${talk.shareable * 100} % shareable`
      : `Instances of ${whole.toFixed(2)} MiB in ${memoryMib} MiB`,
    libraries,
    service,
    world,
    runs: ways.map((way) => simulate(way, service, world)),
    ideal: idealInstances(service, world),
    isTalk,
    assumptions: [...(isTalk ? talkAssumptions(service) : []), ...assumptionsOf(world, wish.shares)],
    unexplained: isTalk ? unexplained : [],
  };
}

const talkPages = {
  instance: talk.instanceMib * PAGES_PER_MIB,
  libraries: Math.round(talk.instanceMib * talk.shareable * PAGES_PER_MIB),
};

function talkAssumptions({ grain, state }: Service): string[] {
  return [
    "GB and MB of the talk are taken as GiB and MiB; nothing but instances is in memory.",
    "The shareable 10 % are code and read-only data, all pages of an instance different, the same in every instance.",
    `What libraries store to is as large beside that as in the libraries that were measured (${(state * grain * PAGE) / 1024} KiB).`,
    "An instance starts every 77 ms where there is room, whatever is shared: the talk's 143 workers in 11 s.",
    `${grain} pages are simulated as one.`,
  ];
}

function assumptionsOf(
  { costs, scanPages, scanSleepMs, sharingMax }: World,
  { equal, rewritten }: HeapShares,
): string[] {
  return [
    `${equal * 100} % of a heap are the same in all instances and stay so, ${rewritten * 100} % hold something else each second, the rest is like ` +
      "nothing else; what libraries store to is different in every instance.",
    "An instance starts only where all of it has room: with nothing merged yet, and with the objects there once.",
    `A checksum takes ${costs.checksumNs} ns, a comparison ${costs.compareNs} ns for each level of a tree, a merge ${costs.mergeNs} ns of one core; ` +
      "they are not measured. Instances are not slowed by the scanner.",
    `Always on: ${scanPages} pages, then ${scanSleepMs} ms of sleep. Tuned: ksmtuned with its own settings, every 60 s. ` +
      `A merged page has ${sharingMax} mappings at most.`,
    "The entry of an object in a cVM's table (16 bytes) and the rounding of states to pages are within the pages of state.",
    "A run ends after 900 s, or 180 s after the last start.",
  ];
}
