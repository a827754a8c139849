import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { loadGuardPrograms } from "../fuzz/guard/corpus.ts";
import { instrumentedModel } from "../fuzz/guard/instrumented-model.ts";
import { reasons } from "../fuzz/guard/reasons.ts";
import { cellText, type GuardTable, guardTable, writeGuardTable } from "../fuzz/guard/table.ts";
import { nameOf } from "../fuzz/lockstep/name.ts";
import { compareStepwise } from "../fuzz/lockstep/stepwise.ts";
import type { Patch } from "../fuzz/variant/variant.ts";
import { createEngine } from "../impl/engine/index.ts";
import { instructions } from "../model/isa/index.ts";
import { createModel } from "../model/machine/reference.ts";

const programs = loadGuardPrograms(
  fileURLToPath(new URL("../corpora/guards/programs.json", import.meta.url)),
);
const instrumented = await instrumentedModel();
const table = guardTable(instrumented, programs, reasons);

/** Neither reached nor accounted for. */
function missing({ cells }: GuardTable): string[] {
  return cells.filter(({ reached, why }) => !reached && why === null).map(cellText);
}

/** Reached against a reason why they cannot be. */
function refuted({ cells }: GuardTable): string[] {
  return cells.filter(({ reached, why }) => reached && why !== null).map(cellText);
}

// When one of these fails after a change of the model: `npm run guards` finds programs for new guards.
describe("of every instruction, each guard", () => {
  test("is decided both ways, or somebody says why it cannot be", () => {
    expect(missing(table)).toEqual([]);
  });

  test("is reached in no way that somebody says it cannot be", () => {
    expect(refuted(table)).toEqual([]);
    expect(table.idle).toEqual([]);
  });

  test("that is reached is one that the source leads to", () => {
    expect(table.unforeseen).toEqual([]);
  });

  test("is in the table, and written down", () => {
    writeGuardTable(fileURLToPath(new URL("../out/guards.json", import.meta.url)), table);
    const rows = new Set(table.cells.map(({ row }) => row));
    const without = instructions.map(({ name }) => name).filter((name) => !rows.has(name));
    // What these do does not depend on anything.
    expect(without.filter((name) => !/^c\.nop$|\.hint$|ebreak$|^fence|^fpclear$/.test(name))).toEqual([]);
    expect(table.cells.length).toBeGreaterThan(8000);
  });
});

describe("model and engine agree", () => {
  test("on every program that decides a guard", () => {
    const [model, engine] = [createModel(), createEngine()];
    for (const program of programs) {
      expect(compareStepwise(program, model, engine, nameOf)?.difference ?? null).toBeNull();
    }
  });
});

describe("the table of guards notices", () => {
  test("that programs are missing", () => {
    const half = guardTable(instrumented, programs.slice(0, programs.length / 2), reasons);
    expect(missing(half).length).toBeGreaterThan(50);
  });

  test("a path that nothing takes", async () => {
    const dead: Patch = {
      file: "model/isa/cheri-modify.ts",
      from: "const kept = permsFromShown(machine.readInt(rs2));",
      to: "const kept = cs1 === 32 ? 0n : permsFromShown(machine.readInt(rs2));",
    };
    const before = missing(guardTable(await instrumentedModel([dead]), programs, reasons));
    expect(before).toEqual(["candperm: model/isa/cheri-modify.ts candperm.execute: cs1 === 32: true"]);
  });

  test("a reason that is wrong, and one that is about nothing", () => {
    const wrong = { why: "", guards: /^use: isSealed/, never: true, of: () => true };
    const idle = { why: "", guards: /^use: nothing$/, never: true, of: () => true };
    const result = guardTable(instrumented, programs, [...reasons, wrong, idle]);
    expect(refuted(result).length).toBeGreaterThan(50);
    expect(result.idle).toHaveLength(1);
  });
});
