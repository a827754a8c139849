import { describe, expect, test } from "vitest";
import { Random } from "../fuzz/generate/random.ts";
import { ScriptSource } from "../fuzz/system/generate.ts";
import { compareSystems } from "../fuzz/system/lockstep.ts";
import { createIntravisor } from "../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../model/intravisor/system.ts";
import { assembleProgram } from "../model/isa/index.ts";

const SCRIPTS = 40;
const STEPS = 80;

describe("generated scripts", () => {
  test("the reference of the system and the machine code agree on every step and every byte", () => {
    const assemble = (text: string, capabilityMode: boolean) =>
      assembleProgram(text, { capabilityMode }).words;
    const random = new Random("systems in lockstep");
    const source = new ScriptSource(random, createSystemModel());
    const [model, system] = [createSystemModel(), createIntravisor({ assemble })];
    for (let index = 0; index < SCRIPTS; index++) {
      random.restart(index);
      expect(compareSystems(source.script(STEPS), model, system), `script ${index}`).toBeNull();
    }
  });
});
