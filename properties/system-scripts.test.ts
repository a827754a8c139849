import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Random } from "../fuzz/generate/random.ts";
import { ScriptSource } from "../fuzz/system/generate.ts";
import { SystemReach } from "../fuzz/system/reach.ts";
import { judgeScript } from "../fuzz/system/replay.ts";
import { loadScript } from "../fuzz/system/script.ts";
import { OBJECT_SLICE_OUTCOMES } from "../fuzz/system/slice-object-reach.ts";
import { asSliced, runSlices } from "../fuzz/system/slices.ts";
import { roles } from "../fuzz/system/standing.ts";
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
    const reference = createSystemModel();
    const source = new ScriptSource(random, reference);
    const reach = new SystemReach(reference);
    for (let index = 0; index < 400; index++) {
      random.restart(index);
      reach.begin();
      source.script(200, (step, report, _reports, before, after) =>
        reach.observe(step, report, before, after),
      );
    }
    expect(reach.never().filter((outcome) => !outcome.startsWith("slice: "))).toEqual([]);
    expect(reach.undeclared()).toEqual([]);
    // Every way in which a caller, its layer and whoever it names can stand is met by some call.
    for (const [role, classes] of Object.entries(roles)) {
      const met = reach
        .rows()
        .flatMap(({ outcomes }) =>
          outcomes.flatMap((one) => Object.entries(one.classes[role] ?? {}).filter(([, count]) => count > 0)),
        );
      expect([...new Set(met.map(([one]) => one))].sort()).toEqual([...classes].sort());
    }
  });

  /** Reached by one script in a hundred; tests of slices have them by themselves, that of objects each of its own. */
  const RARE = ["revoked during a copy", ...OBJECT_SLICE_OUTCOMES].map((outcome) => `slice: ${outcome}`);

  test("stops threads wherever they can be, and says what guests' own code comes to", () => {
    const random = new Random("slices");
    const source = new ScriptSource(random, createSystemModel());
    const reach = new SystemReach(model);
    const { expect: reference, actual } = asSliced(model, system)!;
    for (let index = 0; index < 60; index++) {
      random.restart(index);
      reach.begin();
      const { difference } = runSlices(source.sliced(120), reference, actual, (moment) =>
        reach.observeSlice(moment),
      );
      expect(difference).toBeNull();
    }
    const never = reach.never().filter((outcome) => outcome.startsWith("slice: ") && !RARE.includes(outcome));
    expect(never).toEqual([]);
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
