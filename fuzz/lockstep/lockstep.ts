import { RECORD_BYTES, RECORD_SLOTS } from "../../impl/engine/record.ts";
import type { MachineUnderTest, Program, Start, StepEvent } from "../../model/contract.ts";
import type { FieldDifference } from "../program/finding.ts";
import { injectedProgram } from "../program/program.ts";
import type { BatchMachine } from "./batch.ts";
import { compareStates } from "./compare.ts";
import { project, type Records, records } from "./project.ts";
import { compareStepwise, type Divergence, type NameOf, prepare, stepCount } from "./stepwise.ts";

/** What a checked run did. */
export interface Run {
  /** Steps that were compared. */
  readonly steps: number;
  readonly divergence: Divergence | null;
}

/**
 * Gives the word for step `at` of an injected run, or -1 to end the run (a program in memory: anything else).
 * Called just before the reference takes the step.
 */
export type NextWord = (at: number) => number;

/** Sees every step of the reference. */
export type Watch = (event: StepEvent) => void;

/** A run to be checked. */
interface Plan {
  /** How it starts and, for a program in memory, what is loaded. */
  readonly opening: Program;
  readonly next: NextWord;
  /** The program as far as its words are known. */
  readonly sofar: () => Program;
  readonly withEnd: boolean;
}

/**
 * Runs whole programs on the reference and on a batch machine and compares everything.
 *
 * The reference goes step by step and its events are spelt as trace records; the batch machine then takes the
 * same steps in one call, and the two arrays of records are compared as bytes. Only when they differ are the
 * machines run again one step at a time, to tell what differs.
 */
export class Lockstep {
  readonly #reference: MachineUnderTest;
  readonly #engine: BatchMachine;
  readonly #nameOf: NameOf;
  readonly #records: Records;
  readonly #words: Uint32Array;
  readonly #batchMax: number;
  /** Records written since they were last zeroed. */
  #used = 0;

  constructor(reference: MachineUnderTest, engine: BatchMachine, nameOf: NameOf, batchMax: number) {
    this.#reference = reference;
    this.#engine = engine;
    this.#nameOf = nameOf;
    this.#batchMax = Math.min(batchMax, engine.stepsPerCall);
    this.#records = records(this.#batchMax);
    this.#words = new Uint32Array(this.#batchMax);
  }

  /** Checks a program; its end state too, unless `withEnd` says that the steps are enough. */
  program(program: Program, watch: Watch, withEnd = true): Run {
    const { words, fetch } = program;
    const steps = stepCount(program);
    const next = (at: number): number => (at === steps ? -1 : fetch === "injected" ? words[at]! : 0);
    return this.#run({ opening: program, next, sofar: () => program, withEnd }, watch);
  }

  /**
   * Checks an injected run whose words are made as it goes; they are added to `words`. Every step is compared;
   * the end state, which only tells of changes that no step reported, takes longer and only if `withEnd` says so.
   */
  generated(start: Start, next: NextWord, words: number[], watch: Watch, withEnd: boolean): Run {
    const keep = (at: number): number => {
      const word = next(at);
      if (word >= 0) words.push(word);
      return word;
    };
    const sofar = (): Program => ({ ...injectedProgram(words), start });
    return this.#run({ opening: { ...injectedProgram([]), start }, next: keep, sofar, withEnd }, watch);
  }

  #run(plan: Plan, watch: Watch): Run {
    let steps = 0;
    try {
      prepare(this.#reference, plan.opening);
      prepare(this.#engine, plan.opening);
      for (;;) {
        const count = this.#batch(plan, watch, steps);
        const at = this.#firstDifference(count);
        if (at >= 0) return { steps: steps + at + 1, divergence: this.#explain(plan.sofar(), steps, at) };
        steps += count;
        if (count < this.#batchMax) break;
      }
      return { steps, divergence: plan.withEnd ? this.#compareEnds(plan.sofar()) : null };
    } catch (error) {
      return { steps, divergence: this.#explainDefect(plan.sofar(), error) };
    }
  }

  /**
   * Compares the states in which the machines now are. Then the batch machine runs the program once more without
   * keeping records, as it does when speed matters, and must end in the same state.
   */
  #compareEnds(program: Program): Divergence | null {
    const expect = this.#reference.state();
    const fields = compareStates(expect, this.#engine.state());
    if (fields.length > 0) return this.#stepwise(program) ?? inBatch(null, "batch", fields);

    this.#runQuietly(program);
    const differing = compareStates(expect, this.#engine.state());
    return differing.length === 0 ? null : inBatch(null, "run without records", differing);
  }

  #runQuietly(program: Program): void {
    const engine = this.#engine;
    prepare(engine, program);
    if (program.fetch === "memory") {
      engine.run(stepCount(program));
      return;
    }
    const words = Uint32Array.from(program.words);
    for (let from = 0; from < words.length; from += engine.stepsPerCall) {
      const count = Math.min(engine.stepsPerCall, words.length - from);
      engine.injectAllQuiet(words.subarray(from, from + count), count);
    }
  }

  /** Takes one batch on both machines and leaves both arrays of records. Returns its number of steps. */
  #batch({ opening, next }: Plan, watch: Watch, from: number): number {
    const reference = this.#reference;
    const words = this.#words;
    const isInjected = opening.fetch === "injected";
    this.#records.slots.fill(0n, 0, this.#used * RECORD_SLOTS);

    // Should a machine throw on the way, all of them count as written.
    this.#used = this.#batchMax;
    let count = 0;
    while (count < this.#batchMax) {
      const word = next(from + count);
      if (word < 0) break;
      words[count] = word;
      const event = isInjected ? reference.inject(word) : reference.step();
      watch(event);
      project(event, this.#records, count);
      count++;
    }
    this.#used = count;
    if (isInjected) this.#engine.injectAll(words, count);
    else this.#engine.runTraced(count);
    return count;
  }

  /** The first step of the batch whose records differ, or -1. */
  #firstDifference(count: number): number {
    const length = count * RECORD_BYTES;
    const actual = this.#engine.recordBytes;
    const expect = this.#records.bytes;
    if (expect.compare(actual, 0, length, 0, length) === 0) return -1;
    for (let at = 0; ; at++) {
      const start = at * RECORD_BYTES;
      const end = start + RECORD_BYTES;
      if (expect.compare(actual, start, end, start, end) !== 0) return at;
    }
  }

  #explain(program: Program, from: number, at: number): Divergence {
    // The records are read before the machines run again.
    const fields = this.#slotDifferences(at);
    const divergence = this.#stepwise(program);
    if (divergence !== null) return divergence;
    // One step at a time the machines agree: the batch itself went wrong.
    return inBatch(from + at, "batch", fields);
  }

  #explainDefect(program: Program, error: unknown): Divergence {
    const fields = [{ field: "defect", expect: "none", actual: String(error) }];
    return this.#stepwise(program) ?? inBatch(null, "batch", fields);
  }

  #stepwise(program: Program): Divergence | null {
    return compareStepwise(program, this.#reference, this.#engine, this.#nameOf);
  }

  #slotDifferences(at: number): FieldDifference[] {
    const bytes = this.#engine.recordBytes;
    const actual = new DataView(bytes.buffer, bytes.byteOffset + at * RECORD_BYTES, RECORD_BYTES);
    const fields: FieldDifference[] = [];
    for (let slot = 0; slot < RECORD_SLOTS; slot++) {
      const expected = this.#records.slots[at * RECORD_SLOTS + slot]!;
      const found = actual.getBigUint64(slot * 8, true);
      if (expected === found) continue;
      fields.push({
        field: `record[${slot}]`,
        expect: `0x${expected.toString(16)}`,
        actual: `0x${found.toString(16)}`,
      });
    }
    return fields;
  }
}

/** A difference that the machines show only when many steps are taken at once. */
function inBatch(at: number | null, instruction: string, fields: readonly FieldDifference[]): Divergence {
  return { difference: { at, instruction, fields }, expect: [], actual: [] };
}
