import { Piscina } from "piscina";
import { BadInput } from "../bad-input.ts";
import { plantName } from "../faults/plant.ts";
import { roster } from "../faults/roster.ts";
import type { Specimen, Where, ZooRecord } from "./record.ts";
import { huntSpecimen, type SpecimenTask } from "./specimen.ts";

export interface ZooOptions extends Omit<SpecimenTask, "plant"> {
  /** As `plantsOf` gives them. */
  readonly plants: readonly string[];
  /** Worker threads; 1 stays in this thread. */
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
export function plantsOf(ids: readonly string[] | null, places: readonly Where[]): string[] {
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
    const { seed, seeds, seconds, oracles } = hunting;
    const specimens = done.filter((specimen) => specimen !== undefined);
    return {
      format: "capwright-zoo",
      version: 1,
      seed,
      seeds,
      seconds,
      oracles,
      interrupted: specimens.length < plants.length,
      elapsedMs: Math.round(clock() - started),
      specimens,
    };
  };

  const keepers = workers === 1 ? loneKeepers({ clock, signal }) : threadedKeepers(workers, signal);
  let next = 0;
  const keep = async () => {
    while (next < plants.length && !signal.aborted) {
      const at = next++;
      const specimen = await keepers.hunt({ ...hunting, plant: plants[at]! });
      if (specimen === null) continue;
      done[at] = specimen;
      onSpecimen(specimen, record());
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, keep));
  } finally {
    await keepers.close();
  }
  return record();
}

/** Whoever hunts specimens, as many at once as there are workers. */
interface Keepers {
  /** Null if it was interrupted. */
  hunt(task: SpecimenTask): Promise<Specimen | null>;
  close(): Promise<void>;
}

function loneKeepers(tools: Parameters<typeof huntSpecimen>[1]): Keepers {
  return { hunt: (task) => huntSpecimen(task, tools), close: async () => {} };
}

function threadedKeepers(workers: number, signal: AbortSignal): Keepers {
  const isSource = import.meta.url.endsWith(".ts");
  const pool = new Piscina({
    filename: new URL(isSource ? "./worker.ts" : "./worker.js", import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    execArgv: isSource ? ["--import", "tsx"] : [],
  });
  return {
    async hunt(task) {
      try {
        return await pool.run(task, { signal });
      } catch (error) {
        if (signal.aborted) return null;
        throw error;
      }
    },
    close: () => pool.destroy(),
  };
}
