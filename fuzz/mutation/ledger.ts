/**
 * The ledger of survivors, `corpora/mutation/ledger.json`: why a mutant that no test kills is no gap.
 *
 * An entry is found by what is changed into what, not by a line number, so it stays where its text stays.
 */
import * as z from "zod";
import { parseJson, readText } from "../program/file.ts";
import { type FileResult, type Mutant, mutatedLine, mutatedText } from "./record.ts";

const text = z.string().max(10_000);
const argument = z.string().min(20, "expected an argument of at least 20 characters").max(2_000);

const mutantShape = {
  file: text,
  /** What is replaced, as in the source. */
  text,
  replacement: text,
  /** The line it begins in, without the spaces around it: tells alike texts of a file from one another. */
  line: text,
};

const entry = z.union(
  [
    /** Why no test can tell the difference. */
    z.strictObject({ ...mutantShape, equivalent: argument }),
    /** File and name of the property that was written because of it: the mutant is to be killed from then on. */
    z.strictObject({
      ...mutantShape,
      property: text.regex(/^\S+\.test\.ts: ./, "expected a test file and a name"),
    }),
  ],
  "expected file, text, replacement, line, and either equivalent (an argument of 20 to 2000 characters) or property",
);

export const ledgerSchema = z.strictObject({
  format: z.literal("capwright-mutation-ledger"),
  version: z.literal(1),
  entries: z.array(entry).max(10_000),
});

export type LedgerEntry = z.output<typeof entry>;

/** What an entry calls a mutant by. */
type Called = Pick<LedgerEntry, keyof typeof mutantShape>;

/** @throws BadInput naming file and field; also when two entries are about the same mutant. */
export function loadLedger(file: string): readonly LedgerEntry[] {
  return parseLedger(readText(file), file);
}

export function parseLedger(content: string, name: string): readonly LedgerEntry[] {
  const seen = new Set<string>();
  const unique = ledgerSchema.superRefine(({ entries }, context) => {
    for (const [index, one] of entries.entries()) {
      const key = keyOf(one);
      if (seen.has(key))
        context.addIssue({ code: "custom", path: ["entries", index], message: "expected no mutant twice" });
      seen.add(key);
    }
  });
  return parseJson(content, unique, name).entries;
}

/** Survivors that the ledger explains become ignored, with its argument; what it says wrongly is an objection. */
export interface Triaged {
  readonly result: FileResult;
  readonly objections: readonly string[];
}

/**
 * Applies the entries of one file to what became of its mutants.
 *
 * @param whole whether these are all mutants of the file: then each entry must have its mutant.
 */
export function triaged(
  file: string,
  result: FileResult,
  ledger: readonly LedgerEntry[],
  whole: boolean,
): Triaged {
  const entries = new Map(ledger.filter((one) => one.file === file).map((one) => [keyOf(one), one]));
  const used = new Set<string>();
  const objections: string[] = [];

  const mutants = result.mutants.map((mutant): Mutant => {
    const key = keyOf(called(file, result.source, mutant));
    const found = entries.get(key);
    if (found === undefined) return mutant;
    used.add(key);
    const isSurvivor = mutant.status === "Survived" || mutant.status === "NoCoverage";
    if ("property" in found) {
      if (isSurvivor) objections.push(`${file}: not killed by ${found.property}: ${spelt(found)}`);
      return mutant;
    }
    if (mutant.status === "Killed")
      objections.push(
        `${file}: said to be equivalent, and killed by ${mutant.killedBy?.[0] ?? "a test"}: ${spelt(found)}`,
      );
    return isSurvivor ? { ...mutant, status: "Ignored", statusReason: found.equivalent } : mutant;
  });

  for (const [key, one] of entries)
    if (whole && !used.has(key)) objections.push(`${file}: in the ledger, but no such mutant: ${spelt(one)}`);
  return { result: { ...result, mutants }, objections };
}

/** How an entry of the ledger calls a mutant. */
export function called(file: string, source: string, mutant: Mutant): Called {
  return {
    file,
    text: mutatedText(source, mutant),
    replacement: mutant.replacement,
    line: mutatedLine(source, mutant),
  };
}

function keyOf({ file, text, replacement, line }: Called): string {
  return JSON.stringify([file, text, replacement, line]);
}

function spelt({ text, replacement }: LedgerEntry): string {
  return `${JSON.stringify(text)} -> ${JSON.stringify(replacement)}`;
}
