import { describe, expect, test } from "vitest";
import { machinesWith } from "../fuzz/faults/plant.ts";
import { WordSource } from "../fuzz/generate/word-source.ts";
import { judgeOf } from "../fuzz/oracle/judge.ts";
import { reachableOracle } from "../fuzz/oracle/reachable/oracle.ts";
import { injectedProgram } from "../fuzz/program/index.ts";
import { createEngine } from "../impl/engine/index.ts";
import { assembleProgram } from "../model/isa/index.ts";
import { createModel } from "../model/machine/reference.ts";
import { confined } from "./confined-code.ts";
import { generated, violationOn } from "./judged-runs.ts";

/** What confined code tries, the fault that lets it, and the statement that is then broken. */
const attempts: readonly (readonly [fault: string, clause: string, steps: string])[] = [
  ["E01", "reachable_register", "cincoffsetimm c1, c9, 16; csetboundsimm c1, c1, 256"],
  ["E02", "reachable_register", "cincoffsetimm c1, c9, -16; csetboundsimm c1, c1, 16"],
  ["E18", "reachable_register", "addi x5, x0, 1; slli x5, x5, 20; cincoffset c1, c9, c5"],
  ["E21", "reachable_register", "csetboundsimm c1, c9, 512"],
  ["T01", "reachable_register", "sc.cap c9, (c9); addi x5, x0, 16; sd.cap c5, (c9); lc.cap c1, (c9)"],
  ["W70", "reachable_register", "cspecialrw c1, mepcc, c0"],
  ["S02", "reachable_register", "cunseal c1, c12, c11"],
  ["S03", "reachable_register", "cunseal c1, c12, c11"],
  ["S04", "reachable_code", "jalr.cap c0, c13"],
];

function programOf(steps: string) {
  return injectedProgram([...assembleProgram(`${confined}; ${steps}`.replaceAll("; ", "\n")).words]);
}

describe("a fault that both machines share is found by what confined code gains", () => {
  test.each(attempts)("%s: %s", async (fault, clause, steps) => {
    const machines = await machinesWith([`both:${fault}`]);
    const program = programOf(steps);
    const judge = judgeOf([reachableOracle()]);
    for (const machine of [machines.createModel(), machines.createEngine()]) {
      expect(violationOn(program, machine, judge)?.rule).toBe(clause);
    }
  });

  test("and without a fault the same programs gain nothing", () => {
    const judge = judgeOf([reachableOracle()]);
    for (const machine of [createModel(), createEngine()]) {
      const found = attempts.map(([, , steps]) => violationOn(programOf(steps), machine, judge));
      expect(found).toEqual(attempts.map(() => null));
    }
  });
});

const PROGRAMS_MAX = 1500;

describe("generated programs confine themselves and find", () => {
  test.each(["E13", "E18", "E21", "P28", "S06", "T11", "W03", "W05", "W25", "W49"])("%s", async (fault) => {
    const { createModel: createFaulty } = await machinesWith([`model:${fault}`]);
    const faulty = createFaulty();
    const judge = judgeOf([reachableOracle()]);
    const source = new WordSource("reachable faults", 128);
    let found = false;
    for (let run = 0; run < PROGRAMS_MAX && !found; run++) {
      found = violationOn(generated(source, faulty), faulty, judge) !== null;
    }
    expect(found).toBe(true);
  });
});
