/**
 * The rules of the oracles of the system: each by a name of its own, each tested by the scripts that are generated, and
 * none broken by them, whole or in slices.
 */
import { describe, expect, test } from "vitest";
import { Random } from "../fuzz/generate/random.ts";
import { sliced } from "../fuzz/system/generate/schedule.ts";
import { ScriptSource } from "../fuzz/system/generate.ts";
import { JudgedSystem } from "../fuzz/system/oracle/judged.ts";
import { isFollowed } from "../fuzz/system/oracle/ledger-calls.ts";
import { SYSTEM_ORACLES, systemRules } from "../fuzz/system/oracle/oracles.ts";
import { violationIn } from "../fuzz/system/replay.ts";
import { createIntravisor } from "../impl/intravisor/intravisor.ts";
import { hostCalls } from "../model/intravisor/calls.ts";
import { createSystemModel } from "../model/intravisor/system.ts";
import { assembleProgram } from "../model/isa/index.ts";
import { played } from "./system-tampering.ts";

const SCRIPTS = 36;
const SLICED = 8;
const STEPS = 120;
/** Each step of the machine is judged in one script of so many: it takes longer than everything else together. */
const SCRIPTS_PER_RECORDED = 6;

const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const judged = new JudgedSystem(createIntravisor({ assemble }), SYSTEM_ORACLES);
const model = createSystemModel();

describe("rules of systems", () => {
  test("have names of their own, and invariants that there are", () => {
    const names = systemRules.map(({ oracle, name }) => `${oracle} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, invariants } of systemRules) {
      expect(invariants.length, name).toBeGreaterThan(0);
      expect(
        invariants.every((one) => Number.isInteger(one) && one >= 1 && one <= 115),
        name,
      ).toBe(true);
    }
  });

  test("are not broken by generated scripts, and all of them are tested", () => {
    const random = new Random("rules of cVMs");
    const source = new ScriptSource(random, model);
    for (let index = 0; index < SCRIPTS; index++) {
      random.restart(index);
      judged.isRecorded = index % SCRIPTS_PER_RECORDED === 0;
      expect(violationIn(source.script(STEPS), model, judged), `script ${index}`).toBeNull();
    }
    expect(judged.counts().filter(({ held }) => held === 0)).toEqual([]);
  });

  test("are not broken by scripts in slices, with any code in them", () => {
    const random = new Random("rules of systems in slices");
    const source = new ScriptSource(random, model);
    for (let index = 0; index < SLICED; index++) {
      random.restart(index);
      judged.isRecorded = index % SCRIPTS_PER_RECORDED === 1;
      const script = sliced(source.script(STEPS), random);
      expect(violationIn(script, model, judged), `script ${index}`).toBeNull();
    }
  });

  /** Broken by a call that nobody has told the ledger about: judging would end there without a word. */
  test("rest on a ledger that knows what each call declares", () => {
    const unknown = hostCalls.filter(({ name }) => !isFollowed(name)).map(({ name }) => name);
    // These never simply return with success: they wait, or go into a callee.
    expect(unknown).toEqual(["cp_call", "cp_call_serve"]);
    expect(isFollowed("no such call")).toBe(false);
  });

  test("are not broken by the scene that others tamper with", () => {
    expect(played(null).violation).toBeNull();
  });
});
