import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../fuzz/generate/random.ts";
import { WordSource } from "../fuzz/generate/word-source.ts";
import { HeldState } from "../fuzz/oracle/held.ts";
import { judgeOf } from "../fuzz/oracle/judge.ts";
import { Closure, type Holdings } from "../fuzz/oracle/reachable/closure.ts";
import { Moment } from "../fuzz/oracle/reachable/moment.ts";
import { reachableOracle } from "../fuzz/oracle/reachable/oracle.ts";
import { rule } from "../fuzz/oracle/reachable/rule.ts";
import type { Capability, StepEvent } from "../model/contract.ts";
import { createModel } from "../model/machine/reference.ts";
import { generated } from "./judged-runs.ts";
import { PlainClosure } from "./reachable-closure.ts";

const START = { preset: "dii" } as const;
const SPACE = 1n << 64n;
/** Steps after which confined programs have confined themselves. */
const SETTLED = 70;

const model = createModel();
const source = new WordSource("closures", 128);

/** The steps of programs that have confined themselves. */
const runs = Array.from({ length: 400 }, () => {
  const { words } = generated(source, model);
  model.reset(START);
  return words.map((word) => model.inject(word));
}).filter((events) => events.length > SETTLED && !surveyed(heldBefore(events, SETTLED)).isEverything);

/** What is held before step `at` of a run. */
function heldBefore(events: readonly StepEvent[], at: number): HeldState {
  const held = new HeldState();
  held.reset(START);
  for (const event of events.slice(0, at)) held.take(event);
  return held;
}

/** All tagged capabilities that steps of a run left behind. */
function seenIn(events: readonly StepEvent[]): Capability[] {
  const written = events.flatMap(({ register, specials }) => [
    ...(register?.kind === "capability" ? [register.value] : []),
    ...specials.map(({ value }) => value),
  ]);
  return written.filter(({ tag }) => tag);
}

/** A capability with something changed, as a mistake would. */
function changed(cap: Capability, other: Capability, random: Random): Capability {
  const bit = BigInt(random.below(12));
  switch (random.below(8)) {
    case 0:
      return { ...cap, base: cap.base === 0n ? 0n : cap.base - 1n };
    case 1:
      return { ...cap, top: cap.top === SPACE ? SPACE : cap.top + 1n };
    case 2:
      return { ...cap, perms: cap.perms ^ (1n << bit) };
    case 3:
      return { ...cap, perms: other.perms };
    case 4:
      return { ...cap, otype: random.pick([other.otype, 0x3fffen, 0x3ffffn, 1n, 2n]) };
    case 5:
      return { ...cap, address: cap.address + 1n };
    case 6:
      return { ...cap, base: other.base, top: other.top };
    default:
      return other;
  }
}

/** The closures of a run at a random step, and capabilities of which some are in them. */
interface Scene {
  readonly held: HeldState;
  readonly plain: PlainClosure;
  readonly asked: readonly Capability[];
  /** A tagged register, or c1. */
  readonly place: number;
}

const scene: fc.Arbitrary<Scene> = fc.nat().map((seed) => {
  const random = new Random(`scene ${seed}`);
  const events = random.pick(runs);
  const held = heldBefore(events, SETTLED + random.below(events.length - SETTLED));
  const plain = new PlainClosure(held);
  const seen = [...seenIn(events), ...plain.found];
  const asked = Array.from({ length: 24 }, () => changed(random.pick(seen), random.pick(seen), random));
  const tagged = Array.from({ length: 31 }, (_, at) => at + 1).filter((index) => held.isTagged(index));
  return { held, plain, asked: [...asked, ...seen], place: tagged.length === 0 ? 1 : random.pick(tagged) };
});

function surveyed(held: Holdings): Closure {
  const closure = new Closure();
  closure.survey(held);
  return closure;
}

function without(held: HeldState, place: number): Holdings {
  return {
    mode: held.mode,
    isTagged: (index) => index !== place && held.isTagged(index),
    capability: (index) => held.capability(index),
    granules: () => held.granules(),
  };
}

// A closure that forgets to ask for Load_Cap, or to look for what a new authority unseals, differs here.
describe("the closure by its generators", () => {
  test("contains just what the plain closure contains", () => {
    let [inside, outside] = [0, 0];
    fc.assert(
      fc.property(scene, ({ held, plain, asked }) => {
        const closure = surveyed(held);
        for (const cap of asked) {
          const isIn = plain.contains(cap);
          expect(closure.contains(cap)).toBe(isIn);
          if (isIn) inside++;
          else outside++;
        }
      }),
    );
    expect(Math.min(inside, outside)).toBeGreaterThan(500);
  });

  test("is the same when a register comes last as when it is surveyed with the others", () => {
    let grown = 0;
    fc.assert(
      fc.property(scene, ({ held, plain, asked, place }) => {
        const closure = surveyed(without(held, place));
        const before = asked.filter((cap) => closure.contains(cap)).length;
        if (held.isTagged(place)) closure.add(held.capability(place), rule.reg, held);
        for (const cap of asked) expect(closure.contains(cap)).toBe(plain.contains(cap));
        if (asked.filter((cap) => closure.contains(cap)).length > before) grown++;
      }),
      { numRuns: 200 },
    );
    expect(grown).toBeGreaterThan(10);
  });

  test("loses nothing with a register that it does not need", () => {
    let kept = 0;
    fc.assert(
      fc.property(scene, ({ held, asked, place }) => {
        const closure = surveyed(held);
        const isNeeded = held.isTagged(place) && closure.needs(held.capability(place));
        const rest = isNeeded ? closure : surveyed(without(held, place));
        for (const cap of asked) expect(rest.contains(cap)).toBe(closure.contains(cap));
        if (held.isTagged(place) && !isNeeded) kept++;
      }),
      { numRuns: 200 },
    );
    expect(kept).toBeGreaterThan(10);
  });

  test("is the same of a moment that was kept", () =>
    fc.assert(
      fc.property(scene, ({ held, plain, asked }) => {
        const closure = surveyed(Moment.of(held));
        for (const cap of asked) expect(closure.contains(cap)).toBe(plain.contains(cap));
      }),
      { numRuns: 50 },
    ));
});

describe("the oracle", () => {
  // An oracle that takes a step's word for its source, or keeps a closure that has become less, differs here.
  test("objects to a forged register just when the plain closure of what was held does not contain it", () => {
    let [objected, agreed] = [0, 0];
    const oracle = reachableOracle();
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new Random(`forged ${seed}`);
        const events = random.pick(runs);
        const places = writesIn(events);
        const at = places.length === 0 ? -1 : random.pick(places);
        const event = events[at] ?? events[0]!;
        const seen = seenIn(events);
        const { register } = event;
        const cap = register?.kind === "capability" ? register.value : seen[0]!;
        const forged = changed(cap, random.pick(seen), random);
        const isLegal = at < 0 || new PlainClosure(heldBefore(events, at)).contains(forged);

        const judge = judgeOf([oracle]);
        judge.begin(START, null);
        for (const before of events.slice(0, Math.max(at, 0))) expect(judge.step(before)).toBeNull();
        const step =
          at < 0
            ? event
            : { ...event, register: { kind: "capability", index: register!.index, value: forged } as const };
        expect(judge.step(step) === null).toBe(isLegal);
        if (isLegal) agreed++;
        else objected++;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(objected, agreed)).toBeGreaterThan(50);
  });
});

/** Steps late in a run that wrote a tagged capability, but not what an invocation opened. */
function writesIn(events: readonly StepEvent[]): number[] {
  return events.flatMap(({ register, specials }, at) => {
    const isTagged = register?.kind === "capability" && register.value.tag;
    return at > SETTLED && isTagged && specials.length === 0 ? [at] : [];
  });
}
