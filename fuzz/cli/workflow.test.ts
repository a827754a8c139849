import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { loadAccepted } from "../finding/accepted.ts";
import { ROOT } from "../variant/sources.ts";
import { register as registerFuzz } from "./fuzz.ts";
import { register as registerReport } from "./report.ts";
import { register as registerZoo } from "./zoo.ts";

const read = (name: string) => readFileSync(join(ROOT, name), "utf8");

test("every command of the workflow is there, with its options", () => {
  const program = new Command();
  for (const register of [registerFuzz, registerReport, registerZoo]) register(program);
  const scripts = Object.keys(JSON.parse(read("package.json")).scripts);
  const { jobs } = parse(read("docs/workflow.yml")) as {
    jobs: Record<string, { steps: { run?: string }[] }>;
  };
  const lines = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  const used = { scripts: 0, commands: 0 };
  for (const line of lines) {
    const [tool, verb, name, ...rest] = line.split(/\s+/);
    if (tool === "npm" && verb === "run") {
      expect(scripts).toContain(name);
      used.scripts++;
    }
    if (tool !== "npx") continue;
    const command = program.commands.find((one) => one.name() === name)!;
    expect(command, line).toBeDefined();
    const options = command.options.map(({ long }) => long);
    for (const word of rest) if (word.startsWith("--")) expect(options, line).toContain(word);
    used.commands++;
  }
  expect(used).toEqual({ scripts: 3, commands: 3 });
});

test("the example of accepted differences can be read", () => {
  const folder = mkdtempSync(join(tmpdir(), "capwright-docs-"));
  const path = join(folder, "accepted.yaml");
  writeFileSync(path, /```yaml\n([\s\S]*?)```/.exec(read("docs/README.md"))![1]!);
  expect(loadAccepted(path, "2026-12-01")).toMatchObject([{ until: "2027-03-31" }]);
  rmSync(folder, { recursive: true });
});
