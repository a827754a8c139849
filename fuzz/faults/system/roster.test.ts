import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import { createSystemModel } from "../../../model/intravisor/system.ts";
import { assembleProgram } from "../../../model/isa/index.ts";
import { compareSystems } from "../../system/lockstep.ts";
import { loadScript } from "../../system/script.ts";
import { variantOf } from "../../variant/variant.ts";
import { roster } from "../roster.ts";
import { systemsWith } from "./plant.ts";
import { notPlantedInSystems, systemRoster } from "./roster.ts";

type Codes = typeof import("../../../impl/intravisor/gate-code.ts") &
  typeof import("../../../impl/intravisor/stub-code.ts");

const CODES = ["impl/intravisor/gate-code.ts", "impl/intravisor/stub-code.ts"] as const;

/** Scripts, one for each fault of the reference, that show it: named by the fault. */
const WITNESSES = fileURLToPath(new URL("../../../corpora/planted/", import.meta.url));

describe("the roster of planted faults of cVMs", () => {
  test("has faults of every class and of every difficulty", () => {
    const kinds = new Map<string, number>();
    for (const { kind } of systemRoster) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    expect(kinds.size).toBe(8);
    for (const [kind, count] of kinds) expect(count, kind).toBeGreaterThan(7);
    expect(new Set(systemRoster.map(({ difficulty }) => difficulty))).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  test("has each once, and none that machines have", () => {
    const names = [...roster, ...systemRoster].map(({ id }) => id);
    expect(new Set(names).size).toBe(names.length);
  });

  test("says of each fault where it was made, what it does and what should notice it", () => {
    for (const { source, effect, expect: catchers } of systemRoster) {
      expect(source).toMatch(/^([\w-]+\/[\w-]+|none known;)/);
      expect(effect.length).toBeGreaterThan(10);
      expect(catchers.length).toBeGreaterThan(0);
    }
  });

  test("has every weakness of the prototype, or says why not", () => {
    const planted = new Set(systemRoster.map(({ id }) => id));
    const named = new Set(notPlantedInSystems.map(({ id }) => id));
    for (let number = 1; number <= 40; number++) {
      const id = `M${String(number).padStart(2, "0")}`;
      expect(planted.has(id) !== named.has(id), id).toBe(true);
    }
    for (const { id, reason } of notPlantedInSystems) {
      expect(planted.has(id), id).toBe(false);
      expect(reason.length).toBeGreaterThan(10);
    }
  });
});

describe("a planted fault", () => {
  test("has a place in the sources as they are, and leaves TypeScript", async () => {
    const folders = new Set([variantOf([]).folder]);
    for (const { impl, model } of systemRoster) {
      for (const patches of [impl, model].filter(({ length }) => length > 0)) {
        const variant = variantOf(patches);
        folders.add(variant.folder);
        for (const { file } of patches) await transform(variant.source(file), { loader: "ts" });
      }
    }
    const plants = systemRoster
      .flatMap(({ impl, model }) => [impl, model])
      .filter(({ length }) => length > 0);
    expect(folders.size).toBe(plants.length + 1);
  });

  test("of machine code is another machine code", async () => {
    const sound = await codeWith([]);
    const rows = systemRoster.filter(({ impl }) => impl.some(({ file }) => isCode(file)));
    expect(rows.length).toBeGreaterThan(15);
    for (const { id, impl } of rows) {
      expect(await codeWith(impl.filter(({ file }) => isCode(file))), id).not.toBe(sound);
    }
  });

  test.each(systemRoster.filter(({ model }) => model.length > 0))(
    "in the reference shows in its script: $id",
    async ({ id }) => {
      const path = `${WITNESSES}${id}.json`;
      expect(existsSync(path), path).toBe(true);
      const script = loadScript(path);
      const faulty = (await systemsWith([`model:${id}`])).createSystemModel();
      expect(compareSystems(script, createSystemModel(), faulty)).not.toBeNull();
    },
  );

  test("shows in no script that is there for another reason", () => {
    const known = new Set(systemRoster.filter(({ model }) => model.length > 0).map(({ id }) => `${id}.json`));
    expect(readdirSync(WITNESSES).filter((file) => !known.has(file))).toEqual([]);
  });
});

function isCode(file: string): boolean {
  return (CODES as readonly string[]).includes(file);
}

/** Gate and stubs, assembled. */
async function codeWith(patches: readonly { file: string; from: string; to: string }[]): Promise<string> {
  const variant = variantOf(patches);
  const { GATE } = await variant.load<Codes>(CODES[0]);
  const { STUBS } = await variant.load<Codes>(CODES[1]);
  const words = [
    ...assembleProgram(GATE, { capabilityMode: true }).words,
    ...assembleProgram(STUBS, { capabilityMode: false }).words,
  ];
  return words.join(" ");
}
