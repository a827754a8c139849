/** Pieces that records of every kind are made of. */
import * as z from "zod";

const TEXT_MAX = 1 << 20;
const LIST_MAX = 1_000_000;

export const text = z.string().max(TEXT_MAX);
export const count = z.number().min(0);
export const hex = z.string().regex(/^0x[0-9a-fA-F]{1,40}$/, "expected a hexadecimal number with 0x");
export const verdict = z.enum(["holds", "broken", "unknown"]);
export const version = z.literal(1, "this release reads version 1");
export const list = <Item extends z.ZodType>(item: Item) => z.array(item).max(LIST_MAX);

export const timeline = list(
  z.looseObject({ elapsedMs: count, programs: count, steps: count, reached: count, findings: count }),
).optional();

export const budget = z.union(
  [z.strictObject({ runs: count }), z.strictObject({ seconds: count })],
  "expected runs or seconds",
);

/** A field that two sides do not agree on. */
export const differing = list(z.looseObject({ field: text, expect: text, actual: text }));
