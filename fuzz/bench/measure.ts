import { Bench } from "tinybench";

/** Work of a known number of guest instructions. */
export interface Task {
  readonly name: string;
  readonly instructions: number;
  readonly run: () => void | Promise<void>;
}

/**
 * Guest instructions per second of each task, in the order given: the best of several rounds.
 *
 * The tasks of one call take turns, round after round, so that a busy minute of the machine hits all of them alike;
 * the best round is the one that was disturbed least. Only ratios of one call mean anything on another machine.
 */
export async function rates(tasks: readonly Task[], rounds: number, roundMs: number): Promise<number[]> {
  const best = tasks.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    for (const [index, task] of tasks.entries()) {
      const bench = new Bench({
        time: roundMs,
        iterations: 1,
        warmup: round === 0,
        warmupTime: roundMs,
        throws: true,
      });
      bench.add(task.name, task.run);
      await bench.run();
      const result = bench.tasks[0]!.result;
      if (result.state !== "completed")
        throw new Error(`defect: the benchmark ${task.name} ended ${result.state}`);
      best[index] = Math.max(best[index]!, (task.instructions * 1000) / result.latency.min);
    }
  }
  return best;
}
