import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BadInput } from "../bad-input.ts";
import { injectedProgram, loadProgramOrFinding, saveProgram } from "../program/index.ts";
import { parseTestrig } from "../testrig/reader.ts";
import * as minimize from "./minimize.ts";
import * as replay from "./replay.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-minimize-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

/** Grows its bounds by a second csetboundsimm, amid words that do not matter. */
const TEXT = `
  addi x5, x0, 7
  csealentry c6, c6
  auipc x7, 0
  csetboundsimm c10, c11, 5
  addi x12, x0, 9
  csetboundsimm c10, c10, 15
  cgettag x13, c10
`;
/** CSetBounds does not look whether the bounds lie within those of its source. */
const FAULT = "E21";

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs the command, or `replay`, as the command line does; what it prints, and the exit code it asks for. */
async function run(...args: string[]): Promise<{ out: string; code: number }> {
  let out = "";
  const program = new Command()
    .exitOverride()
    .configureOutput({ writeOut: (text) => (out += text), writeErr: () => {} });
  for (const { register } of [minimize, replay]) register(program);
  process.exitCode = undefined;
  await program.parseAsync(args[0] === "replay" ? args : ["minimize", ...args], { from: "user" });
  return { out, code: exitCode() };
}

function exitCode(): number {
  return Number(process.exitCode ?? 0);
}

describe("capwright minimize", () => {
  test("shrinks assembly to a finding beside it, and tells its story", async () => {
    const path = file("wide.s", TEXT);
    const { out, code } = await run(path, "--fault", FAULT);
    const small = join(folder, "wide.min.json");
    expect(code).toBe(1);
    expect(out).toContain("model and impl differ at step 1, csetboundsimm.");
    expect(out).toContain(`npx capwright replay ${small}`);
    expect(out).toContain(`broken: 2 of 7 words, written to ${small}\n`);
    const { finding } = loadProgramOrFinding(small);
    expect(finding).toMatchObject({ shrunk: true, faults: [FAULT], origin: null });
    expect(finding!.found.words).toHaveLength(7);
    expect(finding!.program.words).toHaveLength(2);
    expect(out).toContain(finding!.story);
  });

  test("shrinks a finding with what was planted in it, and keeps what it was found as", async () => {
    const path = file("wide.s", TEXT);
    await run(path, "--fault", FAULT);
    const out = join(folder, "again.json");
    const { code } = await run(join(folder, "wide.min.json"), "--out", out);
    expect(code).toBe(1);
    expect(loadProgramOrFinding(out).finding!.found.words).toHaveLength(7);
  });

  // Both machines grow the bounds: there is no difference, and the oracles object.
  test("shrinks what breaks a rule on both machines alike; the finding replays", async () => {
    const path = file("wide.s", TEXT);
    const { out, code } = await run(path, "--fault", `both:${FAULT}`);
    const small = join(folder, "wide.min.json");
    expect(code).toBe(1);
    const { finding } = loadProgramOrFinding(small);
    const { oracle, violation, difference, program, faults } = finding!;
    expect({ difference, faults, words: program.words.length }).toEqual({
      difference: null,
      faults: [`both:${FAULT}`],
      words: 2,
    });
    expect(violation).toMatchObject({ oracle, at: 1, instruction: "csetboundsimm" });
    const told = `model breaks rule ${violation!.rule} of oracle ${oracle} at step 1, csetboundsimm.`;
    expect(out).toContain(told);

    expect(await run(small, "--out", join(folder, "again.json"))).toMatchObject({ code: 1 });
    expect(loadProgramOrFinding(join(folder, "again.json")).finding!.violation).toEqual(violation);
    const again = await run("replay", small);
    expect(again).toMatchObject({ code: 1 });
    expect(again.out).toContain(told);
    const alone = await run("replay", "--machine", "impl", small);
    expect(alone).toMatchObject({ code: 1 });
    expect(alone.out).toContain(told.replace("model", "impl"));
  });

  test("reads and writes TestRIG traces", async () => {
    const words = ["0x0050a0db", "0x00000013", "0x00f0a0db"];
    const path = file("trace.S", words.map((word) => `.4byte ${word}\n`).join(""));
    const { out, code } = await run(path, "--fault", FAULT, "--format", "testrig");
    const small = join(folder, "trace.min.S");
    expect(code).toBe(1);
    expect(out).toContain(`npx capwright replay ${small} --fault ${FAULT}\n`);
    expect(readFileSync(small, "utf8")).toMatch(/^#>QCVENGINE_TEST_V2\.0\n\.4byte 0x\S+ # csetboundsimm/);
    expect(parseTestrig(readFileSync(small, "utf8"), small).program.words).toHaveLength(2);
  });

  test("shrinks a trace whose assertion fails on both machines, and keeps the assertion", async () => {
    const path = file(
      "trace.S",
      [
        "#>QCVENGINE_TEST_V2.0",
        ".4byte 0x00000013",
        ".4byte 0x00700293",
        "#>START_ASSERT_LAST_VAL",
        ".4byte 0x00128313",
        '#>END_ASSERT_LAST_VAL rd_wdata == 0x9 "nine"',
        ".4byte 0x00000013",
        "",
      ].join("\n"),
    );
    const { out, code } = await run(path, "--format", "testrig");
    const small = join(folder, "trace.min.S");
    expect(code).toBe(1);
    expect(out).toContain("assertion fails: word 0: rd_wdata: expected 0x9, found 0x1: nine\n");
    expect(out).toContain(`broken: 1 of 4 words, written to ${small}\n`);
    expect(parseTestrig(readFileSync(small, "utf8"), small).program.marks).toHaveLength(1);
  });

  test("of a program that does not fail holds and writes nothing", async () => {
    const path = file("wide.s", TEXT);
    const { out, code } = await run(path);
    expect(code).toBe(0);
    expect(out).toBe(`${path}: holds: model and impl agree in 7 steps and break no rule\n`);
    expect(readdirSync(folder)).toEqual(["wide.s"]);
  });

  test("of a program without words is unknown", async () => {
    const path = join(folder, "empty.json");
    saveProgram(path, injectedProgram([]));
    const { out, code } = await run(path);
    expect([out, code]).toEqual([`${path}: unknown: no step to take\n`, 2]);
  });

  test.each([
    ["x.txt", "", /x\.txt: expected a name that ends in \.json, \.S or \.s/],
    ["x.json", "{", /x\.json: line 1, column 2: expected JSON/],
    ["x.S", ".8byte 1\n", /x\.S: line 1: /],
    ["x.s", "cfly c1\n", /x\.s: line 1: unknown instruction cfly/],
  ])("refuses %s that it cannot read", async (name, content, message) => {
    const path = file(name, content);
    await expect(run(path)).rejects.toThrow(BadInput);
    await expect(run(path)).rejects.toThrow(message);
  });

  test("refuses a missing file and an unknown fault", async () => {
    await expect(run(join(folder, "none.s"))).rejects.toThrow(/none\.s: cannot be read \(ENOENT\)/);
    await expect(run(file("x.s", TEXT), "--fault", "E999")).rejects.toThrow(/E999: no planted fault/);
  });

  test("refuses to send what RVFI-DII cannot carry", async () => {
    const path = join(folder, "fetched.json");
    const program = injectedProgram([0x0050_a0db, 0x00f0_a0db, 0x0000_006f]);
    saveProgram(path, { ...program, fetch: "memory", budgetSteps: 3 });
    const bare = join(folder, "bare.json");
    saveProgram(bare, { ...program, start: { preset: "bare" } });
    await expect(run(bare, "--against", "rvfi://127.0.0.1:1")).rejects.toThrow(
      /carries only injected programs/,
    );
    await expect(run(path, "--against", "rvfi://127.0.0.1:1")).rejects.toThrow(
      /carries only injected programs/,
    );
  });
});
