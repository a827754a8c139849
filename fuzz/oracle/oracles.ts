import type { Oracle, OracleName } from "./oracle.ts";

/** How each oracle is made. */
const makers: Readonly<Partial<Record<OracleName, () => Oracle>>> = {};

/** A fresh oracle, its counts zero. */
export function oracleByName(name: OracleName): Oracle {
  const make = makers[name];
  return make === undefined ? idle(name) : make();
}

function idle(name: OracleName): Oracle {
  return { name, clauses: [], counts: new Float64Array(0), begin() {}, step: () => null, end: () => null };
}
