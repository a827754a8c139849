/** The entry of a worker thread: one shard a call. The machines are built once and kept. */
import { type Bench, createBench } from "./bench.ts";
import { runShard, type ShardResult, type ShardTask } from "./shard.ts";

let bench: Bench | null = null;

export default function work(task: ShardTask): ShardResult {
  bench ??= createBench(task.faults);
  return runShard(bench, task);
}
