/** Reads everything that a report can show from folders, and says of findings what takes knowledge of instructions. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import * as z from "zod";
import { disassemble } from "../../model/isa/index.ts";
import type {
  Linked,
  PageData,
  ToldFinding,
  ToldObjectFinding,
  ToldSystemFinding,
} from "../../reports/page-data.ts";
import { coverageSchema, mutationSchema, type ObjectCampaign, schemas } from "../../reports/records.ts";
import { coverageRows, mutationRows } from "../../reports/scores.ts";
import { BadInput } from "../bad-input.ts";
import { stepSpeller } from "../finding/step-text.ts";
import { parseJson, readText } from "../program/file.ts";
import { type Finding, findingSchema } from "../program/finding.ts";
import { objectText } from "../sco/fuzz-text.ts";
import { loadScriptOrFinding } from "../system/finding.ts";
import { stepText } from "../system/listing.ts";
import { stepsOf } from "../system/lockstep.ts";
import { formatTestrig } from "../testrig/writer.ts";

export type Gathered = Omit<PageData, "title" | "comparison">;

/** Folders within folders, and files in all of them, that are looked through at most. */
const DEPTH_MAX = 6;
const FILES_MAX = 50_000;
/** Folders that hold no records, however many JSON files. */
const PASSED_OVER = new Set(["node_modules", "corpus", "tmp", ".git"]);

/**
 * Reads every record in these folders and the folders in them; files are taken, too. JSON that is none of the records of
 * a report is passed over: programs, scripts.
 *
 * @param page where the page will lie: links are relative to it.
 * @throws BadInput naming file and field, also when there is nothing to show.
 */
export function gather(places: readonly string[], page: string): Gathered {
  const files = places.flatMap((place) => filesIn(place));
  const gathered = emptyGathering();
  for (const file of new Set(files)) take(file, page, gathered);
  const count = Object.values(gathered).reduce((sum, records) => sum + records.length, 0);
  if (count === 0)
    throw new BadInput(`${places.join(", ")}: no record to report on: expected campaign.json or the like`);
  return gathered;
}

type Gathering = { -readonly [Kind in keyof Gathered]: Gathered[Kind][number][] };

function emptyGathering(): Gathering {
  return {
    campaigns: [],
    systems: [],
    objects: [],
    findings: [],
    systemFindings: [],
    objectFindings: [],
    laws: [],
    zoos: [],
    cvmRuns: [],
    densities: [],
    mutations: [],
    coverages: [],
  };
}

/** In the order of their names. */
function filesIn(place: string): string[] {
  const found: string[] = [];
  const visit = (path: string, depth: number): void => {
    for (const entry of entriesOf(path)) {
      const inner = join(path, entry.name);
      if (entry.isDirectory() && depth < DEPTH_MAX && !PASSED_OVER.has(entry.name)) visit(inner, depth + 1);
      else if (entry.isFile() && entry.name.endsWith(".json")) found.push(inner);
      if (found.length > FILES_MAX)
        throw new BadInput(`${place}: expected at most ${FILES_MAX} files, found more`);
    }
  };
  if (statSync(place, { throwIfNoEntry: false })?.isFile()) return [place];
  visit(place, 1);
  return found;
}

function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new BadInput(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
}

/** What a file says it is; files of other tools are known by their shape. */
const kindSchema = z.union([
  z.looseObject({ format: z.string() }),
  z.looseObject({ schemaVersion: z.string(), files: z.looseObject({}) }),
  z.looseObject({}),
  z.unknown(),
]);

function take(file: string, page: string, gathered: Gathering): void {
  const text = readText(file);
  const kind = parseJson(text, kindSchema, file);
  if (basename(file) === "coverage-summary.json") {
    const rows = coverageRows(parseJson(text, coverageSchema, file), process.cwd());
    gathered.coverages.push(linked(file, page, ["index.html", "lcov-report/index.html"], rows));
    return;
  }
  if (typeof kind !== "object" || kind === null) return;
  if ("schemaVersion" in kind && "files" in kind) {
    const rows = mutationRows(parseJson(text, mutationSchema, file));
    gathered.mutations.push(linked(file, page, [`${basename(file, ".json")}.html`, "index.html"], rows));
    return;
  }
  const format = "format" in kind ? String(kind.format) : "";
  if (isKey(format, plain)) takePlain(file, text, format, gathered);
  else if (isKey(format, told)) told[format](file, text, gathered);
}

/** Records that are shown as they are, and where they go. */
const plain = {
  "capwright-campaign": "campaigns",
  "capwright-system-campaign": "systems",
  "capwright-laws": "laws",
  "capwright-zoo": "zoos",
  "capwright-cvm-run": "cvmRuns",
  "capwright-density": "densities",
} as const;

/** Records of which there is more to say than they hold. */
const told = {
  "capwright-finding": (file: string, text: string, gathered: Gathering) => {
    gathered.findings.push(toldFinding(file, text));
  },
  "capwright-system-finding": (file: string, text: string, gathered: Gathering) => {
    gathered.systemFindings.push(toldSystemFinding(file, text));
  },
  "capwright-object-campaign": (file: string, text: string, gathered: Gathering) => {
    const record = parseJson(text, schemas["capwright-object-campaign"], file);
    gathered.objects.push({ file, record });
    gathered.objectFindings.push(...record.findings.map((finding) => toldObjectFinding(file, finding)));
  },
};

function isKey<Table extends object>(name: string, table: Table): name is keyof Table & string {
  return Object.hasOwn(table, name);
}

function takePlain(file: string, text: string, format: keyof typeof plain, gathered: Gathering): void {
  const record: unknown = parseJson(text, schemas[format], file);
  const into: { file: string; record: unknown }[] = gathered[plain[format]];
  into.push({ file, record });
}

function linked(file: string, page: string, reports: readonly string[], rows: Linked["rows"]): Linked {
  const found = reports.map((name) => join(dirname(file), name)).find((path) => existsSync(path));
  const link = found === undefined ? null : relative(dirname(resolve(page)), resolve(found));
  return { file, link: link === null ? null : link.split(sep).map(encodeURIComponent).join("/"), rows };
}

function toldFinding(file: string, text: string): ToldFinding {
  const finding = parseJson(text, findingSchema, file);
  const listing = listingOf(finding);
  const testrig =
    finding.program.fetch === "injected"
      ? formatTestrig({ program: finding.program, scopes: [] }, (word, at) => assemblyOf(listing, word, at))
      : null;
  return { file, record: parseJson(text, schemas["capwright-finding"], file), listing, testrig };
}

function listingOf({ traces, program }: Finding): string[] {
  const spell = stepSpeller();
  const steps = traces.expect.length > 0 ? traces.expect : traces.actual;
  if (steps.length === 0) return program.words.map((word) => disassemble(word, false));
  return steps.map((event) => spell(event));
}

/** The instruction alone: a line of a listing has address and word before it, and effects behind it. */
function assemblyOf(listing: readonly string[], word: number, at: number): string {
  return listing[at]?.split(/ {2,}/)[2] ?? disassemble(word, false);
}

function toldSystemFinding(file: string, text: string): ToldSystemFinding {
  const { script } = loadScriptOrFinding(file);
  return {
    file,
    record: parseJson(text, schemas["capwright-system-finding"], file),
    steps: stepsOf(script).map(stepText),
  };
}

/** The file lies where it was written, or beside the record. */
function toldObjectFinding(campaign: string, record: ObjectCampaign["findings"][number]): ToldObjectFinding {
  const file = [record.file, join(dirname(campaign), basename(record.file))].find((path) => existsSync(path));
  return { file: file ?? record.file, record, ...objectText(file ?? null) };
}
