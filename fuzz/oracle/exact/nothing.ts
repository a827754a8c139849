/** Instructions that retire and leave everything as it was. */
import { clauseAt } from "./clauses.ts";
import { effectsOf, type Rule } from "./rule.ts";

/** Says itself that there are no effects, so none counts as excess. */
const ANY_EFFECTS = -1;

export const nothing: Rule = {
  clause: clauseAt.exact_nothing,
  effects: ANY_EFFECTS,
  isJump: false,
  trap: null,
  wrong: ({ event }) => (effectsOf(event) === 0 ? null : ["it has effects, must have none"]),
  follow: null,
};
