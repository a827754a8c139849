/** Coverage as istanbul writes it. */
import type { Range } from "istanbul-lib-coverage";
import * as z from "zod";

const count = z.number().nonnegative();
/** An end without a column is that of the line. */
const position = z.looseObject({
  line: z.number(),
  column: z
    .number()
    .nullable()
    .transform((at) => at ?? 0),
});
const range = z.looseObject({ start: position, end: position });

/** The way past an `if` without `else` is nowhere: it has no lines. */
const way = z.custom<Range>((value) => typeof value === "object" && value !== null);

const fileCoverage = z.looseObject({
  path: z.string(),
  statementMap: z.record(z.string(), range),
  fnMap: z.record(z.string(), z.looseObject({ name: z.string(), decl: range, loc: range, line: z.number() })),
  branchMap: z.record(
    z.string(),
    z.looseObject({ loc: range, type: z.string(), locations: z.array(way), line: z.number() }),
  ),
  s: z.record(z.string(), count),
  f: z.record(z.string(), count),
  b: z.record(z.string(), z.array(count)),
});

export const coverageMapSchema = z.record(z.string(), fileCoverage);
