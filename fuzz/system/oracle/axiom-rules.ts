import type { Clause } from "../../oracle/axiom/clauses.ts";
import type { GateClause } from "./gate-laws.ts";
import { rulesOf } from "./rule.ts";

/** What every step of the machine obeys, whoever's code it is of. */
export const axiomRules = rulesOf("A", {
  loads: ["loads", [6, 14, 17, 18], "Each load was authorized, in bounds, and brought only what was stored"],
  stores: [
    "stores",
    [6, 11, 13, 17, 18],
    "Each store was authorized, in bounds, and leaves a tag only where it stored a capability that it held whole",
  ],
  derivations: [
    "derivations",
    [3, 15, 16],
    "Each capability that a step made is within one that it had read, and sealed or unsealed by authority",
  ],
  jumps: [
    "jumps",
    [9, 20, 35],
    "Each step was fetched under a PCC that covers it, and went on where PCC, a pair or a trap allows",
  ],
  system: ["special registers", [19], "Special registers were read and written with permission alone"],
  claims: ["claims", [3], "No step changed anything that its instruction does not name"],
  wayIn: ["way in", [20, 22, 36], "The gate is entered at its first instruction, by CInvoke"],
  mark: ["mark", [34], "Nothing goes on in the gate before the mark of its block was exchanged and tested"],
  wayOut: [
    "way out",
    [26, 27, 36, 40],
    "Who leaves the gate has PCC, DDC and its buffer, what is preserved, what it is given, and nothing else",
  ],
  target: [
    "target",
    [22, 30, 32],
    "The gate leads back behind the call, or to an entry that the cVM has registered",
  ],
});

type Rule = (typeof axiomRules)[keyof typeof axiomRules];

/** Where each clause of the machine's own axioms, and of the gate's laws, is counted. */
export const ruleOfClause: Readonly<Record<Clause | GateClause, Rule>> = {
  load_data: axiomRules.loads,
  load_capability: axiomRules.loads,
  load_tags: axiomRules.loads,
  load_mem: axiomRules.loads,
  store_data: axiomRules.stores,
  store_capability: axiomRules.stores,
  store_local_capability: axiomRules.stores,
  store_mem: axiomRules.stores,
  store_tag: axiomRules.stores,
  store_cap_mem: axiomRules.stores,
  memory_invariant: axiomRules.stores,
  restrict: axiomRules.derivations,
  seal: axiomRules.derivations,
  unseal: axiomRules.derivations,
  seal_entry: axiomRules.derivations,
  rebuild: axiomRules.derivations,
  link: axiomRules.derivations,
  clear: axiomRules.derivations,
  store_cap_reg: axiomRules.derivations,
  jump: axiomRules.jumps,
  jump_capability: axiomRules.jumps,
  invoke: axiomRules.jumps,
  return: axiomRules.jumps,
  never_retires: axiomRules.jumps,
  execute: axiomRules.jumps,
  exception: axiomRules.jumps,
  special_register: axiomRules.system,
  system_register: axiomRules.system,
  read_reg: axiomRules.system,
  write_reg: axiomRules.system,
  claimed_authority: axiomRules.claims,
  claimed_source: axiomRules.claims,
  covered: axiomRules.claims,
  way_in: axiomRules.wayIn,
  mark: axiomRules.mark,
  way_out: axiomRules.wayOut,
};
