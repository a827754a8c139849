/** Reports of mutation testing, in the schema that StrykerJS writes and its viewer reads. */
import * as z from "zod";

const place = z.object({ line: z.number().int().positive(), column: z.number().int().positive() });

/** The most that a line of a report may say; replacements are whole functions now and then. */
const TEXT_MAX = 100_000;
const text = z.string().max(TEXT_MAX);

const mutant = z.object({
  id: text,
  mutatorName: text,
  replacement: text,
  location: z.object({ start: place, end: place }),
  status: z.enum([
    "Killed",
    "Survived",
    "NoCoverage",
    "CompileError",
    "RuntimeError",
    "Timeout",
    "Ignored",
    "Pending",
  ]),
  statusReason: text.optional(),
  static: z.boolean().optional(),
  testsCompleted: z.number().optional(),
  coveredBy: z.array(text).optional(),
  killedBy: z.array(text).optional(),
});

const fileResult = z.object({ language: text, source: z.string(), mutants: z.array(mutant) });

/** Names of tests, by the identifiers that mutants call them by. */
const testFiles = z.record(text, z.object({ tests: z.array(z.object({ id: text, name: text })) }));

export const reportSchema = z.object({
  schemaVersion: text,
  thresholds: z.object({ high: z.number(), low: z.number() }),
  files: z.record(text, fileResult),
  testFiles: testFiles.optional(),
});

/** What is kept of one file, with hashes of what it was measured with: the file and each file of tests. */
export const measuredSchema = z.object({
  format: z.literal("capwright-mutants"),
  file: text,
  source: text,
  tests: z.record(text, text),
  /** Lots below this have been tried. */
  share: z.number().positive().max(1).default(1),
  result: fileResult,
});

export type Mutant = z.output<typeof mutant>;
export type FileResult = z.output<typeof fileResult>;
export type MutationReport = z.output<typeof reportSchema>;
export type Measured = z.output<typeof measuredSchema>;

/** The text that a mutant replaces. */
export function mutatedText(source: string, { location: { start, end } }: Mutant): string {
  const lines = source.split("\n").slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1)!.slice(0, end.column - 1);
  lines[0] = lines[0]!.slice(start.column - 1);
  return lines.join("\n");
}

/** The first line that a mutant changes, without the spaces around it. */
export function mutatedLine(source: string, { location: { start } }: Mutant): string {
  return source.split("\n")[start.line - 1]!.trim();
}

/**
 * What a run really found: StrykerJS can say "survived" of a mutant on which no test ran. Tests are called by file
 * and name instead of by numbers that mean something else in the next run.
 */
export function honest(report: MutationReport): MutationReport {
  const names = new Map<string, string>();
  for (const [file, { tests }] of Object.entries(report.testFiles ?? {}))
    for (const { id, name } of tests) names.set(id, `${file}: ${name}`);
  const named = (ids: readonly string[] | undefined) =>
    ids?.map((id) => names.get(id) ?? id.replace("#", ": "));

  const files: Record<string, FileResult> = {};
  for (const [file, result] of Object.entries(report.files)) {
    // What else is ignored here are texts, by the settings.
    const made = result.mutants.filter(
      ({ status, statusReason }) => status !== "Ignored" || statusReason === NOT_DRAWN,
    );
    const mutants = made.map((one): Mutant => {
      if (one.status === "Ignored") return { ...one, status: "Pending" };
      const tested = { ...one, coveredBy: named(one.coveredBy), killedBy: named(one.killedBy) };
      if (one.status !== "Survived" || (one.testsCompleted ?? 0) > 0) return tested;
      return { ...tested, status: "Pending", statusReason: NOT_MEASURED };
    });
    files[file] = { ...result, mutants };
  }
  return { ...report, files };
}

/** Why a mutant was not tried. */
export const NOT_DRAWN = "not drawn";

/** Whether a report says of a mutant that its turn has not come. */
export function isUndrawn({ status, statusReason }: Mutant): boolean {
  return status === "Pending" && statusReason === NOT_DRAWN;
}

const NOT_MEASURED = "not measured: no test ran";
