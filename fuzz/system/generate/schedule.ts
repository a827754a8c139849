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
/** Slices that a call takes at least: up to where it asks, and from there on. */
const CALL_SLICES = 2;

/** The script, run in slices. Results that steps refer to are those of the same steps. */
export function sliced(script: SystemScript, random: Random): SystemScript {
  const share = random.pick([0, 0, 1]);
  const steps = replaced(script, random, share);
  return { ...script, steps, schedule: random.odds(1, 8) ? [] : scheduleOf(steps, random) };
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
  return action.do === "body" || (action.do === "call" && /^cp_file_p/.test(action.call));
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

/** Who runs when: threads that are about to act take turns, then each does what is left of its step, sooner or later. */
export function scheduleOf(steps: readonly Step[], random: Random): Turn[] {
  const turns: Turn[] = [];
  const style = random.odds(1, 3) ? random.pick(lengths) : null;
  const lag = random.pick([0, 1, 2, 4]);
  const begun: ThreadName[] = [];
  for (const [at, step] of steps.entries()) {
    const { by } = step;
    const about = steps.slice(at, at + WINDOW);
    while (random.odds(1, 2)) {
      const length = style ?? random.pick(lengths);
      const { by: thread } = random.pick(about);
      // The world does not run ahead: what it creates and kills is needed by others.
      if (thread === null) continue;
      const count = length === lengths[0] ? 1 + random.below(40) : 1;
      for (let slice = 0; slice < count; slice++) turns.push({ thread, steps: length(random) });
    }
    turns.push(...firstOf(step, random));
    if (by !== null) begun.push(by);
    // Whoever copies has mostly not finished when the next one comes.
    const most = isLong(step) && random.odds(3, 4) ? lag + 1 : lag;
    while (begun.length > most) {
      const thread = begun.splice(random.below(begun.length), 1)[0]!;
      for (let slice = 0; slice < CALL_SLICES; slice++) turns.push({ thread, steps: WHOLE });
    }
  }
  return turns;
}
