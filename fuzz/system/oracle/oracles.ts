/** The oracles of this level by their letters, and all of their rules. */
import type { SystemOracle, SystemOracleName, SystemRule } from "./oracle.ts";
import { ReachableOracle } from "./reachable.ts";
import { reachableRules } from "./reachable-rules.ts";
import { TemporalOracle } from "./temporal.ts";
import { temporalRules } from "./temporal-rules.ts";

/** Every rule once, by oracle. */
export const systemRules: readonly SystemRule[] = [
  ...Object.values(reachableRules),
  ...Object.values(temporalRules),
];

export function systemOracles(names: readonly SystemOracleName[]): SystemOracle[] {
  const makers: Partial<Record<SystemOracleName, () => SystemOracle>> = {
    M: () => new ReachableOracle(),
    T: () => new TemporalOracle(),
  };
  return names.flatMap((name) => makers[name]?.() ?? []);
}
