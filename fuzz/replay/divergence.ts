import type { Program } from "../../model/contract.ts";
import type { Divergence } from "../lockstep/stepwise.ts";

/** The first difference of two machines on a program, as it is printed. */
export function divergenceText(
  program: Program,
  { difference }: Divergence,
  names: readonly string[],
): string {
  const [expect, actual] = names;
  const place = difference.at === null ? "at the end" : `at step ${difference.at}`;
  const fields = difference.fields.map(
    (one) => `  ${one.field}: ${expect} ${one.expect}, ${actual} ${one.actual}`,
  );
  return [`differ ${place} of ${program.words.length} words (${difference.instruction})`, ...fields].join(
    "\n",
  );
}
