/** A call as a ledger takes it in: who called, with which arguments. */

import type { Declarations } from "./declarations.ts";
import type { DeclaredCaller } from "./declared.ts";

export interface TakenCall extends DeclaredCaller {
  readonly ledger: Declarations;
  /** At least eight. */
  readonly args: readonly bigint[];
}

/** a0 to a2. */
export type Values = readonly [bigint, bigint, bigint];

/** The key that the first two arguments name, as hexadecimal; null if the caller does not reach it. */
export function keyOf(call: TakenCall): string | null {
  const bytes = call.ledger.fetch(call, call.args[0]!, call.args[1]!);
  return bytes === null ? null : Buffer.from(bytes).toString("hex");
}
