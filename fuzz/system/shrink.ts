/** Makes a failing script small: fewer steps and cVMs, simpler values, smaller sizes, as long as it fails in the same way. */
import { createHash } from "node:crypto";
import type { Step, StepReport, SystemScript, ThreadName, Turn, Value } from "../../model/system-contract.ts";
import { scriptOf } from "./generate.ts";
import { threadText } from "./listing.ts";
import { stepsOf } from "./lockstep.ts";
import { shrinkObjects } from "./shrink-object.ts";
import { shrinkSchedule } from "./shrink-schedule.ts";
import { simplerSteps, withValues } from "./shrink-step.ts";

/** What is asked of a script while it shrinks. */
export interface Question {
  /** Whether it fails in the way that matters. */
  readonly fails: (script: SystemScript) => boolean;
  /** What the reference does in its steps. */
  readonly reports: (script: SystemScript) => readonly StepReport[];
  /** Scripts that may be tried. */
  readonly testsMax: number;
}

export interface Shrunk {
  readonly script: SystemScript;
  readonly tests: number;
  /** Whether leaving out any one step makes it no longer fail so; false if the tests ran out. */
  readonly isMinimal: boolean;
}

/** The smallest script found that fails as this one does. Creations are steps like all others. */
export function shrinkScript(script: SystemScript, question: Question): Shrunk {
  const search = new Search(stepsOf(script), script.schedule, question);
  for (let before = -1; before !== search.taken; ) {
    before = search.taken;
    dropCvms(search);
    dropSteps(search);
    shrinkSchedule(search);
    mergeThreads(search);
    shrinkObjects(search);
    simplify(search);
  }
  return { script: search.script(), tests: search.tests, isMinimal: !search.isExhausted() };
}

class Search {
  best: readonly Step[];
  schedule: readonly Turn[];
  tests = 0;
  /** Offers taken. */
  taken = 0;
  readonly #question: Question;
  /** Scripts that were tried in vain. */
  readonly #vain = new Set<string>();

  constructor(steps: readonly Step[], schedule: readonly Turn[], question: Question) {
    this.best = steps;
    this.schedule = schedule;
    this.#question = question;
  }

  script(): SystemScript {
    return scheduled(this.best, this.schedule);
  }

  isExhausted(): boolean {
    return this.tests >= this.#question.testsMax;
  }

  /** Takes these steps over if they fail too, under this schedule. */
  offer(steps: readonly Step[], schedule: readonly Turn[] = this.schedule): boolean {
    if (this.isExhausted()) return false;
    const script = scheduled(steps, schedule);
    const digest = digestOf(script);
    if (this.#vain.has(digest)) return false;
    this.tests++;
    if (!this.#question.fails(script)) {
      this.#vain.add(digest);
      return false;
    }
    this.best = steps;
    this.schedule = schedule;
    this.taken++;
    return true;
  }

  /** Offers the best without some steps; what refers to one of them says its value instead. */
  offerWithout(isGone: (step: Step, at: number) => boolean): boolean {
    const kept = this.best.map((step, at) => !isGone(step, at));
    if (kept.every(Boolean)) return false;
    const reports = this.#question.reports(this.script());
    const numbers: number[] = [];
    let count = 0;
    for (const isKept of kept) numbers.push(isKept ? count++ : -1);
    const renumbered = (value: Value): Value => {
      if (value.kind !== "result") return value;
      const step = numbers[value.step]!;
      return step >= 0 ? { ...value, step } : { kind: "number", value: resultIn(reports, value) };
    };
    return this.offer(this.best.filter((_, at) => kept[at]!).map((step) => withValues(step, renumbered)));
  }
}

/** The same for the same script, and for no other. */
function digestOf(script: SystemScript): string {
  const text = JSON.stringify(script, (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  return createHash("sha256").update(text).digest("base64");
}

function scheduled(steps: readonly Step[], schedule: readonly Turn[]): SystemScript {
  return { ...scriptOf(steps), schedule };
}

function resultIn(reports: readonly StepReport[], value: Extract<Value, { kind: "result" }>): bigint {
  const outcome = reports[value.step]?.outcome;
  return outcome?.kind === "returned" ? (outcome.values[value.index] ?? 0n) : 0n;
}

/** A cVM goes with everything that it does and that happens to it. */
function dropCvms(search: Search): void {
  const names = new Set(search.best.flatMap((step) => (step.by === null ? [] : [step.by.cvm])));
  for (const name of names) search.offerWithout((step) => nameIn(step) === name);
}

function nameIn(step: Step): string | null {
  if (step.by !== null) return step.by.cvm;
  if (step.event.do === "create") return step.event.cvm.name;
  return step.event.do === "advance" ? null : step.event.cvm;
}

/** Runs of steps go, shorter and shorter ones; single ones last, until none can go. */
function dropSteps(search: Search): void {
  for (let size = Math.ceil(search.best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    // What is last goes first: most often nothing refers to it.
    for (let from = search.best.length - size; from > -size; ) {
      const first = Math.max(0, from);
      const isDropped = search.offerWithout((_, at) => at >= first && at < first + size);
      from -= isDropped && size === 1 ? 1 : size;
    }
  }
}

/** One thread does what another did: fewer threads, and cVMs that nobody needs any more. */
function mergeThreads(search: Search): void {
  const threads = new Map(
    search.best.flatMap((step) => (step.by === null ? [] : [[threadText(step.by), step.by]])),
  );
  for (const from of threads.keys()) {
    const moved = (to: ThreadName) =>
      search.best.map((step) =>
        step.by !== null && threadText(step.by) === from ? { ...step, by: to } : step,
      );
    const others = [...threads].filter(([name]) => name !== from);
    if (others.some(([, to]) => search.offer(moved(to)))) threads.delete(from);
  }
}

/** Every value, length and size of every step becomes as simple as it can. */
function simplify(search: Search): void {
  for (let at = search.best.length - 1; at >= 0; at--) {
    for (let again = true; again; ) {
      again = simplerSteps(search.best[at]!).some((step) => search.offer(search.best.with(at, step)));
    }
  }
}
