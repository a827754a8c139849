/**
 * `npm run mutation`: mutates the sources, says what no test noticed, and holds it against the ledger.
 *
 * Exit codes: 0 holds, 1 broken (a survivor without an entry in the ledger, or a score below that of its folder),
 * 2 unknown (something was not measured) or unusable input.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { BadInput } from "../bad-input.ts";
import { writeWhole } from "../program/file.ts";
import { judge } from "./judgement.ts";
import { loadLedger } from "./ledger.ts";
import { measure } from "./night.ts";
import { mutationPage } from "./page.ts";
import { targetsIn } from "./plan.ts";
import { changedLines, projectFiles } from "./sources.ts";

interface Options {
  readonly changed?: string | true;
  readonly minutes: number;
  readonly concurrency: number;
  readonly fresh?: true;
  readonly out: string;
}

const EXIT_CODES = { holds: 0, broken: 1, unknown: 2 } as const;

const command = new Command("mutation")
  .argument("[PLACE...]", "files or folders; without any, everything that is mutated")
  .option(
    "--changed [REF]",
    "only the lines that differ from a commit (default HEAD); nothing is kept of them",
  )
  .option("--minutes <n>", "begin nothing new after this time; run again to go on", positive, 120)
  .option("--concurrency <n>", "processes that run tests", positive, 2)
  .option("--fresh", "measure again what is known")
  .option("--out <dir>", "where reports and what is known go", "out/mutation")
  .exitOverride()
  .action(run);

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else if (error instanceof BadInput) {
    process.stderr.write(`mutation: ${error.message}\n`);
    process.exitCode = 2;
  } else throw error;
}

async function run(places: readonly string[], options: Options): Promise<void> {
  const ledger = loadLedger("corpora/mutation/ledger.json");
  const files = projectFiles();
  const changed =
    options.changed === undefined ? null : changedLines(options.changed === true ? "HEAD" : options.changed);
  const targets = targetsIn(
    files,
    places.map((place) => place.replace(/\/$/, "")),
    changed,
  );
  if (targets.length === 0)
    throw new BadInput(`${places.join(", ")}: expected something that is mutated and changed`);

  const results = await measure(targets, files, {
    ...options,
    fresh: options.fresh === true,
    keeps: changed === null,
  });
  const judgement = judge(results, ledger, targets.length - results.size, changed === null);
  mkdirSync(options.out, { recursive: true });
  writeWhole(join(options.out, "mutation.json"), `${JSON.stringify(judgement.report)}\n`);
  writeWhole(join(options.out, "mutation.html"), mutationPage(judgement.report, viewer()));
  process.stdout.write(`${judgement.text}\n\n  every mutant: ${join(options.out, "mutation.html")}\n`);
  process.exitCode = EXIT_CODES[judgement.verdict];
}

function viewer(): string {
  const script = import.meta.resolve("mutation-testing-elements/dist/mutation-test-elements.js");
  return readFileSync(new URL(script), "utf8");
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000)
    throw new InvalidArgumentError("expected a whole number from 1 to 10000");
  return value;
}
