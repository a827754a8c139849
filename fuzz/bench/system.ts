/** `npm run bench:system`: what sharing costs cVMs, as ratios of figures taken in one run; up to what a capfile can hold. */

import type { Plan } from "../cvm/plan.ts";
import { copies, crossings, planFor, planRunner, stepsOnce } from "./copies.ts";
import { rates, type Task } from "./measure.ts";

const ROUNDS = 3;
const ROUND_MS = 60;
const SIZES = [64, 256, 1024, 4096, 16_384, 65_536];
/** Bytes of one run: start and end of the cVMs should not count for much. */
const BYTES = 1 << 23;
const TIMES_MAX = 1000;

benchCrossings();
await benchCopies();

function benchCrossings(): void {
  console.log("| crossing | machine steps |\n|---|---|");
  for (const way of crossings) console.log(`| ${way.name} | ${Math.round(stepsOnce(way, 0))} |`);
}

/** Time for a number of bytes, in pieces of each size, as a multiple of the time for a plain copy. */
async function benchCopies(): Promise<void> {
  console.log(`\n| copy | ${SIZES.map(spell).join(" | ")} |\n|---|${SIZES.map(() => "---|").join("")}`);
  const run = planRunner();
  const columns: number[][] = [];
  for (const size of SIZES)
    columns.push(
      await rates(
        copies.map((way) => taskOf(way, size, run)),
        ROUNDS,
        ROUND_MS,
      ),
    );
  for (const [index, { name }] of copies.entries()) {
    const cells = columns.map((column) =>
      index === 0
        ? `${(column[0]! / 1e6).toPrecision(3)} MB/s`
        : `${(column[0]! / column[index]!).toFixed(2)} ×`,
    );
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
}

/** Its "instructions" are bytes. */
function taskOf(way: (typeof copies)[number], size: number, run: (plan: Plan) => number): Task {
  const times = Math.min(TIMES_MAX, Math.ceil(BYTES / size));
  const plan = planFor(way, times, size);
  return { name: way.name, instructions: times * size, run: () => void run(plan) };
}

function spell(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1 << 20 ? `${bytes >> 10} KiB` : `${bytes >> 20} MiB`;
}
