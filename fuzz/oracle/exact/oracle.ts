/**
 * Oracle O: what the specification allows succeeds, with exactly the stated result; what it forbids traps,
 * for exactly the stated reason. Every "never" has its "exactly": a machine that refuses too much is as wrong
 * as one that permits.
 *
 * It is a third reading of the manual beside those of the model and the engine and shares nothing with them
 * but the decoder: from what was held before a step, the rules of this folder say what the step must report.
 */
import type { MachineState, Start, StepEvent, Trap } from "../../../model/contract.ts";
import type { Held, JudgedStep, Oracle, Violation } from "../oracle.ts";
import { areSame, differences, placedAt } from "./capability.ts";
import { type Clause, clauseAt, clauses, Tally } from "./clauses.ts";
import { endDifferences } from "./end.ts";
import { fetchTrap, wrongWord } from "./fetch.ts";
import { Hart } from "./hart.ts";
import { effectsOf, following, type Rule, wrongTarget } from "./rule.ts";
import { rules } from "./rules.ts";
import { clauseOf, illegal, trapText } from "./trap.ts";

const MTCC = 0x3c;
const MEPCC_SCR = 31;

/** RAM of the machines that are watched: from `ramBase` on, `ramSize` bytes, a multiple of 1024. */
export function exactOracle(ramBase: bigint, ramSize: number): Oracle {
  return new ExactOracle(new Hart(ramBase, ramSize));
}

class ExactOracle implements Oracle {
  readonly name = "O";
  readonly clauses = clauses;
  readonly #tally = new Tally();
  readonly #hart: Hart;
  #held: Held | null = null;
  /** A step broke a rule: what is known since then is what the machine says. */
  #isBroken = false;

  constructor(hart: Hart) {
    this.#hart = hart;
  }

  get counts(): Float64Array {
    return this.#tally.counts;
  }

  begin(_: Start, code: Uint8Array | null): void {
    this.#hart.begin(code);
    this.#held = null;
    this.#isBroken = false;
  }

  step(step: JudgedStep): Violation | null {
    const hart = this.#hart;
    this.#tally.steps++;
    this.#held = step.before;
    const rule = ruleFor(step, hart);
    const violation = this.#judge(step, rule);
    if (violation !== null) this.#isBroken = true;
    if (step.event.trap === null) rule?.follow?.(step, hart);
    hart.take(step.event);
    return violation;
  }

  end(state: MachineState): Violation | null {
    // Before the first step, or after a violation, there is nothing to hold the state against.
    if (this.#held === null || this.#isBroken) {
      this.#tally.openEnds++;
      return null;
    }
    const wrong = endDifferences(state, this.#held, this.#hart);
    if (wrong.length === 0) {
      this.#tally.holds(clauseAt.exact_end_state);
      return null;
    }
    this.#tally.fails(clauseAt.exact_end_state);
    return {
      oracle: "O",
      rule: clauses[clauseAt.exact_end_state]!,
      at: null,
      instruction: "end state",
      text: wrong,
    };
  }

  #judge(step: JudgedStep, rule: Rule | null): Violation | null {
    const { event, before } = step;
    const hart = this.#hart;
    if (event.pcBefore !== before.pc || event.mode !== hart.mode) {
      const text = [
        `at pc ${event.pcBefore} in mode ${event.mode}, must be ${before.pc} in mode ${hart.mode}`,
      ];
      return this.#fails(clauseAt.exact_continuation, step, text);
    }
    this.#tally.holds(clauseAt.exact_continuation);

    let due = fetchTrap(step, hart);
    if (due === null) {
      const wrong = hart.isFetched ? wrongWord(step, hart) : null;
      if (wrong !== null) return this.#fails(clauseAt.exact_fetch, step, wrong);
      if (hart.isFetched) this.#tally.holds(clauseAt.exact_fetch);
      due = rule === null ? illegal(event.word) : (rule.trap?.(step, hart) ?? null);
    }
    if (due !== null || event.trap !== null) return this.#judgeTrap(step, due);
    return this.#judgeRetired(step, rule!);
  }

  #judgeTrap(step: JudgedStep, due: Trap | null): Violation | null {
    const { trap } = step.event;
    if (trap === null) {
      return this.#fails(clauseAt.due_trap, step, [`it retired, must trap: ${trapText(due)}`]);
    }
    const clause = clauseOf(trap);
    if (due === null || due.cause !== trap.cause || due.value !== trap.value) {
      return this.#fails(clause, step, [`it trapped: ${trapText(trap)}; must be: ${trapText(due)}`]);
    }
    this.#tally.holds(clauseAt.due_trap);
    this.#tally.holds(clause);
    const wrong = wrongEntry(step);
    if (wrong !== null) return this.#fails(clauseAt.exact_trap_entry, step, wrong);
    this.#tally.holds(clauseAt.exact_trap_entry);
    return null;
  }

  #judgeRetired(step: JudgedStep, rule: Rule): Violation | null {
    const { event } = step;
    const more = effectsOf(event) & ~rule.effects;
    if (more !== 0) return this.#fails(clauseAt.exact_frame, step, moreText(event, rule));
    this.#tally.holds(clauseAt.exact_frame);
    if (!rule.isJump) {
      const wrong = wrongTarget(event, following(step));
      if (wrong !== null) return this.#fails(clauseAt.exact_sequence, step, wrong);
      this.#tally.holds(clauseAt.exact_sequence);
    }
    const wrong = rule.wrong(step, this.#hart);
    if (wrong !== null) return this.#fails(rule.clause, step, wrong);
    this.#tally.holds(rule.clause);
    return null;
  }

  #fails(rule: Clause, { event, name }: JudgedStep, text: readonly string[]): Violation {
    this.#tally.fails(rule);
    return { oracle: "O", rule: clauses[rule]!, at: event.order, instruction: name, text };
  }
}

/** The rule of the step's instruction; null for an illegal word, as 16-bit ones are while misa.C is off. */
function ruleFor({ name, event }: JudgedStep, hart: Hart): Rule | null {
  if (!hart.isCompressed && (event.word & 3) !== 3) return null;
  return rules.get(name) ?? null;
}

/** The effects that the instruction cannot have. */
function moreText(event: StepEvent, rule: Rule): string[] {
  const names = ["a register", "a read", "a write", "a CSR", "a special register", "cleared registers"];
  const more = effectsOf(event) & ~rule.effects;
  return names.filter((_, bit) => (more & (1 << bit)) !== 0).map((name) => `it reports ${name}`);
}

/**
 * MEPCC is PCC at the instruction, as it is and not sealed; PCC is MTCC, unchecked, at its base whatever its
 * vector mode; nothing else happens. CHERI ISAv9, exceptions.
 */
function wrongEntry({ event, before }: JudgedStep): string[] | null {
  if (effectsOf({ ...event, specials: [] }) !== 0) return ["it has effects besides its trap"];
  const [epcc, entry] = event.specials;
  if (epcc?.scr !== MEPCC_SCR || entry?.scr !== 0 || event.specials.length !== 2) {
    return ["MEPCC and PCC, in this order, must be replaced"];
  }
  const pcc = before.pcc;
  const kept = placedAt(pcc, before.pc, pcc.tag, pcc.otype);
  if (!areSame(epcc.value, kept)) return differences("MEPCC", epcc.value, kept);
  const mtcc = before.capability(MTCC);
  const vector = placedAt(mtcc, mtcc.address & ~3n, mtcc.tag, mtcc.otype);
  if (!areSame(entry.value, vector)) return differences("PCC", entry.value, vector);
  return wrongTarget(event, vector.address);
}
