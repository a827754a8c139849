/** The oracles of this level by their letters, and all of their rules. */
import { Holdings } from "./held.ts";
import type { SystemOracle, SystemOracleName, SystemRule } from "./oracle.ts";
import { ReachableOracle } from "./reachable.ts";
import { reachableRules } from "./reachable-rules.ts";

/** Every rule once, by oracle. */
export const systemRules: readonly SystemRule[] = [...Object.values(reachableRules)];

export function systemOracles(names: readonly SystemOracleName[]): SystemOracle[] {
  const held = new Holdings();
  return names.flatMap((name) => (name === "M" ? [new ReachableOracle(held)] : []));
}
