import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BadInput } from "../bad-input.ts";
import { loadScriptOrFinding } from "../system/finding.ts";
import { stepsOf } from "../system/lockstep.ts";
import { scriptDiskForm } from "../system/script.ts";
import * as minimize from "./minimize.ts";
import * as replay from "./replay.ts";

const corpus = join(import.meta.dirname, "../../corpora/system");
const grant = join(corpus, "grant-and-revoke.json");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-system-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

/** Runs a command as the command line does; what it prints, and the exit code it asks for. */
async function run(...args: string[]): Promise<{ out: string; code: unknown }> {
  let out = "";
  const program = new Command()
    .exitOverride()
    .configureOutput({ writeOut: (text) => (out += text), writeErr: () => {} });
  for (const { register } of [minimize, replay]) register(program);
  process.exitCode = undefined;
  await program.parseAsync(args, { from: "user" });
  return { out, code: process.exitCode };
}

/** The script of a grant with something changed, as a file. */
function changed(change: (script: { steps: { expect?: unknown }[]; schedule: unknown[] }) => void): string {
  const script = scriptDiskForm(loadScriptOrFinding(grant).script) as Parameters<typeof change>[0];
  change(script);
  const path = join(folder, "script.json");
  writeFileSync(path, JSON.stringify(script));
  return path;
}

const unmet = () =>
  changed(({ steps }) => {
    steps[9]!.expect = { result: { kind: "number", value: "0x40" } };
  });

describe("replay of a script", () => {
  test("lists the steps and says that what they expect is met", async () => {
    const { out, code } = await run("replay", grant);
    expect(out).toContain(
      "  11  reader.0 cp_file_pread(handle=@9, offset=8, ptr=own.data+0x200, n=0x64)  = 0x38\n",
    );
    expect(out).toMatch(/holds: 21 steps agree, 14 expectations met\n$/);
    expect(code).toBe(0);
  });

  test("ends at the first expectation that is not met", async () => {
    const { out, code } = await run("replay", unmet());
    expect(out).toMatch(/step 11: model does not do as expected: expected = 0x40, found = 0x38\n$/);
    expect(code).toBe(1);
  });

  test("says nothing of a script without steps", async () => {
    const path = join(folder, "empty.json");
    const empty = { format: "capwright-script", version: 1, level: "system", cvms: [], steps: [] };
    writeFileSync(path, JSON.stringify(empty));
    expect(await run("replay", path)).toEqual({ out: `${path}: unknown: no step to take\n`, code: 2 });
  });

  test("refuses what cannot be a script, and a schedule of who is not there", async () => {
    const spoilt = changed(({ steps }) => steps.splice(0, 1, {}));
    await expect(run("replay", spoilt)).rejects.toThrow(/script\.json: steps\[0\]\.by: /);
    const thread = { cvm: "OWNER", thread: 0 };
    const scheduled = changed(({ schedule }) => schedule.push({ thread, steps: 1 }));
    await expect(run("replay", scheduled)).rejects.toThrow(BadInput);
  });
});

describe("minimize of a script", () => {
  test("keeps the expectation that is not met, and little else", async () => {
    const path = unmet();
    const { out, code } = await run("minimize", path);
    const small = join(folder, "script.min.json");
    expect(out).toMatch(/broken: \d of 21 steps, written to .*script\.min\.json\n$/);
    expect(code).toBe(1);
    const steps = stepsOf(loadScriptOrFinding(small).script);
    expect(steps.length).toBeLessThan(6);
    expect((await run("replay", small)).code).toBe(1);
  });

  test("says so where nothing is wrong", async () => {
    const { out, code } = await run("minimize", grant);
    expect(out).toBe(`${grant}: holds: 21 steps agree and do as expected\n`);
    expect(code).toBe(0);
  });
});

describe("fuzz --level system", () => {
  /** In a process of its own, interrupted as soon as it has said its seed if that is wanted. */
  function fuzz(interrupted: boolean, ...args: string[]): Promise<{ code: number | null; out: string }> {
    const main = join(import.meta.dirname, "../../dist/fuzz/cli/main.js");
    const given = [main, "fuzz", "--level", "system", "--seed", "s", "--out", folder];
    const child = spawn(process.execPath, [...given, ...args]);
    let out = "";
    child.stdout.on("data", (chunk) => {
      if (interrupted && out === "") child.kill("SIGINT");
      out += String(chunk);
    });
    return new Promise((resolve) => child.once("close", (code) => resolve({ code, out })));
  }

  test("prints what was reached and the verdict, and leaves its record", async () => {
    const { code, out } = await fuzz(false, "--runs", "2");
    expect(out).toMatch(/cp_file_advertise +ok \d+/);
    const record = JSON.parse(readFileSync(join(folder, "campaign.json"), "utf8"));
    expect(record).toMatchObject({ seed: "s", scripts: 2 });
    expect(out).toContain(`verdict: ${record.verdict}`);
    expect(code).toBe({ holds: 0, broken: 1, unknown: 2 }[record.verdict as string]);
  });

  test("ends with a verdict when it is interrupted", async () => {
    const { out } = await fuzz(true, "--seconds", "100");
    expect(out).toContain("ended           early, by request");
    expect(out).toMatch(/verdict: /);
  });
});
