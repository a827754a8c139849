/** The rules that make the closure of reachable authority, and what they are counted as. Morello, ESOP'22. */

/** How a capability follows from others. */
export const rule = {
  /** It is in a register that every code may read. */
  reg: 0,
  /** It is in a register that takes access to system registers. */
  sysReg: 1,
  /** It can be loaded from memory. */
  mem: 2,
  /** Fewer bounds or permissions. */
  restrict: 3,
  /** Sealed by an authority for its otype. */
  seal: 4,
  /** Made a sentry. */
  sealEntry: 5,
  /** Unsealed by an authority for its otype. */
  unseal: 6,
  /** Unsealed by a jump to it; only what is invoked is gained by that. */
  invoke: 7,
} as const;

export type Rule = (typeof rule)[keyof typeof rule];

/** What the theorem is said of: what steps leave behind, and the end of a run. */
export const statement = { step: 0, register: 1, special: 2, code: 3, memory: 4, trap: 5, end: 6 } as const;

export type Statement = (typeof statement)[keyof typeof statement];

/**
 * The hypotheses of the theorem. They are true of a step or a stretch as often as they were met; vacuous as often
 * as the theorem says nothing, since they were not, and a new stretch began or something weaker was tested.
 */
export const hypothesis = {
  /** All reachable capabilities are well-formed. Asked of each stretch. */
  invariant: 0,
  /** No trap. Asked of each step. */
  noTrap: 1,
  /** What is invoked was reachable unsealed. Asked of each invocation. */
  invokedReachable: 2,
  /** No access to system registers is reachable. Asked of each step; without it, SysReg counts too. */
  noSystemAccess: 3,
  /** No address translation. Asked of each stretch. */
  noTranslation: 4,
  /** Capabilities come from where the step says. Asked of each one; without it, it must be reachable all the same. */
  knownOrigin: 5,
  /** PCC is not sealed while it is tagged. Asked of each stretch. */
  unsealedPcc: 6,
} as const;

export type Hypothesis = (typeof hypothesis)[keyof typeof hypothesis];

const STATEMENTS = [
  "reachable_step",
  "reachable_register",
  "reachable_special",
  "reachable_code",
  "reachable_memory",
  "reachable_trap",
  "reachable_end",
];
const RULES = [
  "closure_reg",
  "closure_sysreg",
  "closure_mem",
  "closure_restrict",
  "closure_seal",
  "closure_sealentry",
  "closure_unseal",
  "closure_invoke",
];
const HYPOTHESES = [
  "hypothesis_invariant",
  "hypothesis_no_trap",
  "hypothesis_invoked_reachable",
  "hypothesis_no_system_access",
  "hypothesis_no_translation",
  "hypothesis_known_origin",
  "hypothesis_unsealed_pcc",
];

/** Statements, then rules, then hypotheses. A rule is true as often as it allowed something. */
export const clauses: readonly string[] = [...STATEMENTS, ...RULES, ...HYPOTHESES];
/** Places of the first rule and the first hypothesis. */
export const FIRST_RULE = STATEMENTS.length;
export const FIRST_HYPOTHESIS = FIRST_RULE + RULES.length;
