/**
 * Noninterference by paired runs: a script in two worlds that differ only in what one cVM keeps to itself.
 *
 * In the form `steps` every byte of that cVM that it does not make known in a step is other in the second world than in
 * the first, before each step anew, and so are its registers; what it makes known is the same. In the form `run` nothing
 * is touched: the second world's cVM stores other bytes. Whoever is not that cVM, nor a layer around it, must see the
 * same in both. Values that a script takes from results are those of the first world in both.
 */
import type { SecretPair, Step, StepReport, SystemUnderTest } from "../../../../model/system-contract.ts";
import { threadText } from "../../listing.ts";
import { isEqual } from "../../lockstep.ts";
import { valuesOf } from "../../script.ts";
import { Chronicle, type Intent, type Taken } from "./chronicle.ts";
import { Difference, type DifferingByte } from "./difference.ts";
import {
  inMemory,
  inOutlines,
  inRegisters,
  inReports,
  isSecret,
  type Sighting,
  type Worlds,
} from "./sighting.ts";
import { type Span, shared, united, without } from "./span.ts";
import { threadIn } from "./subject.ts";

/** Somebody could tell two worlds apart. */
export interface Leak {
  /** The step, counted from the first creation. */
  readonly at: number;
  readonly seen: readonly Sighting[];
  /** The last bytes that were made to differ before it. */
  readonly bytes: readonly DifferingByte[];
}

/** How often worlds were compared, and what was let go. */
export interface PairCounts {
  /** Steps after which the worlds looked the same though something of the subject differed, or had. */
  held: number;
  /** Steps at which nothing of it ever had. */
  vacuous: number;
  /** Steps with values that were those of the first world in both although the second had others. */
  frozen: number;
  /** Steps that made something known, by call; `body`: everything, since code of the subject ran. */
  readonly told: Map<string, number>;
}

export function noCounts(): PairCounts {
  return { held: 0, vacuous: 0, frozen: 0, told: new Map() };
}

/** Steps from one time that everything is compared, and everything secret made new, to the next. */
const WHOLE_EVERY = 32;

interface Saved {
  readonly span: Span;
  readonly bytes: Uint8Array;
}

export class PairRun {
  readonly #worlds: Worlds;
  readonly #counts: PairCounts;
  readonly #chronicle: Chronicle;
  readonly #difference: Difference | null;
  /** What the second world reported. */
  readonly #others: StepReport[] = [];
  #hasDiffered = false;
  #at = 0;
  #isBirth = false;
  /** Nothing can be taken any more. */
  isOver = false;
  /** What was open, and where the data part was, when the worlds were last made to differ. */
  #open: readonly Span[] = [];
  #data: Span = { from: 0, to: 0 };

  /** Both worlds are reset. */
  constructor(worlds: Worlds, pair: SecretPair, counts: PairCounts) {
    const [one, two] = worlds;
    for (const world of worlds) world.reset();
    this.#worlds = worlds;
    this.#counts = counts;
    this.#chronicle = new Chronicle(one, pair.cvm, pair.birth);
    const isStepwise = pair.form === "steps" && isSecret(one) && isSecret(two);
    this.#difference = isStepwise ? new Difference([one, two], pair) : null;
  }

  /** The step is taken in both worlds; `other`: what the second one takes in its stead. */
  take(step: Step, other: Step = step): Leak | null {
    const [one, two] = this.#worlds;
    const chronicle = this.#chronicle;
    const { subject } = chronicle;
    // Secrets are read and changed by the name of their cVM, which a dead one may have to share.
    this.isOver ||= chronicle.view.cvms.filter(({ name }) => name === subject.name).length > 1;
    if (this.isOver) return null;
    this.#at = chronicle.reports.length;
    this.#isBirth = subject.isBirth(step);
    const intent = chronicle.before(step);
    const saved = this.#prepare(step, intent);
    this.#freeze(step);
    if (step !== other) this.#hasDiffered = true;

    const before = this.#machineSteps();
    const report = attempt(one, step, chronicle.reports);
    if (typeof report === "string") return this.#stop(report, attempt(two, other, chronicle.reports));
    const view = one.outline();
    const taken = chronicle.after(step, intent, report, view);
    this.#tell(taken, saved);
    const second = attempt(two, this.#disked(other), chronicle.reports);
    if (typeof second === "string") return this.#stop("a report", second);
    this.#others.push(second);
    const after = this.#machineSteps();

    this.#redraw(intent);
    const seen = { reports: [report, second], outlines: [view, two.outline()] } as const;
    const sightings = [...inReports(step.by, seen, subject), ...inOutlines(seen, subject)];
    const isWhole = chronicle.reports.length % WHOLE_EVERY === 0;
    sightings.push(...inMemory(this.#worlds, view, subject, isWhole));
    const threads = [...(step.by === null ? [] : [step.by]), ...report.woken.map(({ thread }) => thread)];
    for (const thread of threads) sightings.push(...inRegisters(this.#worlds, thread, view, subject));
    if (intent.knowing === null) sightings.push(...inMachineSteps(step, before, after));
    if (sightings.length > 0) return this.#leak(sightings);
    if (this.#hasDiffered) this.#counts.held++;
    else this.#counts.vacuous++;
    this.#spread(taken, isWhole || intent.isCode);
    return null;
  }

  /** The script is over: everything is compared once more. */
  finish(): Leak | null {
    const { view, subject } = this.#chronicle;
    const sightings = inMemory(this.#worlds, view, subject, true);
    return sightings.length > 0 ? this.#leak(sightings) : null;
  }

  /** The creation of the subject with another disk; any other step as it is. */
  #disked(step: Step): Step {
    if (this.#difference === null || !this.#isBirth) return step;
    if (step.by !== null || step.event.do !== "create") return step;
    const { cvm } = step.event;
    const disk = this.#difference.disk(cvm.disk ?? "");
    return disk === cvm.disk || disk === ""
      ? step
      : { ...step, event: { do: "create", cvm: { ...cvm, disk } } };
  }

  /** A system gave up in a step. If it did in both worlds, that is no leak, and all there is to see. */
  #stop(one: string, second: StepReport | string): Leak | null {
    this.isOver = true;
    const two = typeof second === "string" ? second : "a report";
    return one === two ? null : this.#leak([{ who: "the outside", what: "report", one, two }]);
  }

  #leak(seen: readonly Sighting[]): Leak {
    return { at: this.#at, seen, bytes: this.#difference?.last ?? [] };
  }

  /** Before a step: the registers of the one who takes it differ, and what it may make known is put aside. */
  #prepare(step: Step, { knowing, isCode, most }: Intent): readonly Saved[] {
    const difference = this.#difference;
    if (difference === null || step.by === null || knowing === null) return [];
    const { subject, isLost } = this.#chronicle;
    const { data, cvm } = subject;
    if (cvm === null) return [];
    if (isCode) {
      difference.heal(data, data.from);
      for (const thread of this.#threads()) difference.healRegisters(thread);
      return [];
    }
    const isReady = threadIn(this.#chronicle.view, step.by.cvm, step.by.thread)?.state === "ready";
    if (!isLost && isReady) difference.spreadRegisters(step.by);
    const [one] = this.#worlds;
    if (!isSecret(one)) return [];
    return most.map((span) => {
      const bytes = one.secrets.read(subject.name, span.from - data.from, span.to - span.from);
      return { span, bytes: bytes.slice() };
    });
  }

  #threads() {
    return this.#chronicle.view.cvms.flatMap(({ name, threads }) =>
      threads.map(({ thread }) => ({ cvm: name, thread })),
    );
  }

  /** What the step makes known is the same in the second world, before it takes the step. */
  #tell({ told, by }: Taken, saved: readonly Saved[]): void {
    if (by !== null) this.#counts.told.set(by, (this.#counts.told.get(by) ?? 0) + 1);
    const { data } = this.#chronicle.subject;
    for (const { from, to } of told) {
      const found = saved.find(({ span }) => span.from <= from && to <= span.to);
      if (found === undefined) continue;
      const bytes = found.bytes.subarray(from - found.span.from, to - found.span.from);
      this.#difference?.heal({ from, to }, data.from, bytes);
    }
  }

  /** What a device of the subject's has brought into what is open has been made known by that. */
  #redraw({ knowing }: Intent): void {
    if (knowing?.telling?.row.draws === undefined) return;
    const { subject, open } = this.#chronicle;
    for (const span of open) this.#difference?.heal(span, subject.data.from);
  }

  /** After a step: what is open now is the same in both worlds, and what is secret differs, again if need be. */
  #spread({ told, written }: Taken, isWhole: boolean): void {
    const difference = this.#difference;
    if (difference === null) return;
    const { subject, open } = this.#chronicle;
    const { data } = subject;
    const isNew = data.from !== this.#data.from || data.to !== this.#data.to;
    for (const span of isNew ? open : without(open, this.#open)) difference.heal(span, data.from);
    const closed = without(this.#open, open);
    const again = isNew || isWhole ? [data] : united([...told, ...written, ...closed]);
    if (data.from < data.to) difference.spread(shared(without([data], open), again), data.from);
    this.#open = open;
    this.#data = data;
    if (difference.size > 0) this.#hasDiffered = true;
  }

  /** Counts a step that takes results which are not the same in both worlds. */
  #freeze(step: Step): void {
    const { reports } = this.#chronicle;
    const isFrozen = valuesOf(step).some(
      (value) => value.kind === "result" && !isEqual(reports[value.step], this.#others[value.step]),
    );
    if (isFrozen) this.#counts.frozen++;
  }

  #machineSteps(): readonly [number, number] {
    const [one, two] = this.#worlds;
    return [machineSteps(one), machineSteps(two)];
  }
}

function machineSteps(world: SystemUnderTest): number {
  return isSecret(world) ? world.secrets.machineSteps() : 0;
}

/** How long a step takes is seen by whoever takes it. */
function inMachineSteps(step: Step, before: readonly number[], after: readonly number[]): Sighting[] {
  const [one, two] = [after[0]! - before[0]!, after[1]! - before[1]!];
  if (one === two) return [];
  const who = step.by === null ? "the outside" : threadText(step.by);
  return [{ who, what: "machine steps", one: `${one}`, two: `${two}` }];
}

/** The report; what was thrown, where a system gives up. */
function attempt(system: SystemUnderTest, step: Step, reports: readonly StepReport[]): StepReport | string {
  try {
    return system.step(step, reports);
  } catch (error) {
    return `thrown: ${(error as Error).message}`;
  }
}
