import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Random } from "../fuzz/generate/random.ts";
import { ScriptSource } from "../fuzz/system/generate.ts";
import { SystemReach } from "../fuzz/system/reach.ts";
import { judgeScript } from "../fuzz/system/replay.ts";
import { loadScript } from "../fuzz/system/script.ts";
import { createIntravisor } from "../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../model/intravisor/system.ts";
import { assembleProgram } from "../model/isa/index.ts";

const folder = fileURLToPath(new URL("../corpora/system/", import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const [model, system] = [createSystemModel(), createIntravisor({ assemble })];

describe("scripts of the corpus", () => {
  test.each(files)("both sides do as %s expects", (file) => {
    expect(judgeScript(loadScript(`${folder}${file}`), model, system)).toBeNull();
  });
});

describe("the generator of scripts", () => {
  test("reaches every outcome of every call, and every corner case", () => {
    const random = new Random("reach");
    const source = new ScriptSource(random, createSystemModel());
    const reach = new SystemReach();
    for (let index = 0; index < 250; index++) {
      random.restart(index);
      reach.begin();
      source.script(200, (step, report, _reports, before, after) =>
        reach.observe(step, report, before, after),
      );
    }
    expect(reach.never()).toEqual([]);
    expect(reach.undeclared()).toEqual([]);
  });

  test("makes the same script from the same seed", () => {
    const make = () => {
      const random = new Random("again");
      random.restart(7);
      return new ScriptSource(random, createSystemModel()).script(150);
    };
    expect(make()).toEqual(make());
  });
});
