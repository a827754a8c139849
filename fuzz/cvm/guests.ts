/**
 * Guest programs for scripts: cVMs that belong together, as the examples of corpora/cvm describe them, and scripts in which
 * they run in slices. What they are given of each other holds only if they are created first, in this order.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CvmDescription, Step, SystemScript, Turn } from "../../model/system-contract.ts";
import type { Random } from "../generate/random.ts";
import { readText } from "../program/index.ts";
import { threadText } from "../system/listing.ts";
import { parseDescription } from "./description.ts";
import { planOf } from "./plan.ts";

/** Examples whose cVMs are few. */
export const casts = [
  "echo-call",
  "echo-stream",
  "kv",
  "producer-consumer",
  "nested",
  "capfile",
  "spinner",
  "packets",
  "workers",
  "exceptions",
] as const;
export type CastName = (typeof casts)[number];

/** How many threads the cVMs of a cast have, where it is more than one. */
const threadsOf: Partial<Readonly<Record<CastName, number>>> = { workers: 3 };

/** How a script goes. */
export interface ScriptShape {
  readonly turns: number;
  /** Machine steps of a turn, at most. */
  readonly quantum: number;
}

/** Nanoseconds that pass at a time, now and then. */
const PASSING_NS = [1_000n, 20_000n, 200_000n] as const;
/** One turn in so many is the world's: time passes. */
const WORLD_EVERY = 6;
/** Programs go on in pieces of 4096 machine steps (system-contract.ts). */
const PIECE_STEPS = 4096;

/** The cVMs of an example, layers before those inside them. */
export function castOf(name: CastName): readonly CvmDescription[] {
  const file = `${folder()}${name}.yaml`;
  return planOf(parseDescription(readText(file), file)).cvms.map(({ description }) => description);
}

/** A script in which the guests of a cast run, in turns that are drawn at random, while time passes. */
export function guestScript(name: CastName, random: Random, { turns, quantum }: ScriptShape): SystemScript {
  const cvms = castOf(name);
  const threads = threadsOf[name] ?? 1;
  const steps: Step[] = [];
  const schedule: Turn[] = [];
  const left = new Map<string, number>();
  for (let turn = 0; turn < turns; turn++) {
    if (random.odds(1, WORLD_EVERY)) {
      steps.push({ by: null, event: { do: "advance", ns: random.pick(PASSING_NS) } });
      schedule.push({ thread: null, steps: 1 });
      continue;
    }
    const thread = { cvm: random.pick(cvms).name, thread: threads === 1 ? 0 : random.below(threads) };
    const length = 1 + random.below(quantum);
    const who = threadText(thread);
    const rest = left.get(who) ?? 0;
    if (rest < length) steps.push({ by: thread, action: { do: "go" } });
    left.set(who, (rest < length ? PIECE_STEPS : rest) - length);
    schedule.push({ thread, steps: length });
  }
  return { format: "capwright-script", version: 1, level: "system", cvms, steps, schedule };
}

/** Where the examples are: beside the sources, whether this runs from them or from what was built of them. */
function folder(): string {
  const places = ["../../corpora/cvm/", "../../../corpora/cvm/"].map((one) =>
    fileURLToPath(new URL(one, import.meta.url)),
  );
  return places.find((one) => existsSync(one)) ?? places[0]!;
}
