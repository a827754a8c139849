/**
 * A script that fails, step by step: what each of two sides said, what of its tables and memory changed, and who may reach
 * what. Recorded where the finding is made, so that others can look at it without either side.
 */
import type {
  SecretPair,
  SystemScript,
  SystemUnderTest,
  SystemView,
  ThreadName,
} from "../../model/system-contract.ts";
import { reportText, stepText, threadText } from "./listing.ts";
import { noCounts } from "./oracle/pair/pair.ts";
import { leakIn } from "./oracle/pair/worlds.ts";
import type { SliceMoment } from "./slice-moment.ts";
import { asSliced, needsSlices, runSlices, stepsOf } from "./slices.ts";
import { type Change, changesOf, pagesIn, type Reach, reachIn } from "./walk-state.ts";

/** One step, or one slice of one. */
export interface WalkStep {
  /** The step of the script, counted from the first creation. */
  readonly at: number;
  /** The thread that acts; null for events. */
  readonly by: string | null;
  readonly text: string;
  /** The reference and the machine code, or two worlds. The other side is left out where it is the same. */
  readonly sides: readonly [WalkSide] | readonly [WalkSide, WalkSide];
}

export interface WalkSide {
  readonly said: string;
  readonly changes: readonly Change[];
  /** Who may reach what after it; left out where that is as before. */
  readonly reach?: readonly Reach[];
}

/** Steps that are kept, the last ones; changes of a step. */
const STEPS_MAX = 200;
const CHANGES_MAX = 60;

/** Both systems through a script, until they part or it is over. */
export function walkOf(
  script: SystemScript,
  expect: SystemUnderTest,
  actual: SystemUnderTest,
): readonly WalkStep[] {
  const both = needsSlices(script) ? asSliced(expect, actual) : null;
  if (both !== null) return slicedWalk(script, both.expect, both.actual);
  const sides = [watched(expect), watched(actual)] as const;
  const steps = stepsOf(script);
  for (const side of sides) side.system.reset();
  const reports: ReturnType<SystemUnderTest["step"]>[] = [];
  try {
    for (const step of steps) {
      const report = sides[0].system.step(step, reports);
      sides[1].system.step(step, reports);
      reports.push(report);
    }
  } catch {
    // What was thrown is what was said in that step.
  }
  return paired(script, sides);
}

/** Two worlds through a script, until somebody can tell them apart. */
export function walkOfWorlds(
  script: SystemScript,
  pair: SecretPair,
  worlds: readonly [SystemUnderTest, SystemUnderTest],
): readonly WalkStep[] {
  const sides = [watched(worlds[0]), watched(worlds[1])] as const;
  leakIn(script, pair, [sides[0].system, sides[1].system], noCounts());
  return paired(script, sides);
}

interface Watched {
  readonly system: SystemUnderTest;
  readonly told: WalkSide[];
}

/** A system whose steps are written down. Whatever else it can do, it still can. */
function watched(system: SystemUnderTest): Watched {
  const told: WalkSide[] = [];
  const state = new State(system);
  const step: SystemUnderTest["step"] = (...taken) => {
    state.look();
    try {
      const report = system.step(...taken);
      told.push(state.after(reportText(report)));
      return report;
    } catch (error) {
      told.push({ said: `thrown: ${(error as Error).message}`, changes: [] });
      throw error;
    }
  };
  const handler: ProxyHandler<SystemUnderTest> = {
    get: (target, name) => {
      if (name === "step") return step;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  };
  return { system: new Proxy(system, handler), told };
}

/** What a side looks like, and what has become of that. */
class State {
  readonly #system: SystemUnderTest;
  #view: SystemView | null = null;
  #pages = new Map<string, readonly (Uint8Array | null)[]>();
  #reach = "";

  constructor(system: SystemUnderTest) {
    this.#system = system;
  }

  look(): void {
    this.#view = this.#system.outline();
    this.#pages = pagesIn(this.#system, this.#view);
  }

  after(said: string): WalkSide {
    const before = this.#view;
    const pages = this.#pages;
    this.look();
    const changes = before === null ? [] : changesOf([before, this.#view!], [pages, this.#pages]);
    const reach = reachIn(this.#view!);
    const spelt = JSON.stringify(reach);
    const isSame = spelt === this.#reach;
    this.#reach = spelt;
    const rest = changes.length - CHANGES_MAX;
    const told = rest > 0 ? [...changes.slice(0, CHANGES_MAX), more(rest)] : changes;
    return { said, changes: told, ...(isSame ? {} : { reach }) };
  }
}

function more(count: number): Change {
  return { what: "and more", before: "", after: `${count} other changes` };
}

function paired(script: SystemScript, [one, two]: readonly [Watched, Watched]): WalkStep[] {
  const walk = stepsOf(script)
    .slice(0, one.told.length)
    .map((step, at): WalkStep => {
      const by = step.by === null ? null : threadText(step.by);
      const [first, second] = [one.told[at]!, two.told[at] ?? { said: "takes no step", changes: [] }];
      return { at, by, text: stepText(step), sides: sidesOf(first, second) };
    });
  return walk.slice(-STEPS_MAX);
}

/** A side that is as the other is told once. */
function sidesOf(one: WalkSide, two: WalkSide): WalkStep["sides"] {
  return JSON.stringify(one) === JSON.stringify(two) ? [one] : [one, two];
}

/** Slices in the order in which they were taken; last what the two look like where they part. */
function slicedWalk(
  script: SystemScript,
  expect: NonNullable<ReturnType<typeof asSliced>>["expect"],
  actual: NonNullable<ReturnType<typeof asSliced>>["actual"],
): WalkStep[] {
  const steps = stepsOf(script);
  const walk: WalkStep[] = [];
  const [reference, machine] = [new State(expect), new State(actual)];
  const tell = (at: number, by: string | null, text: string, said: string) =>
    walk.push({ at, by, text, sides: sidesOf(reference.after(said), machine.after(said)) });
  const { difference } = runSlices(script, expect, actual, (moment) => {
    const step = steps[moment.at];
    const text = step === undefined ? "" : stepText(step);
    tell(moment.at, textOf(moment.by), text, sliceText(moment));
  });
  if (difference !== null) {
    const step = steps[difference.at];
    tell(difference.at, textOf(step?.by ?? null), step === undefined ? "" : stepText(step), "they part");
  }
  return walk.slice(-STEPS_MAX);
}

function textOf(by: ThreadName | null): string | null {
  return by === null ? null : threadText(by);
}

function sliceText({ slice, event }: SliceMoment): string {
  if (slice === null) return event === null ? "bytes are put into memory" : "an event";
  const { end, steps, served, place } = slice;
  const reported = (outcome: Exclude<typeof served, null>) => reportText({ outcome, woken: [], devices: [] });
  const ended =
    end.kind === "preempted"
      ? `stopped in ${place ?? "no code"}`
      : end.kind === "asks"
        ? `asks for call ${end.number}`
        : reportText({ outcome: end, woken: slice.woken, devices: slice.devices });
  return [...(served === null ? [] : [`served: ${reported(served)}`]), `${steps} machine steps`, ended].join(
    "; ",
  );
}
