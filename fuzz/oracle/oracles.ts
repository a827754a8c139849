import { axiomOracle } from "./axiom/oracle.ts";
import { exactOracle } from "./exact/oracle.ts";
import { livenessOracle } from "./liveness/oracle.ts";
import type { Oracle, OracleName } from "./oracle.ts";
import { reachableOracle } from "./reachable/oracle.ts";
import { stateOracle } from "./state/oracle.ts";

/** RAM of the machines that are judged: the size they have unless asked for another. */
const RAM_BASE = 0x8000_0000n;
const RAM_SIZE = 8 * 2 ** 20;

/** How each oracle is made. */
const makers: Readonly<Record<OracleName, () => Oracle>> = {
  A: axiomOracle,
  M: reachableOracle,
  O: () => exactOracle(RAM_BASE, RAM_SIZE),
  S: () => stateOracle(RAM_BASE, RAM_SIZE),
  V: livenessOracle,
};

/** A fresh oracle, its counts zero. */
export function oracleByName(name: OracleName): Oracle {
  return makers[name]();
}
