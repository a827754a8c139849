import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { densitySchema } from "../../reports/records.ts";
import { BadInput } from "../bad-input.ts";
import * as density from "./density.ts";
import * as link from "./link.ts";
import * as replay from "./replay.ts";

const corpora = join(import.meta.dirname, "../../corpora");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-link-cli-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

/** Runs a command as the command line does; what it prints. */
async function run(...args: string[]): Promise<string> {
  let out = "";
  const program = new Command()
    .exitOverride()
    .configureOutput({ writeOut: (text) => (out += text), writeErr: () => {} });
  for (const command of [link, density, replay]) command.register(program);
  await program.parseAsync(args, { from: "user" });
  return out;
}

describe("link", () => {
  test("makes an object of sources and compiled code, which can be listed and judged", async () => {
    const out = join(folder, "both.obj");
    await run("link", join(corpora, "sco/counter.s"), join(corpora, "elf/checksum.o"), "--out", out);
    expect(readdirSync(folder)).toEqual(["both.obj"]);
    const listing = await run("link", "--list", out);
    expect(listing).toContain("3  checksum  0x");
    expect(listing).toContain("state 0x30   import    notify");
    expect(await run("replay", out)).toMatch(/holds: both give the same answer, 0: accepted\n$/);
    expect(process.exitCode).toBe(0);
  });

  test("leaves what was there where something is wrong, and says what", async () => {
    const out = join(folder, "old.obj");
    writeFileSync(out, "old");
    const source = join(folder, "wrong.s");
    writeFileSync(source, ".export f\n.text\nf: ld x5, 0(c5)\n cls c5, nothing\n");
    await expect(run("link", source, "--out", out)).rejects.toThrow(
      new BadInput(`${source}: line 4: nothing is not defined`),
    );
    expect(readFileSync(out, "utf8")).toBe("old");
    await expect(run("link", source)).rejects.toThrow("--out: expected the name of the file to write");
    await expect(run("link", "--list", source)).rejects.toThrow("expected an object file");
    await expect(run("link", join(folder, "none.s"), "--out", out)).rejects.toThrow("none.s: cannot be read");
  });
});

describe("density", () => {
  test("writes records and plots of what it prints", async () => {
    const text = await run("density", "--memory", "2", "--heap", "64", "--out", folder);
    expect(text).toMatch(/single-copy objects +\d+/);
    expect(readdirSync(folder).sort()).toEqual([
      "instances.json",
      "instances.svg",
      "resident.json",
      "resident.svg",
    ]);
    const record = densitySchema.parse(JSON.parse(readFileSync(join(folder, "instances.json"), "utf8")));
    expect(record.series).toHaveLength(4);
    expect(readFileSync(join(folder, "resident.svg"), "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  test("takes the libraries that are named, and refuses what is none", async () => {
    const none = join(folder, "none.so");
    writeFileSync(none, "not a library");
    await expect(run("density", none, "--out", join(folder, "out"))).rejects.toThrow(`${none}: file header`);
    expect(existsSync(join(folder, "out"))).toBe(false);
  });
});
