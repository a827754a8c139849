import { setImmediate } from "node:timers/promises";
import { Piscina } from "piscina";
import type { Bench } from "./bench.ts";
import { runShard, type ShardResult, type ShardTask } from "./shard.ts";

/** Whoever runs the shards of a campaign: any number at once, in the order in which they are given. */
export interface Crew {
  run(task: ShardTask): Promise<ShardResult>;
  close(): Promise<void>;
}

/** Runs shards in this thread, one after the other; timers and signals get their turn between two shards. */
export function loneCrew(bench: Bench): Crew {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const result = last.then(async () => {
        await setImmediate();
        return runShard(bench, task);
      });
      last = result.catch(() => undefined);
      return result;
    },
    close: async () => {},
  };
}

/** A worker's heap in MiB: it needs some 30, and without a limit V8 lets garbage pile up instead. */
const HEAP = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 24 };

/** Runs shards in worker threads. */
export function threadedCrew(workers: number): Crew {
  const isSource = import.meta.url.endsWith(".ts");
  const pool = new Piscina({
    filename: new URL(isSource ? "./worker.ts" : "./worker.js", import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    resourceLimits: HEAP,
    execArgv: isSource ? ["--import", "tsx"] : [],
  });
  return { run: (task) => pool.run(task), close: () => pool.destroy() };
}
