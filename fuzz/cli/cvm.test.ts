import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BadInput } from "../bad-input.ts";
import * as cvm from "./cvm.ts";

const examples = join(import.meta.dirname, "../../corpora/cvm");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-cvm-cli-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

/** Runs the command as the command line does; what it prints, and the exit code it asks for. */
async function run(...args: string[]): Promise<{ out: string; err: string; code: unknown }> {
  let [out, err] = ["", ""];
  const program = new Command()
    .exitOverride()
    .configureOutput({ writeOut: (text) => (out += text), writeErr: (text) => (err += text) });
  cvm.register(program);
  process.exitCode = undefined;
  await program.parseAsync(["cvm", ...args], { from: "user" });
  return { out, err, code: process.exitCode };
}

describe("cvm", () => {
  test("prints consoles with the name in front, then what came of it; exit code 0 where all ended well", async () => {
    const { out, err, code } = await run(join(examples, "hello.yaml"), "--quantum", "50");
    const [first, , head, row] = out.split("\n");
    expect(first).toBe("hello| hello world 1 2");
    expect(head).toMatch(/^ {2}cVM {4}end {12}steps {2}host calls$/);
    expect(row).toMatch(/^ {2}hello {2}exit status 0 {2}[\d,]+ {2}9$/);
    expect(out).toMatch(/all cVMs have ended\n$/);
    expect(err).toMatch(/^note: addresses of the file /);
    expect(code).toBe(0);
  });

  test("traces host calls with the time, and writes what happened", async () => {
    const json = join(folder, "run.json");
    const { out } = await run(join(examples, "nested.yaml"), "--trace", "--json", json);
    expect(out).toMatch(/^ +0 {2}libos starts\n/);
    expect(out).toMatch(/\d {2}program\.0 cp_call\(handle=0x10000, block=0x[0-9a-f]+\) enters libos\n/);
    expect(out).toMatch(/\d {2}libos ends\n/);
    const record = JSON.parse(readFileSync(json, "utf8")) as { cvms: unknown[]; broken: unknown[] };
    expect(record).toMatchObject({ verdict: "ended", seed: "1", entered: { count: 3 }, broken: [] });
    expect(record.cvms).toHaveLength(2);
  });

  test("puts a disk that is kept into its file when the run is over, and leaves others alone", async () => {
    for (const name of ["runtime.s", "calls.s", "boots.s", "boots.img"]) {
      writeFileSync(join(folder, name), readFileSync(join(examples, name)));
    }
    const write = (disk: string) =>
      writeFileSync(join(folder, "d.yaml"), `cVMs:\n- {name: a, runtime: boots.s, disk: ${disk}}\n`);
    const count = () => readFileSync(join(folder, "boots.img"))[0];
    write("boots.img");
    expect((await run(join(folder, "d.yaml"))).out).not.toContain("disk of a");
    expect(count()).toBe(0);
    write("{file: boots.img, kept: true}");
    await run(join(folder, "d.yaml"));
    const { out } = await run(join(folder, "d.yaml"));
    expect(out).toContain("a| runs: 2\ndisk of a: sectors changed: 1, written to ");
    expect(count()).toBe(2);
    expect(readdirSync(folder).some((name) => name.endsWith(".tmp"))).toBe(false);
  });

  test("ends with 1 where a cVM does not end well", async () => {
    writeFileSync(join(folder, "trap.s"), "start:\n  ebreak\n");
    const file = join(folder, "trap.yaml");
    writeFileSync(file, "cVMs:\n- {name: a, runtime: trap.s}\n");
    const { out, code } = await run(file);
    expect(out).toContain("a    fault: breakpoint at start: ebreak");
    expect(code).toBe(1);
    expect((await run(file, "--no-check")).out).toBe(out);
  });

  test("creates nothing where anything is wrong", async () => {
    const [file, json] = [join(folder, "bad.yaml"), join(folder, "run.json")];
    writeFileSync(file, "cVMs:\n- {name: a, runtime: a.s}\n");
    await expect(run(file, "--json", json)).rejects.toThrow(BadInput);
    expect(existsSync(json)).toBe(false);
    await expect(run(join(folder, "missing.yaml"))).rejects.toThrow(
      /missing\.yaml: cannot be read \(ENOENT\)/,
    );
    await expect(run(file, "--steps", "0")).rejects.toThrow(/expected a whole number from 1/);
  });
});
