/** The oracles of this level by their letters, and all of their rules. */
import type { Probe } from "../../../impl/intravisor/probe.ts";
import { axiomRules } from "./axiom-rules.ts";
import { AxiomOracle } from "./axioms.ts";
import { ExactOracle } from "./exact.ts";
import { exactRules } from "./exact-rules.ts";
import { LivenessOracle } from "./liveness.ts";
import { ObjectEndOracle, ObjectReachOracle } from "./object-authority.ts";
import { ForetoldOracle } from "./object-foretold.ts";
import { foretoldRules, objectEndRules, objectReachRules, objectStateRules } from "./object-rules.ts";
import { ObjectStateOracle } from "./object-state.ts";
import type { SystemOracle, SystemOracleName, SystemRule } from "./oracle.ts";
import { ReachableOracle } from "./reachable.ts";
import { reachableRules } from "./reachable-rules.ts";
import { StateOracle } from "./state.ts";
import { livenessRules, stateRules } from "./state-rules.ts";
import { TemporalOracle } from "./temporal.ts";
import { temporalRules } from "./temporal-rules.ts";

/** Every rule once, by oracle. */
export const systemRules: readonly SystemRule[] = [
  ...Object.values(reachableRules),
  ...Object.values(temporalRules),
  ...Object.values(stateRules),
  ...Object.values(livenessRules),
  ...Object.values(exactRules),
  ...Object.values(axiomRules),
  ...Object.values(objectReachRules),
  ...Object.values(objectEndRules),
  ...Object.values(objectStateRules),
  ...Object.values(foretoldRules),
];

/** Oracles that there are, in the order in which they are asked. */
export const SYSTEM_ORACLES = ["M", "T", "S", "V", "O", "A"] as const satisfies readonly SystemOracleName[];

/** Those with these names, to look at the system that the probe is of. */
export function systemOracles(names: readonly SystemOracleName[], probe: Probe): SystemOracle[] {
  const makers: Record<SystemOracleName, () => readonly SystemOracle[]> = {
    M: () => [new ReachableOracle(), new ObjectReachOracle()],
    T: () => [new TemporalOracle(), new ObjectEndOracle()],
    S: () => [new StateOracle(), new ObjectStateOracle()],
    V: () => [new LivenessOracle()],
    O: () => [new ExactOracle(), new ForetoldOracle()],
    A: () => [new AxiomOracle(probe)],
  };
  return names.flatMap((name) => makers[name]());
}
