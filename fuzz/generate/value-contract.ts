/** The contracts of the generators of words and programs. */
import * as fc from "fast-check";
import type { Program, StepEvent } from "../../model/contract.ts";
import { decode, type Instruction, type Operand } from "../../model/isa/index.ts";
import { prepare, stepCount, take } from "../lockstep/stepwise.ts";
import { injectedProgram } from "../program/index.ts";
import { programs, wordOf } from "./arbitrary.ts";
import type { Contract } from "./contract.ts";
import { fetchedProgram, type Model } from "./fetched-program.ts";
import { WordSource } from "./word-source.ts";

const WORDS_MAX = 128;
const FETCHED_STEPS = 200;
const PIECES_MAX = 12;

/** The value that an arbitrary makes of a seed, a whole number as text. */
export function valueFrom<Value>(arbitrary: fc.Arbitrary<Value>, seed: string): Value {
  return fc.sample(arbitrary, { seed: Number(seed), numRuns: 1 })[0]!;
}

/** Legal words of one instruction: every operand at both ends of its range, and at zero if it can be. */
export function wordContract(instruction: Instruction): Contract<number> {
  const isCapabilityMode = instruction.mode === "capability";
  const { operands } = instruction;
  return {
    name: `wordOf ${instruction.name}`,
    make: (seed) => valueFrom(wordOf(instruction), seed),
    flaw(word) {
      const name = decode(word, isCapabilityMode)?.instruction.name;
      return name === instruction.name ? null : `0x${word.toString(16)} is ${name ?? "no instruction"}`;
    },
    declared: [
      "legal",
      ...operands.flatMap((operand) => edgesOf(operand).map((edge) => `${operand.name} = ${edge}`)),
    ],
    met(word) {
      const values = decode(word, isCapabilityMode)?.operands ?? {};
      return ["legal", ...operands.map(({ name }) => `${name} = ${values[name]}`)];
    },
  };
}

function edgesOf({ kind, least, greatest, except }: Operand): number[] {
  if (kind === "csr" || kind === "scr") return [];
  // Registers of 16-bit instructions are a few hot ones; any other may be the first.
  const edges = kind.endsWith("register") ? [least] : [least, greatest];
  return edges.filter((value) => !except.includes(value));
}

/** What programs do on the model, by kinds of effects. */
const EFFECTS: Readonly<Record<string, (event: StepEvent) => boolean>> = {
  trap: ({ trap }) => trap !== null,
  "illegal instruction": ({ trap }) => trap?.cause === 2n,
  "capability trap": ({ trap }) => trap?.cause === 0x1cn,
  "tagged register": ({ register }) => register?.kind === "capability" && register.value.tag,
  "tag cleared": ({ register, source }) =>
    register?.kind === "capability" && source !== null && !register.value.tag,
  "narrow bounds": ({ register }) =>
    register?.kind === "capability" && register.value.tag && register.value.top - register.value.base < 4096n,
  sealed: ({ register }) =>
    register?.kind === "capability" && register.value.tag && register.value.otype !== 0x3ffffn,
  load: ({ read }) => read !== null,
  store: ({ write }) => write !== null,
  "tagged load": ({ read }) => read?.tag === true,
  "tagged store": ({ write }) => write?.tag === true,
  "16-bit word": ({ word, trap }) => (word & 3) !== 3 && trap === null,
  jump: ({ pcBefore, pcAfter, trap }) =>
    trap === null && pcAfter !== pcBefore + 4n && pcAfter !== pcBefore + 2n,
  "capability mode": ({ specials }) => specials.some(({ scr, value }) => scr === 0 && value.flags === 1n),
};

function effectsOf(program: Program, model: Model): string[] {
  const met = new Set<string>();
  const visited = new Set<bigint>();
  prepare(model, program);
  const steps = stepCount(program);
  for (let at = 0; at < steps; at++) {
    const event = take(model, program, at);
    for (const [name, isMet] of Object.entries(EFFECTS)) if (isMet(event)) met.add(name);
    if (event.mode === 0) met.add("user mode");
    if (program.fetch === "memory" && visited.has(event.pcBefore)) met.add("loop");
    visited.add(event.pcBefore);
  }
  return [...met];
}

function flawOf({ words, budgetSteps }: Program): string | null {
  const wrong = words.find((word) => !Number.isInteger(word) || word < 0 || word >= 2 ** 32);
  if (wrong !== undefined) return `holds ${wrong}, which is no word`;
  return budgetSteps >= 0 ? null : `a budget of ${budgetSteps} steps`;
}

const everyEffect = Object.keys(EFFECTS);

export function arbitraryContract(model: Model): Contract<Program> {
  return {
    name: "programs",
    make: (seed) => valueFrom(programs(PIECES_MAX), seed),
    flaw: flawOf,
    declared: everyEffect,
    met: (program) => effectsOf(program, model),
  };
}

/** Programs that are injected word by word. */
export function sourceContract(model: Model): Contract<Program> {
  return {
    name: "WordSource",
    make(seed) {
      const source = new WordSource(seed, WORDS_MAX);
      const words: number[] = [];
      source.begin([]);
      model.reset({ preset: "dii" });
      for (let word = source.next(model); word >= 0; word = source.next(model)) {
        words.push(word);
        model.inject(word);
      }
      return injectedProgram(words);
    },
    flaw: flawOf,
    declared: [...everyEffect, "user mode"],
    met: (program) => effectsOf(program, model),
  };
}

export function fetchedContract(model: Model): Contract<Program> {
  return {
    name: "fetchedProgram",
    make: (seed) => fetchedProgram(new WordSource(seed, WORDS_MAX), model, FETCHED_STEPS),
    flaw: flawOf,
    declared: [...everyEffect, "loop"],
    met: (program) => effectsOf(program, model),
  };
}
