import { basename, dirname } from "node:path";
import { type Command, Option } from "commander";
import { bundlePage } from "../../reports/bundle.ts";
import { compareRecords, comparisonText, isRegression } from "../../reports/comparison.ts";
import type { Comparison } from "../../reports/page-data.ts";
import { pageHtml } from "../../reports/page-html.ts";
import { BadInput } from "../bad-input.ts";
import { makeFolder } from "../campaign/output.ts";
import { writeWhole } from "../program/index.ts";
import { type Gathered, gather } from "../report/gather.ts";

interface Options {
  readonly out?: string;
  readonly compare?: readonly string[];
}

const FOLDER_DEFAULT = "out";
const PAGE_DEFAULT = "out/report.html";

export function register(program: Command): void {
  program
    .command("report")
    .description("make one page of everything that was recorded in folders; or compare two of them")
    .argument("[folders...]", `records of campaigns, zoos, runs (default: ${FOLDER_DEFAULT})`)
    .option("--out <file>", `where the page is written (default: ${PAGE_DEFAULT}; with --compare none)`)
    .addOption(
      new Option(
        "--compare <folders...>",
        "OLD NEW: what got better or worse; exit code 1 if too much worse",
      ),
    )
    .action(report);
}

async function report(folders: readonly string[], options: Options, command: Command): Promise<void> {
  const { writeOut } = command.configureOutput();
  if (options.compare !== undefined) return compare(folders, options.compare, options.out, writeOut!);
  const out = options.out ?? PAGE_DEFAULT;
  const places = folders.length === 0 ? [FOLDER_DEFAULT] : folders;
  const gathered = gather(places, out);
  await write(out, gathered, null);
  writeOut!(`${countsText(gathered)}\nwritten to ${out}\n`);
}

/** Prints what changed. Exit code 1 if anything is worse beyond the limits. */
async function compare(
  folders: readonly string[],
  compared: readonly string[],
  out: string | undefined,
  writeOut: (text: string) => void,
): Promise<void> {
  const [before, after, ...more] = [...compared, ...folders];
  if (before === undefined || after === undefined || more.length > 0)
    throw new BadInput(`--compare: expected two folders, OLD and NEW, found ${compared.length}`);
  const [old, now] = [before, after].map((place) => gather([place], out ?? PAGE_DEFAULT)) as [
    Gathered,
    Gathered,
  ];
  const comparison = { before, after, changes: compareRecords(old, now) };
  if (out !== undefined) await write(out, now, comparison);
  writeOut(`${comparisonText(comparison)}\n`);
  process.exitCode = isRegression(comparison) ? 1 : 0;
}

async function write(out: string, gathered: Gathered, comparison: Comparison | null): Promise<void> {
  makeFolder(dirname(out));
  const title = `capwright: ${basename(out).replace(/\.html$/, "")}`;
  writeWhole(out, pageHtml({ title, ...gathered, comparison }, await bundlePage()));
}

/** `2 campaigns, 1 finding`. */
function countsText(gathered: Gathered): string {
  const names: readonly [keyof Gathered, string][] = [
    ["campaigns", "campaign"],
    ["systems", "campaign of cVMs"],
    ["objects", "campaign of object files"],
    ["laws", "judgement by laws"],
    ["findings", "finding"],
    ["systemFindings", "finding of cVMs"],
    ["objectFindings", "object file"],
    ["zoos", "zoo"],
    ["cvmRuns", "run of cVMs"],
    ["densities", "density plot"],
    ["mutations", "mutation report"],
    ["coverages", "coverage report"],
  ];
  return names
    .filter(([kind]) => gathered[kind].length > 0)
    .map(([kind, name]) => `${name}: ${gathered[kind].length}`)
    .join(", ");
}
