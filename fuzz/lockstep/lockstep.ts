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

/** Gives the word for step `at` of an injected run, or -1 to end it. Called just before the reference executes it. */
export type NextWord = (at: number) => number;

/** Sees every step of the reference. */
export type Watch = (event: StepEvent) => void;

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

  constructor(reference: MachineUnderTest, engine: BatchMachine, nameOf: NameOf, batchMax: number) {
    this.#reference = reference;
    this.#engine = engine;
    this.#nameOf = nameOf;
    this.#batchMax = Math.min(batchMax, engine.stepsPerCall);
    this.#records = records(this.#batchMax);
    this.#words = new Uint32Array(this.#batchMax);
  }

  /** Checks a program. */
  program(program: Program, watch: Watch): Run {
    const { words } = program;
    const steps = stepCount(program);
    if (program.fetch === "injected") {
      return this.#run(
        program,
        (at) => (at < steps ? words[at]! : -1),
        watch,
        () => program,
      );
    }
    return this.#run(
      program,
      (at) => (at < steps ? 0 : -1),
      watch,
      () => program,
    );
  }

  /** Checks an injected run whose words are made as it goes; they are added to `words`. */
  generated(start: Start, next: NextWord, words: number[], watch: Watch): Run {
    const keep = (at: number): number => {
      const word = next(at);
      if (word >= 0) words.push(word);
      return word;
    };
    const sofar = (): Program => ({ ...injectedProgram(words), start });
    return this.#run({ ...injectedProgram([]), start }, keep, watch, sofar);
  }

  #run(program: Program, next: NextWord, watch: Watch, sofar: () => Program): Run {
    let steps = 0;
    try {
      prepare(this.#reference, program);
      prepare(this.#engine, program);
      for (;;) {
        const count = this.#batch(program, next, watch, steps);
        const at = this.#firstDifference(count);
        if (at >= 0) return { steps: steps + at + 1, divergence: this.#explain(sofar(), steps, at) };
        steps += count;
        if (count < this.#batchMax) break;
      }
      const fields = compareStates(this.#reference.state(), this.#engine.state());
      if (fields.length === 0) return { steps, divergence: null };
      return { steps, divergence: this.#explainEnd(sofar(), fields) };
    } catch (error) {
      return { steps, divergence: this.#explainDefect(sofar(), error) };
    }
  }

  /** Takes one batch on both machines and leaves both arrays of records. Returns its number of steps. */
  #batch(program: Program, next: NextWord, watch: Watch, from: number): number {
    const reference = this.#reference;
    const words = this.#words;
    const isInjected = program.fetch === "injected";
    this.#records.slots.fill(0n);

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
    return { difference: { at: from + at, instruction: "batch", fields }, expect: [], actual: [] };
  }

  #explainEnd(program: Program, fields: readonly FieldDifference[]): Divergence {
    const divergence = this.#stepwise(program);
    if (divergence !== null) return divergence;
    return { difference: { at: null, instruction: "batch", fields }, expect: [], actual: [] };
  }

  #explainDefect(program: Program, error: unknown): Divergence {
    const divergence = this.#stepwise(program);
    if (divergence !== null) return divergence;
    const fields = [{ field: "defect", expect: "none", actual: String(error) }];
    return { difference: { at: null, instruction: "batch", fields }, expect: [], actual: [] };
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
