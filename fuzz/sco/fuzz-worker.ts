/** The entry of a worker thread: one stretch a call. */
import { runShard, type ShardResult, type ShardTask } from "./fuzz-shard.ts";

export default function work(task: ShardTask): ShardResult {
  return runShard(task);
}
