/**
 * The ledger of accepted differences: what two machines may differ in, each with its reason and the day on which somebody
 * has to look at it again. What is accepted is told by values, not by programs or files: a machine that does something
 * else at the same place is a finding.
 */
import * as z from "zod";
import { BadInput } from "../bad-input.ts";
import { readDocument } from "../cvm/document.ts";
import { readText } from "../program/file.ts";
import type { Difference } from "../program/index.ts";

const ENTRIES_MAX = 1000;
const PATTERN_MAX = 500;

const text = z.string().min(1, "expected some words").max(2000);
const pattern = z
  .string()
  .min(1)
  .max(PATTERN_MAX)
  .refine((source) => regexpOf(source) !== null, "expected a regular expression");

const field = z.strictObject({
  /** The path of a field of a difference: `trap.value`. */
  field: pattern,
  expect: pattern.default(".*"),
  actual: pattern.default(".*"),
});

const entry = z.strictObject({
  name: text,
  reason: text,
  owner: text.optional(),
  link: text.optional(),
  /** The last day on which it is accepted. */
  until: z.iso.date("expected a day: 2027-03-31"),
  /** Names of instructions, or `end state`. */
  instruction: pattern.default(".*"),
  /** Every field that differs must be one of these. */
  fields: z.array(field).min(1).max(100),
});

const ledger = z.strictObject({
  format: z.literal("capwright-accepted"),
  version: z.literal(1n, "this release reads version 1"),
  differences: z.array(entry).max(ENTRIES_MAX),
});

/** One entry of the ledger; patterns are regular expressions that have to match the whole of a text. */
export type AcceptedDifference = z.output<typeof entry>;

/**
 * Reads a ledger (YAML).
 *
 * @param today as `2026-11-21`, in UTC.
 * @throws BadInput naming file, line and field; also when an entry has expired, which is what its day is for.
 */
export function loadAccepted(path: string, today: string): readonly AcceptedDifference[] {
  const { data, lineOf } = readDocument(readText(path), path);
  const read = ledger.safeParse({ ...data });
  if (!read.success) {
    const { path: at, message } = read.error.issues[0]!;
    const keys = at.map((key) => (typeof key === "number" ? key : String(key)));
    throw new BadInput(`${path}: line ${lineOf(keys)}: ${keys.join(".")}: ${message}`);
  }
  for (const [index, { name, until }] of read.data.differences.entries()) {
    if (until >= today) continue;
    const line = lineOf(["differences", index, "until"]);
    throw new BadInput(
      `${path}: line ${line}: "${name}" was accepted until ${until}: mend it, or look at it again`,
    );
  }
  return read.data.differences;
}

/** Index of the first entry that accepts a difference; -1 if none does. */
export function acceptedBy(
  entries: readonly AcceptedDifference[],
  { instruction, fields }: Difference,
): number {
  return entries.findIndex(
    (one) =>
      matches(one.instruction, instruction) &&
      fields.every((differs) =>
        one.fields.some(
          (allowed) =>
            matches(allowed.field, differs.field) &&
            matches(allowed.expect, differs.expect) &&
            matches(allowed.actual, differs.actual),
        ),
      ),
  );
}

const compiled = new Map<string, RegExp>();

function matches(source: string, value: string): boolean {
  let pattern = compiled.get(source);
  if (pattern === undefined) {
    pattern = regexpOf(source)!;
    compiled.set(source, pattern);
  }
  return pattern.test(value);
}

function regexpOf(source: string): RegExp | null {
  try {
    // By itself first: in its brackets a text could close them.
    new RegExp(source, "su");
    return new RegExp(`^(?:${source})$`, "su");
  } catch {
    return null;
  }
}
