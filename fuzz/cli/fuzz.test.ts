import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadProgram } from "../program/index.ts";
import { register } from "./fuzz.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "capwright-fuzz-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `capwright fuzz` in a process of its own, and interrupts it when its output holds some text. */
function fuzz(args: readonly string[], interruptAt?: string): Promise<Ended> {
  const main = join(import.meta.dirname, "../../dist/fuzz/cli/main.js");
  const child = spawn(process.execPath, [main, "fuzz", ...args]);
  const seen = { out: "", err: "" };
  let isInterrupted = false;
  const see = (stream: "out" | "err") => (chunk: unknown) => {
    seen[stream] += String(chunk);
    if (interruptAt === undefined || isInterrupted || !(seen.out + seen.err).includes(interruptAt)) return;
    isInterrupted = true;
    child.kill("SIGINT");
  };
  child.stdout.on("data", see("out"));
  child.stderr.on("data", see("err"));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...seen })));
}

const record = () => JSON.parse(readFileSync(join(folder, "campaign.json"), "utf8"));

describe("fuzz", () => {
  test("holds, and leaves its record, the reach table and programs", async () => {
    const { code, out } = await fuzz(["--runs", "200", "--seed", "s", "--workers", "1", "--out", folder]);
    expect(out).toMatch(/^seed s\n/);
    expect(out).toMatch(/programs {8}200\n/);
    expect(out).toMatch(/verdict: holds \([\d,]+ steps compared, no difference, no rule broken\)\n$/);
    expect(code).toBe(0);
    expect(record()).toMatchObject({ seed: "s", budget: { runs: 200 }, verdict: "holds", programs: 200 });
    expect(readFileSync(join(folder, "reach.txt"), "utf8")).toMatch(/cinvoke +retired/);
    const kept = readdirSync(join(folder, "corpus"));
    expect(kept.length).toBeGreaterThan(10);
    expect(loadProgram(join(folder, "corpus", kept[0]!)).fetch).toBe("injected");
  });

  test("finds a planted fault, tells its story, and stores it", async () => {
    const args = ["--runs", "300", "--seed", "s", "--workers", "1", "--fault", "P26", "--out", folder];
    const [junit, sarif] = [join(folder, "junit.xml"), join(folder, "results.sarif")];
    const { code, out } = await fuzz([...args, "--junit", junit, "--sarif", sarif, "--annotations"]);
    expect(code).toBe(1);
    expect(readFileSync(junit, "utf8")).toMatch(
      /<failure type="D\/ctoptr" message="the machines differ at step/,
    );
    expect(JSON.parse(readFileSync(sarif, "utf8")).runs[0].results[0]).toMatchObject({ ruleId: "D/ctoptr" });
    expect(out).toMatch(/\n::error file=\S+ctoptr\S+\.json,title=capwright fuzz%3A /);
    expect(out).toContain("model and impl differ at step");
    const file = /capwright replay (\S+ctoptr\S+\.json)/.exec(out)![1]!;
    expect(loadProgram(file).words.length).toBeLessThanOrEqual(3);
    expect(record()).toMatchObject({ verdict: "broken", faults: ["P26"], findings: [{ file }] });
  });

  test("lets pass what is accepted, and says so", async () => {
    const ledger = join(folder, "accepted.yaml");
    const fields = '  fields: [{field: "register.*", actual: ".*"}]\n';
    const entry = `- name: ctoptr\n  reason: planted\n  until: 2999-12-31\n  instruction: ctoptr\n${fields}`;
    writeFileSync(ledger, `format: capwright-accepted\nversion: 1\ndifferences:\n${entry}`);
    const args = ["--runs", "300", "--seed", "s", "--workers", "1", "--fault", "P26", "--oracle", "D"];
    const { code, out } = await fuzz([...args, "--out", folder, "--accepted", ledger]);
    expect(out).toMatch(/Accepted differences\n +ctoptr +\d+ times +until 2999-12-31/);
    expect(code).toBe(0);
    expect(record().accepted[0].times).toBeGreaterThan(0);
    expect(record().reason).toMatch(/no difference but \d+ that are accepted$/);
  });

  test("finds what both machines do wrong alike, by the oracle that is asked", async () => {
    const args = ["--runs", "300", "--seed", "s", "--workers", "1", "--fault", "both:E21", "--out", folder];
    const { code, out } = await fuzz([...args, "--oracle", "A,D", "--findings", "1"]);
    expect(code).toBe(1);
    expect(out).toMatch(/model breaks rule \S+ of oracle A at step \d+, \S+\./);
    expect(out).toMatch(/oracles +D, A\n/);
    expect(out).toMatch(
      /canaries +impl:P26 found by D in \d+, both:E21 found by [AM] in \d+, model:E01 found by L/,
    );
    expect(record()).toMatchObject({ oracles: ["D", "A"], findings: [{ oracle: "A", difference: null }] });
    expect(readFileSync(join(folder, "rules.txt"), "utf8")).toMatch(/oracle +rule +true +false +vacuous\n/);
  });

  // More programs than shards are ahead of one another, so that later shards mutate what earlier ones found.
  test("is the same with one worker and with two", async () => {
    const fuzzWith = async (workers: string) => {
      const args = ["--runs", "4500", "--seed", "s", "--fault", "P26", "--workers", workers, "--oracle", "D"];
      const { code, out } = await fuzz([...args, "--out", folder]);
      const corpus = readdirSync(join(folder, "corpus")).map((name) =>
        loadProgram(join(folder, "corpus", name)),
      );
      const stories = out.slice(0, out.indexOf("  seed "));
      return { code, stories, corpus, record: { ...record(), workers: 0, elapsedMs: 0, timeline: [] } };
    };
    expect(await fuzzWith("2")).toEqual(await fuzzWith("1"));
    expect(record()).toMatchObject({ verdict: "broken", programs: 4500 });
  });

  test("ends with a verdict on what was done when it is interrupted", async () => {
    const args = ["--seconds", "100", "--workers", "2", "--seed", "s", "--out", folder];
    const { code, out } = await fuzz(args, "seed s");
    const { verdict, interrupted, workers } = record();
    expect({ interrupted, workers }).toEqual({ interrupted: true, workers: 2 });
    expect(out).toContain("ended           early, by request");
    expect(out).toContain(`verdict: ${verdict}`);
    expect(code).toBe(verdict === "holds" ? 0 : 2);
  });
});

describe("fuzz refuses", () => {
  const cases: [string, () => string[], RegExp][] = [
    [
      "a fault, at level system",
      () => ["--level", "system", "--fault", "F02"],
      /--fault: level system has no faults to plant/,
    ],
    ["a level unheard of", () => ["--level", "moon"], /Allowed choices are value, machine, system/],
    ["an unknown fault", () => ["--fault", "NOPE"], /--fault NOPE: no planted fault has this name/],
    [
      "a fault that is in no capability library, at level value",
      () => ["--level", "value", "--fault", "F02"],
      /--fault F02: expected a fault of a capability library; this one is elsewhere/,
    ],
    [
      "another implementation, at level value",
      () => ["--level", "value", "--against", "rvfi://localhost:1"],
      /--against: level value compares with no implementation/,
    ],
    [
      "a peer that is not compared",
      () => ["--against", "rvfi://127.0.0.1:1", "--oracle", "A,M"],
      /--oracle: --against compares; expected D/,
    ],
    ["an unknown oracle", () => ["--oracle", "A,Z"], /expected letters of D,A,M,O,S,V/],
    ["no runs", () => ["--runs", "0"], /expected a whole number from 1/],
    ["half a run", () => ["--runs", "0.5"], /expected a whole number from 1/],
    ["time without number", () => ["--seconds", "soon"], /expected a number above 0/],
    ["too many workers", () => ["--workers", "33"], /expected a whole number from 1 to 32/],
    ["two budgets", () => ["--runs", "1", "--seconds", "1"], /cannot be used with option/],
    ["an unknown option", () => ["--sedd", "s"], /unknown option '--sedd'/],
    [
      "a folder that cannot be made",
      () => {
        writeFileSync(join(folder, "file"), "");
        return ["--out", join(folder, "file", "out")];
      },
      /out: cannot be made \(ENOTDIR\)/,
    ],
  ];
  test.each(cases)("%s", async (_name, args, message) => {
    await expect(parse(["fuzz", "--out", folder, ...args()])).rejects.toThrow(message);
    expect(existsSync(join(folder, "campaign.json"))).toBe(false);
  });
});

/** Reads a command line as the program does, without a process of its own. */
function parse(args: readonly string[]): Promise<unknown> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  register(program);
  return program.parseAsync(args, { from: "user" });
}
