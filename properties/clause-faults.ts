import { WordSource } from "../fuzz/generate/word-source.ts";
import { judgeOf } from "../fuzz/oracle/judge.ts";
import type { Oracle } from "../fuzz/oracle/oracle.ts";
import { generated, modelWith, violationOn } from "./judged-runs.ts";

/** A mistake planted in the model, and the clause that finds it first. */
export type ClauseFault = readonly [clause: string, effect: string, file: string, from: string, to: string];

const WORDS_MAX = 128;
/** Programs of one seed that show each of these faults. */
const PROGRAMS_MAX = 1_000;

/** The first clause that the model with the fault breaks, in programs made in view of it; null if it breaks none. */
export async function clauseBroken(oracle: Oracle, fault: ClauseFault): Promise<string | null> {
  const [, , file, from, to] = fault;
  const faulty = await modelWith([{ file, from, to }]);
  const source = new WordSource("clause faults", WORDS_MAX);
  const judge = judgeOf([oracle]);
  for (let run = 0; run < PROGRAMS_MAX; run++) {
    const violation = violationOn(generated(source, faulty), faulty, judge);
    if (violation !== null) return violation.rule;
  }
  return null;
}
