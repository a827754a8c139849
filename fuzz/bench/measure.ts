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

/** Work that can be done any number of times, a piece at a time. */
interface Repeated {
  /** Fewer times at once are not what is to be measured. */
  readonly timesMin: number;
  take(times: number): void;
}

/**
 * Nanoseconds of doing each of them once, in the order given. Pieces of `pieceMs` and more take turns for so many
 * rounds, and what counts is how long the fastest tenth of them took at most: short pieces are often left alone by
 * whatever else the machine does, long ones seldom.
 */
export function costs(tasks: readonly Repeated[], rounds: number, pieceMs: number): number[] {
  const timed = tasks.map((task) => ({ task, times: timesFor(task, pieceMs), took: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { task, times, took } of timed) took.push(msOf(task, times) / times);
  }
  return timed.map(({ took }) => 1e6 * took.sort((one, other) => one - other)[Math.floor(rounds / 10)]!);
}

/** Times that fill a piece, once it is warm. */
function timesFor(task: Repeated, pieceMs: number): number {
  const cold = timesNow(task, pieceMs);
  for (let piece = 0; piece < WARM_UP_PIECES; piece++) task.take(cold);
  return timesNow(task, pieceMs);
}

/** The fastest of some tries has to last: one that was disturbed is no full piece. */
function timesNow(task: Repeated, pieceMs: number): number {
  const fastest = (times: number) => Math.min(...Array.from({ length: TRIES }, () => msOf(task, times)));
  let times = task.timesMin;
  while (fastest(times) < pieceMs) times *= 2;
  return times;
}

const WARM_UP_PIECES = 50;
const TRIES = 5;

function msOf(task: Repeated, times: number): number {
  const start = performance.now();
  task.take(times);
  return performance.now() - start;
}
