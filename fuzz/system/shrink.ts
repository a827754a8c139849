/** Makes a failing script small: fewer steps and cVMs, simpler values, smaller sizes, as long as it fails in the same way. */
import type {
  CvmDescription,
  Step,
  StepReport,
  SystemScript,
  ThreadName,
  Turn,
  Value,
} from "../../model/system-contract.ts";
import { scriptOf } from "./generate.ts";
import { threadText } from "./listing.ts";
import { stepsOf } from "./lockstep.ts";
import { simplerObjects } from "./shrink-object.ts";
import { shrinkSchedule } from "./shrink-schedule.ts";

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
    this.tests++;
    if (!this.#question.fails(scheduled(steps, schedule))) return false;
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

/** Files of objects become as simple as they can. */
function shrinkObjects(search: Search): void {
  for (let again = true; again; ) again = simplerObjects(search.best).some((steps) => search.offer(steps));
}

/** Every value, length and size of every step becomes as simple as it can. */
function simplify(search: Search): void {
  for (let at = search.best.length - 1; at >= 0; at--) {
    for (let again = true; again; ) {
      again = simplerSteps(search.best[at]!).some((step) => search.offer(search.best.with(at, step)));
    }
  }
}

function simplerSteps(step: Step): readonly Step[] {
  if (step.by === null) return simplerEvents(step);
  const found: Step[] = [];
  let count = 0;
  withValues(step, (value) => {
    count++;
    return value;
  });
  for (let place = 0; place < count; place++) {
    let index = 0;
    const wanted: Value[] = [];
    withValues(step, (value) => {
      if (index++ === place) wanted.push(...simplerValues(value));
      return value;
    });
    for (const simpler of wanted) {
      let here = 0;
      found.push(withValues(step, (value) => (here++ === place ? simpler : value)));
    }
  }
  const { action } = step;
  if (action.do === "fill") {
    const lengths = lower(action.length);
    found.push(...lengths.map((length): Step => ({ ...step, action: { ...action, length } })));
    if (action.seed > 0) found.push({ ...step, action: { ...action, seed: 0 } });
  }
  if (action.do === "call" && action.args.at(-1)?.kind === "number") {
    const last = action.args.at(-1)!;
    if (last.kind === "number" && last.value === 0n) {
      found.push({ ...step, action: { ...action, args: action.args.slice(0, -1) } });
    }
  }
  if (action.do === "body")
    found.push(...simplerBodies(action.words).map((words) => ({ ...step, action: { ...action, words } })));
  if (action.do === "call-number" && action.args.length > 0) {
    found.push({ ...step, action: { ...action, args: action.args.slice(0, -1) } });
  }
  return found;
}

const NOP = 0x13;

/** Halves and single words go, or become nothing to do. */
function simplerBodies(words: readonly number[]): readonly (readonly number[])[] {
  const half = words.length >> 1;
  const halves = half > 0 ? [words.slice(0, half), words.slice(half)] : [];
  const without = words.map((_, at) => words.filter((_word, other) => other !== at));
  const idle = words.flatMap((word, at) => (word === NOP ? [] : [words.with(at, NOP)]));
  return [...halves, ...(words.length > 1 ? without : []), ...idle];
}

function simplerEvents(step: Extract<Step, { by: null }>): readonly Step[] {
  const { event } = step;
  if (event.do === "advance") {
    return event.ns > 1n ? [1n, event.ns / 2n].map((ns): Step => ({ ...step, event: { ...event, ns } })) : [];
  }
  if (event.do !== "create") return [];
  return simplerCvms(event.cvm).map((cvm): Step => ({ ...step, event: { ...event, cvm } }));
}

/** The smallest cVM that can be: three pages of code, two of data. */
const CODE_SIZE = 0x3000;
const DATA_SIZES = [0x2000, 0x4000, 0x8000];

function simplerCvms(cvm: CvmDescription): readonly CvmDescription[] {
  const { codeSize, size, quotas } = cvm;
  const dataSize = size - codeSize;
  const found: CvmDescription[] = [];
  if (cvm.image !== "") found.push({ ...cvm, image: "" });
  if (cvm.parent !== null) found.push({ ...cvm, parent: null });
  if (cvm.parent !== null && cvm.parent.at !== 0) found.push({ ...cvm, parent: { ...cvm.parent, at: 0 } });
  if (codeSize > CODE_SIZE) found.push({ ...cvm, codeSize: CODE_SIZE, size: CODE_SIZE + dataSize });
  for (const less of DATA_SIZES) if (less < dataSize) found.push({ ...cvm, size: codeSize + less });
  for (const [what, count] of Object.entries(quotas)) {
    const least = what === "threads" ? 1 : 0;
    const fewer = [least, count - 1].filter((one) => one >= least && one < count);
    for (const one of fewer) found.push({ ...cvm, quotas: { ...quotas, [what]: one } });
  }
  return found;
}

/** Steps before the one whose result is meant that are tried in its stead. */
const EARLIER_MAX = 8;

function simplerValues(value: Value): readonly Value[] {
  const number = (one: bigint): Value => ({ kind: "number", value: one });
  switch (value.kind) {
    case "number":
      return [0n, 1n, value.value / 2n, value.value & (value.value - 1n)]
        .filter((one) => one < value.value)
        .map(number);
    case "at": {
      const places = [0n, value.offset / 2n].filter((one) => one !== value.offset);
      return [number(0n), ...places.map((offset): Value => ({ ...value, offset }))];
    }
    case "result": {
      const first = Math.max(0, value.step - EARLIER_MAX);
      const earlier = Array.from(
        { length: value.step - first },
        (_, at): Value => ({ ...value, step: first + at }),
      );
      return [number(0n), ...earlier];
    }
  }
}

function lower(count: number): readonly number[] {
  return [0, 1, count >> 1].filter((one) => one < count);
}

/** The step with each of its values changed. */
function withValues(step: Step, change: (value: Value) => Value): Step {
  const wanted = step.expect?.result;
  const result = wanted === undefined || wanted.kind === "error" ? wanted : change(wanted);
  const expect = result === undefined ? {} : { expect: { result } };
  if (step.by === null) return { ...step, ...expect };
  const { action } = step;
  switch (action.do) {
    case "call":
    case "call-number":
      return { ...step, ...expect, action: { ...action, args: action.args.map(change) } };
    case "load":
    case "fill":
    case "place":
      return { ...step, ...expect, action: { ...action, address: change(action.address) } };
    case "store":
      return {
        ...step,
        ...expect,
        action: { ...action, address: change(action.address), value: change(action.value) },
      };
    case "narrow":
      return {
        ...step,
        ...expect,
        action: { ...action, address: change(action.address), length: change(action.length) },
      };
    case "body":
    case "go":
      return { ...step, ...expect };
  }
}
