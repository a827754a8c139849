import type { WordSource } from "../fuzz/generate/word-source.ts";
import { codeBytes, prepare, stepCount, take } from "../fuzz/lockstep/stepwise.ts";
import { type Judge, judgeOf } from "../fuzz/oracle/judge.ts";
import {
  COUNT_FALSE,
  COUNT_TRUE,
  COUNTS_PER_CLAUSE,
  type Oracle,
  type Violation,
} from "../fuzz/oracle/oracle.ts";
import { injectedProgram } from "../fuzz/program/index.ts";
import type { Patch } from "../fuzz/variant/variant.ts";
import { variantOf } from "../fuzz/variant/variant.ts";
import type { MachineState, MachineUnderTest, Program, StepEvent } from "../model/contract.ts";
import { assembleProgram } from "../model/isa/index.ts";
import type { createModel, Model } from "../model/machine/reference.ts";

const start = { preset: "dii" } as const;

/** The first rule that a machine breaks on a program, the state it ends in included; null if none. */
export function violationOn(program: Program, machine: MachineUnderTest, judge: Judge): Violation | null {
  prepare(machine, program);
  judge.begin(program.start, program.fetch === "memory" ? codeBytes(program.words) : null);
  const steps = stepCount(program);
  for (let at = 0; at < steps; at++) {
    const violation = judge.step(take(machine, program, at));
    if (violation !== null) return violation;
  }
  return judge.end(machine.state());
}

/** The next program of a source, made in view of the machine that executes it. */
export function generated(source: WordSource, machine: Model): Program {
  source.begin([]);
  machine.reset(start);
  const words: number[] = [];
  for (let word = source.next(machine); word >= 0; word = source.next(machine)) {
    words.push(word);
    machine.inject(word);
  }
  return injectedProgram(words);
}

export type Tamper = (event: StepEvent) => StepEvent;

/**
 * The violation at the last step of a text (lines or `; ` apart) when what it reports is changed. The steps before
 * must break nothing.
 */
export function tampered(text: string, machine: Model, oracle: Oracle, tamper: Tamper): Violation | null {
  const judge = judgeOf([oracle]);
  const words = assembleProgram(text.replaceAll("; ", "\n")).words;
  machine.reset(start);
  judge.begin(start, null);
  for (const word of words.slice(0, -1)) {
    const violation = judge.step(machine.inject(word));
    if (violation !== null)
      throw new Error(`${violation.instruction} breaks ${violation.rule} before the end`);
  }
  return judge.step(tamper(machine.inject(words.at(-1)!)));
}

/** The violation of the end of a text's run when the state that the machine reports is changed. */
export function tamperedEnd(
  text: string,
  machine: Model,
  oracle: Oracle,
  tamper: (state: MachineState) => MachineState,
): Violation | null {
  const judge = judgeOf([oracle]);
  machine.reset(start);
  judge.begin(start, null);
  for (const word of assembleProgram(text.replaceAll("; ", "\n")).words) judge.step(machine.inject(word));
  return judge.end(tamper(machine.state()));
}

/** The clauses that were never found true. */
export function neverTrue({ clauses, counts }: Oracle): string[] {
  return clauses.filter((_, at) => counts[at * COUNTS_PER_CLAUSE + COUNT_TRUE] === 0);
}

/** The clauses that were found false. */
export function everFalse({ clauses, counts }: Oracle): string[] {
  return clauses.filter((_, at) => counts[at * COUNTS_PER_CLAUSE + COUNT_FALSE] !== 0);
}

/** The reference with these changes of its sources. */
export async function modelWith(patches: readonly Patch[]): Promise<Model> {
  const variant = variantOf(patches);
  const module = await variant.load<{ createModel: typeof createModel }>("model/machine/reference.ts");
  return module.createModel();
}
