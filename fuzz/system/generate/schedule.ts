/**
 * Makes of a script one that runs in slices: bodies and events of a nemesis in the place of steps that nobody needs, and
 * a schedule under which threads meet. It keeps to the order of the steps by and large, so that what they need is there.
 */
import type { Step, SystemScript, ThreadName, Turn } from "../../../model/system-contract.ts";
import type { Random } from "../../generate/random.ts";
import { valuesOf } from "../script.ts";
import { bodyWords } from "./body.ts";

/** More machine steps than any step takes. */
const WHOLE = 1_000_000;
/** Steps of the script whose threads take turns with each other. */
const WINDOW = 6;
/** Machine steps of a slice that may take a thread to where it asks, or from there to the end of its step. */
const PART = 48;

/** The script, run in slices. Results that steps refer to are those of the same steps. */
export function sliced(script: SystemScript, random: Random): SystemScript {
  const share = random.pick([0, 0, 1]);
  const steps = replaced(script, random, share);
  return { ...script, steps, schedule: random.odds(1, 4) ? [] : scheduleOf(steps, random) };
}

function replaced({ cvms, steps }: SystemScript, random: Random, share: number): Step[] {
  const needed = new Set(
    steps.flatMap(valuesOf).flatMap((value) => (value.kind === "result" ? [value.step] : [])),
  );
  return steps.map((step, at) => {
    if (step.by === null || needed.has(cvms.length + at) || !random.odds(share, 24)) return step;
    return insteadOf(step.by, random);
  });
}

function insteadOf(by: ThreadName, random: Random): Step {
  if (random.odds(1, 12)) return { by, action: { do: "go" } };
  if (random.odds(1, 12)) return { by: null, event: { do: "kill", cvm: by.cvm } };
  if (random.odds(1, 12)) return { by: null, event: { do: "advance", ns: BigInt(random.below(2000)) } };
  return { by, action: { do: "body", words: bodyWords(random) } };
}

type Length = (random: Random) => number;
/** How long slices are: each instruction, a few, about a call, or until something happens. */
const lengths: readonly Length[] = [
  () => 1,
  (random) => 1 + random.below(8),
  (random) => 1 + random.below(70),
  (random) => 1 + random.below(70),
  (random) => 50 + random.below(400),
  () => WHOLE,
];

/** Whether a step is of the kind that others should come between. */
function isLong(step: Step): boolean {
  if (step.by === null) return false;
  const { action } = step;
  return action.do === "body" || (action.do === "call" && /^(cp_file_p|sco_call)/.test(action.call));
}

/** How a step begins; before a death, what those are about who die. */
function firstOf(step: Step, random: Random): Turn[] {
  if (step.by !== null) {
    const steps = isLong(step) ? 40 + random.below(300) : 1 + random.below(120);
    return random.odds(1, 2) || isLong(step) ? [{ thread: step.by, steps }] : [];
  }
  const { event } = step;
  const world = { thread: null, steps: 1 };
  if (event.do !== "kill") return [world];
  const dying = [0, 1].map((thread) => ({ thread: { cvm: event.cvm, thread }, steps: 8 + random.below(60) }));
  return [...dying, world];
}

/** Slices that a step takes to its end: a call has one up to where it asks, and one from there on. */
function slicesOf({ action }: Extract<Step, { action: unknown }>): number {
  if (action.do === "body" || action.do === "go") return 3;
  const isLocal = action.do === "call" && /^(cp_(file_p(read|write)|buffer)|sco_call)/.test(action.call);
  return action.do.startsWith("call") && !isLocal ? 2 : 1;
}

/**
 * Who runs when: threads that are about to act take turns, then each does what is left of its step, sooner or later. No
 * thread comes far before its time, when what it needs is not there yet.
 */
export function scheduleOf(steps: readonly Step[], random: Random): Turn[] {
  const turns: Turn[] = [];
  const style = random.odds(1, 3) ? random.pick(lengths) : null;
  const lag = random.pick([0, 1, 2, 4]);
  const begun: { readonly by: ThreadName; readonly slices: number }[] = [];
  /** Slices that threads have had before their time. */
  const early = new Map<string, number>();
  const add = (thread: ThreadName, slice: number) => {
    const name = `${thread.cvm}.${thread.thread}`;
    if (slice >= PART) early.set(name, (early.get(name) ?? 0) + 1);
    turns.push({ thread, steps: slice });
  };
  for (const [at, step] of steps.entries()) {
    const { by } = step;
    const about = steps.slice(at, at + WINDOW);
    while (random.odds(1, 2)) {
      const length = style ?? random.pick(lengths);
      const { by: thread } = random.pick(about);
      // The world does not run ahead: what it creates and kills is needed by others.
      if (thread === null) continue;
      const count = length === lengths[0] ? 1 + random.below(40) : 1;
      for (let slice = 0; slice < count; slice++) add(thread, length(random));
    }
    for (const { thread, steps: first } of firstOf(step, random)) {
      if (thread === null) turns.push({ thread, steps: first });
      else add(thread, first);
    }
    if (by !== null) begun.push({ by, slices: slicesOf(step) });
    // Whoever copies has mostly not finished when the next one comes.
    const most = isLong(step) && random.odds(3, 4) ? lag + 1 : lag;
    while (begun.length > most) {
      const { by: thread, slices } = begun.splice(random.below(begun.length), 1)[0]!;
      const name = `${thread.cvm}.${thread.thread}`;
      const had = Math.min(early.get(name) ?? 0, slices);
      early.set(name, (early.get(name) ?? 0) - had);
      for (let slice = had; slice < slices; slice++) turns.push({ thread, steps: WHOLE });
    }
  }
  return turns;
}
