import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { systemRoster } from "../fuzz/faults/system/roster.ts";
import { Random } from "../fuzz/generate/random.ts";
import { loadScriptOrFinding } from "../fuzz/system/finding.ts";
import { ScriptSource } from "../fuzz/system/generate.ts";
import { stepsOf } from "../fuzz/system/lockstep.ts";
import { paired } from "../fuzz/system/oracle/pair/boost.ts";
import { type Leak, noCounts, PairRun } from "../fuzz/system/oracle/pair/pair.ts";
import { judgePair, leakIn } from "../fuzz/system/oracle/pair/worlds.ts";
import { loadScript } from "../fuzz/system/script.ts";
import { variantOf } from "../fuzz/variant/variant.ts";
import { createIntravisor } from "../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../model/intravisor/system.ts";
import { assembleProgram } from "../model/isa/index.ts";
import type { SecretSystem, Step } from "../model/system-contract.ts";

const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
const systems: Readonly<Record<string, () => SecretSystem>> = {
  reference: createSystemModel,
  "machine code": () => createIntravisor({ assemble }),
};

/** Runs generated scripts with pairs until one leaks. */
function firstLeak(
  make: () => SecretSystem,
  seed: string,
  scripts: number,
  counts = noCounts(),
): Leak | null {
  const random = new Random(seed);
  const source = new ScriptSource(random, createSystemModel());
  const worlds = [make(), make()] as const;
  for (let index = 0; index < scripts; index++) {
    random.restart(index);
    const { script, pair } = paired(source.script(120), random);
    const leak = leakIn(script, pair, worlds, counts);
    if (leak !== null) return leak;
  }
  return null;
}

describe("what a cVM keeps to itself", () => {
  // Broken by fault M32: memory is not scrubbed between two cVMs.
  test.each(Object.keys(systems))("can be told by nobody else, on the %s", (name) => {
    const counts = noCounts();
    expect(firstLeak(systems[name]!, "secrets", 10, counts)).toBeNull();
    expect(counts.held).toBeGreaterThan(4 * counts.vacuous);
    expect(counts.frozen).toBeGreaterThan(0);
    expect([...counts.told.keys()]).toEqual(expect.arrayContaining(["cp_call", "cp_file_advertise"]));
  });

  // The other half: what it shares is seen, so that there is something to tell worlds apart by.
  test.each(Object.keys(systems))("is seen where it is shared, on the %s", (name) => {
    const make = systems[name]!;
    const script = loadScript(new URL("../corpora/system/grant-and-revoke.json", import.meta.url).pathname);
    const pair = { form: "run", cvm: "owner", birth: 0, seed: 1, bytes: null, registers: null } as const;
    const run = new PairRun([make(), make()], pair, noCounts());
    const leaks = stepsOf(script).map((step) => run.take(step, otherFill(step)));
    const seen = leaks.find((leak) => leak !== null)?.seen[0];
    expect(seen).toMatchObject({ who: "reader", what: expect.stringMatching(/^data\+/) });
  });
});

describe("scripts of the corpus that have a pair", () => {
  const folder = fileURLToPath(new URL("../corpora/system/", import.meta.url));
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const scripts = files.map((name) => loadScriptOrFinding(`${folder}${name}`).script);

  test("look the same in both worlds, on both systems", () => {
    const counts = noCounts();
    const worlds = Object.values(systems).map((make) => [make(), make()] as const);
    const pairs = scripts.filter(({ pair }) => pair !== undefined);
    expect(pairs.length).toBeGreaterThan(1);
    for (const script of pairs) expect(judgePair(script, worlds, counts)).toBeNull();
    expect(counts.held).toBeGreaterThan(0);
  });
});

/** The owner's buffer is filled with something else. */
function otherFill(step: Step): Step {
  if (step.by?.cvm !== "owner" || !("action" in step) || step.action.do !== "fill") return step;
  return { ...step, action: { ...step.action, seed: step.action.seed ^ 1 } };
}

describe("two worlds of one system alone", () => {
  // M17: pointers are not tested. M19: registers on the way back. M21: those of a callee. M32: no scrubbing.
  test.each(["M17", "M19", "M21", "M32"])(
    "show fault %s",
    async (id) => {
      const { impl } = systemRoster.find((fault) => fault.id === id)!;
      const { createIntravisor: create } = await variantOf(impl).load<{
        createIntravisor: typeof createIntravisor;
      }>("impl/intravisor/intravisor.ts");
      expect(firstLeak(() => create({ assemble }), "faults", 80)).not.toBeNull();
    },
    60_000,
  );
});
