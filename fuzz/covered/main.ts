/**
 * `npm run coverage`: which lines the suite, the command line and campaigns come to, and what campaigns meet.
 *
 * Arguments are handed to the suite: `npm run coverage -- model/capability` runs one part of it (floors are then missed).
 * Exit codes: 0, 1 (a folder below its floor), 2 (something could not be run).
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import coverage, { type CoverageMapData } from "istanbul-lib-coverage";
import { createContext } from "istanbul-lib-report";
import reports from "istanbul-reports";
import { BadInput } from "../bad-input.ts";
import { parseJson, readText } from "../program/file.ts";
import { systemRules } from "../system/oracle/oracles.ts";
import { floors } from "./floors.ts";
import { byFolder, type FolderCoverage, isBelow, linePercent } from "./folders.ts";
import { united } from "./lines.ts";
import { invariantsSchema, type Met, machineSchema, meaningOf, systemSchema } from "./meaning.ts";
import { coverageMapSchema } from "./schema.ts";

const OUT = "out/coverage";
/** Names of what was never met that are listed. */
const NEVER_MAX = 12;

try {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const suite = runSuite(process.argv.slice(2));
  const rest = runCommands();
  if (!Object.keys(rest).some((path) => path in suite))
    throw new BadInput("dist: expected compiled files with source maps to this folder; npm run build");
  const lines = united(suite, [rest]);
  writeReports(lines);
  const folders = byFolder(lines, process.cwd(), floors);
  const below = folders.filter(isBelow);
  const tables = [folderTable(folders), meaningText(campaignsMet())];
  const verdict = below.map(
    (one) => `${one.folder}: ${linePercent(one).toFixed(1)} % of the lines, expected at least ${one.floor} %`,
  );
  console.log(
    [...tables, ...(below.length > 0 ? [verdict.join("\n")] : []), `every line: ${OUT}/index.html`].join(
      "\n\n",
    ),
  );
  process.exitCode = below.length > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof BadInput)) throw error;
  console.error(`coverage: ${error.message}`);
  process.exitCode = 2;
}

/** Vitest's own provider: c8 around it would see nothing. */
function runSuite(patterns: readonly string[]): CoverageMapData {
  const folder = join(OUT, "suite");
  const files = ["model", "impl", "fuzz", "reports"].map((one) => `--coverage.include=${one}/**/*.ts`);
  const vitest = new URL("vitest.mjs", import.meta.resolve("vitest/package.json"));
  run(process.execPath, [
    ...[
      fileURLToPath(vitest),
      "run",
      ...patterns,
      "--coverage.enabled",
      "--coverage.provider=v8",
      "--coverage.reporter=json",
    ],
    ...[...files, "--coverage.exclude=**/*.test.ts", `--coverage.reportsDirectory=${folder}`],
  ]);
  return mapIn(folder);
}

/** The compiled command line: a campaign at each level, and what else it does. */
function runCommands(): CoverageMapData {
  const [raw, folder] = [join(OUT, "raw"), join(OUT, "commands")];
  const main = "dist/fuzz/cli/main.js";
  const seed = ["--seed", "coverage", "--out"];
  for (const command of [
    ["fuzz", "--runs", "4000", "--workers", "1", ...seed, join(OUT, "machine")],
    ["fuzz", "--level", "value", "--runs", "100", ...seed, join(OUT, "value")],
    ["fuzz", "--level", "system", "--runs", "100", ...seed, join(OUT, "system")],
    ["replay", "corpora/system/nested-call.json"],
    ["cvm", "corpora/cvm/kv.yaml"],
    ["report", OUT, "--out", join(OUT, "report.html")],
  ])
    run(process.execPath, [main, ...command], { NODE_V8_COVERAGE: raw });
  const c8 = fileURLToPath(import.meta.resolve("c8/bin/c8.js"));
  run(process.execPath, [c8, "report", "--temp-directory", raw, "--reporter=json", "--report-dir", folder]);
  return mapIn(folder);
}

/** A campaign so short that it may well end with `unknown`: what it has not reached is listed, not held against it. */
function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(command, args, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0 && status !== 2)
    throw new BadInput(`${[command, ...args].join(" ")}: ended with ${status}`);
}

function mapIn(folder: string): CoverageMapData {
  const file = join(folder, "coverage-final.json");
  return parseJson(readText(file), coverageMapSchema, file);
}

function writeReports(lines: CoverageMapData): void {
  const context = createContext({ dir: OUT, coverageMap: coverage.createCoverageMap(lines) });
  for (const report of [reports.create("html"), reports.create("lcovonly"), reports.create("json-summary")])
    report.execute(context);
}

function campaignsMet(): Met[] {
  const read = (file: string) => readText(file);
  const [machine, system] = [join(OUT, "machine/campaign.json"), join(OUT, "system/campaign.json")];
  const invariants = "corpora/invariants/invariants.json";
  return meaningOf({
    machine: parseJson(read(machine), machineSchema, machine),
    system: parseJson(read(system), systemSchema, system),
    invariants: parseJson(read(invariants), invariantsSchema, invariants),
    systemRules: new Map(
      systemRules.map(({ oracle, name, invariants }) => [`${oracle} ${name}`, invariants]),
    ),
  });
}

function folderTable(folders: readonly FolderCoverage[]): string {
  return folders
    .map((one) => {
      const lines = `${linePercent(one).toFixed(1)} %`.padStart(8);
      const branches = `branches ${one.taken} of ${one.branches}`;
      return `${one.folder.padEnd(18)} ${lines} of ${String(one.lines).padStart(5)} lines, ${branches}`;
    })
    .join("\n");
}

function meaningText(parts: readonly Met[]): string {
  return parts
    .map(({ what, met, all, never }) => {
      const names = never.length === 0 ? "" : `\n  never: ${never.slice(0, NEVER_MAX).join("; ")}`;
      const more = never.length > NEVER_MAX ? `; and ${never.length - NEVER_MAX} more` : "";
      return `${what}: ${met}${all === null ? "" : ` of ${all}`}${names}${more}`;
    })
    .join("\n");
}
