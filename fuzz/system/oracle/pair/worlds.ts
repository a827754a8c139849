/** Scripts in two worlds, from their beginning to their end, and the pairs that are made for scripts. */
import type { SecretPair, Step, SystemScript } from "../../../../model/system-contract.ts";
import type { Random } from "../../../generate/random.ts";
import { stepsOf } from "../../lockstep.ts";
import { type Leak, type PairCounts, PairRun } from "./pair.ts";
import type { Worlds } from "./sighting.ts";
import { variedSteps } from "./variation.ts";

/** Runs a script in two worlds: where somebody can tell them apart, or null. */
export function leakIn(
  script: SystemScript,
  pair: SecretPair,
  worlds: Worlds,
  counts: PairCounts,
): Leak | null {
  const steps = stepsOf(script);
  const others = pair.form === "run" ? variedSteps(script, pair, worlds[0]) : steps;
  const run = new PairRun(worlds, pair, counts);
  for (const [at, step] of steps.entries()) {
    const leak = run.take(step, others[at]!);
    if (leak !== null) return leak;
    if (run.isOver) return null;
  }
  return run.finish();
}

/** A pair for a script: whose secrets differ is drawn from those that are created first, most often. */
export function pairFor(script: SystemScript, random: Random): SecretPair {
  const later = script.steps.flatMap((step) =>
    step.by === null && step.event.do === "create" ? [step.event.cvm.name] : [],
  );
  const isLater = later.length > 0 && (script.cvms.length === 0 || random.odds(1, 6));
  const first = script.cvms.map(({ name }) => name);
  const cvm = random.pick(isLater ? later : first.length > 0 ? first : ["nobody"]);
  const birth = isLater && first.includes(cvm) ? 1 : 0;
  const form = random.odds(1, 4) ? "run" : "steps";
  return { form, cvm, birth, seed: random.next(), bytes: null, registers: null };
}

/** Where the subject of a pair stores something of its own at the start, and how much: offsets in its data part. */
const STORED: readonly (readonly [offset: number, length: number])[] = [
  [0x180, 64],
  [0x300, 64],
  [0x700, 128],
  [0xf00, 256],
  [0x1500, 64],
  [0x1a00, 512],
];

/** The script with steps by which the subject stores something of its own before all others: for the form `run`. */
export function withSecrets(script: SystemScript, pair: SecretPair): SystemScript {
  if (pair.form !== "run" || !script.cvms.some(({ name }) => name === pair.cvm)) return script;
  const first = STORED.map(([offset, length], index): Step => {
    const address = { kind: "at", cvm: null, part: "data", offset: BigInt(offset) } as const;
    const seed = (pair.seed + index) & 0xff;
    return { by: { cvm: pair.cvm, thread: 0 }, action: { do: "fill", address, length, seed } };
  });
  const from = script.cvms.length;
  const rest = script.steps.map((step) => later(step, from, first.length));
  return { ...script, steps: [...first, ...rest] };
}

/** The same data with every result taken from that many steps later, where it is of a step from `from` on. */
function later<T>(data: T, from: number, count: number): T {
  const moved = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(moved);
    if (typeof one !== "object" || one === null) return one;
    const isResult = "kind" in one && one.kind === "result" && "step" in one && Number(one.step) >= from;
    const entries = Object.entries(one).map(([name, value]): [string, unknown] => [
      name,
      isResult && name === "step" ? Number(value) + count : moved(value),
    ]);
    return Object.fromEntries(entries);
  };
  return moved(data) as T;
}
