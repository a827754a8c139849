/** The entry of a worker thread: one shard a call. The machines are built once and kept. */
import { accepting, type Bench, createBench } from "./bench.ts";
import { runShard, type ShardResult, type ShardTask } from "./shard.ts";

let bench: Bench | null = null;

export default async function work(task: ShardTask): Promise<ShardResult> {
  bench ??= accepting(await createBench(task.faults, task.oracles), task.accepted);
  return runShard(bench, task);
}
