/** The clauses of the oracle, in the order of its counts, and the counting. */
import { COUNT_FALSE, COUNT_TRUE, COUNT_VACUOUS, COUNTS_PER_CLAUSE } from "../oracle.ts";

/** Every clause by its name, with its place among the counts. */
export const clauseAt = {
  exact_continuation: 0,
  exact_fetch: 1,
  due_trap: 2,
  justified_tag_trap: 3,
  justified_seal_trap: 4,
  justified_type_trap: 5,
  justified_permission_trap: 6,
  justified_system_trap: 7,
  justified_bounds_trap: 8,
  justified_alignment_trap: 9,
  justified_access_fault: 10,
  justified_illegal_instruction: 11,
  justified_environment_trap: 12,
  exact_trap_entry: 13,
  exact_frame: 14,
  exact_sequence: 15,
  exact_integer: 16,
  exact_branch: 17,
  exact_jump: 18,
  exact_capability_jump: 19,
  exact_invoke: 20,
  exact_return: 21,
  exact_inspection: 22,
  exact_comparison: 23,
  exact_rounding: 24,
  exact_move: 25,
  exact_candperm: 26,
  exact_csetflags: 27,
  exact_address: 28,
  exact_csetbounds: 29,
  exact_seal: 30,
  exact_unseal: 31,
  exact_cbuildcap: 32,
  exact_ccopytype: 33,
  exact_csethigh: 34,
  exact_load: 35,
  exact_store: 36,
  exact_atomic: 37,
  exact_load_reserved: 38,
  exact_store_conditional: 39,
  exact_capability_load: 40,
  exact_capability_store: 41,
  exact_tags: 42,
  exact_csr: 43,
  exact_special: 44,
  exact_cclear: 45,
  exact_nothing: 46,
  exact_end_state: 47,
} as const;

/** A clause by its place. */
export type Clause = (typeof clauseAt)[keyof typeof clauseAt];

export const clauses: readonly string[] = Object.keys(clauseAt);

/**
 * Counts of clauses. A clause was vacuous on the steps on which it was neither true nor false, which are
 * counted when somebody asks. That of the end state is about runs: it was vacuous where the end could not be
 * judged.
 */
export class Tally {
  readonly #counts = new Float64Array(clauses.length * COUNTS_PER_CLAUSE);
  /** Steps judged, and ends that could not be. */
  steps = 0;
  openEnds = 0;

  holds(clause: Clause): void {
    this.#counts[clause * COUNTS_PER_CLAUSE + COUNT_TRUE]!++;
  }

  fails(clause: Clause): void {
    this.#counts[clause * COUNTS_PER_CLAUSE + COUNT_FALSE]!++;
  }

  get counts(): Float64Array {
    const counts = this.#counts;
    for (let at = 0; at < counts.length; at += COUNTS_PER_CLAUSE) {
      const said = counts[at + COUNT_TRUE]! + counts[at + COUNT_FALSE]!;
      counts[at + COUNT_VACUOUS] = this.steps - said;
    }
    counts[clauseAt.exact_end_state * COUNTS_PER_CLAUSE + COUNT_VACUOUS] = this.openEnds;
    return counts;
  }
}
