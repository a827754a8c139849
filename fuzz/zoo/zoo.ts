import { Piscina } from "piscina";
import { BadInput } from "../bad-input.ts";
import { plantName, rosters } from "../faults/plant.ts";
import type { Level } from "../faults/planted-fault.ts";
import type { Specimen, Where, ZooRecord } from "./record.ts";
import type { SpecimenTask } from "./specimen.ts";
import type work from "./worker.ts";

export interface ZooOptions extends Omit<SpecimenTask, "plant"> {
  /** As `plantsOf` gives them. */
  readonly plants: readonly string[];
  /** Worker threads. */
  readonly workers: number;
  /** Milliseconds since any fixed moment. */
  readonly clock: () => number;
  readonly signal: AbortSignal;
  /** Told of every specimen as soon as all its hunts are done, with the record so far. */
  readonly onSpecimen: (specimen: Specimen, record: ZooRecord) => void;
}

/**
 * The names of what can be planted: every fault that has a patch for the place.
 *
 * @param ids only these faults; null for all.
 * @throws BadInput when there is no such fault.
 */
export function plantsOf(level: Level, ids: readonly string[] | null, places: readonly Where[]): string[] {
  const roster = rosters[level];
  const unknown = ids?.find((id) => roster.every((fault) => fault.id !== id));
  if (unknown !== undefined) throw new BadInput(`--ids: no planted fault is called ${unknown}`);
  const faults = ids === null ? roster : roster.filter(({ id }) => ids.includes(id));
  return faults.flatMap((fault) => {
    const has = { impl: fault.impl.length > 0, model: fault.model.length > 0 };
    const isPlantable = (where: Where) => (where === "both" ? has.impl && has.model : has[where]);
    return places.filter(isPlantable).map((where) => plantName({ fault, where }));
  });
}

/** Plants each fault and hunts it with every seed. */
export async function runZoo(options: ZooOptions): Promise<ZooRecord> {
  const { plants, workers, clock, signal, onSpecimen, ...hunting } = options;
  const started = clock();
  const done: (Specimen | undefined)[] = plants.map(() => undefined);
  const record = (): ZooRecord => {
    const { level, seed, seeds, seconds, oracles } = hunting;
    const specimens = done.filter((specimen) => specimen !== undefined);
    return {
      format: "capwright-zoo",
      version: 2,
      level,
      seed,
      seeds,
      seconds,
      oracles,
      interrupted: specimens.length < plants.length,
      elapsedMs: Math.round(clock() - started),
      specimens,
    };
  };

  let next = 0;
  const hasMore = () => next < plants.length && !signal.aborted;
  const keep = async () => {
    while (hasMore()) {
      const thread = openThread();
      for (let count = 0; count < THREAD_SPECIMENS && hasMore(); count++) {
        const at = next++;
        const specimen = await hunted(thread, { ...hunting, plant: plants[at]! }, signal);
        if (specimen === null) continue;
        done[at] = specimen;
        onSpecimen(specimen, record());
      }
      await thread.destroy();
    }
  };
  await Promise.all(Array.from({ length: workers }, keep));
  return record();
}

/** What a thread has planted stays in memory, some 20 MB for each variant: after so many it makes room for a new one. */
const THREAD_SPECIMENS = 16;

type Thread = Piscina<Parameters<typeof work>[0], Awaited<ReturnType<typeof work>>>;

function openThread(): Thread {
  const isSource = import.meta.url.endsWith(".ts");
  return new Piscina({
    filename: new URL(isSource ? "./worker.ts" : "./worker.js", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    execArgv: isSource ? ["--import", "tsx"] : [],
  });
}

/** Null if it was interrupted. */
async function hunted(thread: Thread, task: SpecimenTask, signal: AbortSignal): Promise<Specimen | null> {
  try {
    return await thread.run(task, { signal });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}
