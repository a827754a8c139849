/**
 * Oracle M: nobody comes to hold authority that was not reachable before. Source: Morello, ESOP'22, theorem 2
 * (reachable capability monotonicity), for CHERI-RISC-V.
 *
 * A run falls into stretches. A stretch begins where not everything is reachable. It ends with a trap, with an
 * invocation that opens something new, or where everything is reachable again. Whatever a step leaves behind must lie
 * in the closure of what was held before it. Nearly always that follows at once from a capability that the step
 * names; the closure itself is asked only where a stretch begins, what is invoked, and what no rule explains.
 */
import type {
  Capability,
  MachineState,
  MemoryAccess,
  SpecialWrite,
  Start,
  StepEvent,
} from "../../../model/contract.ts";
import { isSealed } from "../exact/capability.ts";
import {
  COUNT_FALSE,
  COUNT_TRUE,
  COUNT_VACUOUS,
  COUNTS_PER_CLAUSE,
  type Held,
  type JudgedStep,
  type Oracle,
  type Violation,
} from "../oracle.ts";
import { ancestryText, type Steps } from "./ancestry.ts";
import { hasSameAuthority } from "./authority.ts";
import { Closure } from "./closure.ts";
import {
  isTrapEntry,
  NONE,
  ruleOfCode,
  ruleOfGranule,
  ruleOfRegister,
  ruleOfSpecial,
  storedCapability,
} from "./direct.ts";
import { gainText } from "./gain.ts";
import { Moment } from "./moment.ts";
import { clearedPlaces, Roots } from "./roots.ts";
import {
  clauses,
  FIRST_HYPOTHESIS,
  FIRST_RULE,
  type Hypothesis,
  hypothesis,
  type Rule,
  rule,
  type Statement,
  statement,
} from "./rule.ts";
import { placeText, spelt } from "./spelling.ts";

const PCC = 0x20;
const DDC = 0x21;
const SATP = 0x180;
const GRANULE = 16n;
/** More than any generated program takes; then another begins, so that steps need not be kept for ever. */
const STRETCH_STEPS_MAX = 1 << 16;

interface Stretch extends Steps {
  readonly events: StepEvent[];
}

/** A fresh oracle M. */
export function reachableOracle(): Oracle {
  return new ReachableAuthority();
}

class ReachableAuthority implements Oracle {
  readonly name = "M";
  readonly clauses = clauses;
  readonly counts = new Float64Array(clauses.length * COUNTS_PER_CLAUSE);

  readonly #roots = new Roots();
  readonly #closure = new Closure();
  /** Whether the closure contains what has been reachable since the stretch began. */
  #isKnown = false;
  /** Whether it may contain more than what is reachable now. */
  #isLess = false;
  /** The stretch under way; null until a step of it is judged. */
  #stretch: Stretch | null = null;
  /** The privilege for which the closure was made. */
  #mode = 3;
  /** What the step that ended a stretch has opened. */
  readonly #opened: Capability[] = [];
  #isTranslated = false;
  /** The number of the step under way. */
  #at = 0;

  begin(start: Start): void {
    this.#roots.begin(start);
    this.#isTranslated = false;
    this.#isKnown = false;
    this.#opened.length = 0;
    this.#stretch = null;
    this.#at = 0;
  }

  /** Hot. */
  step(step: JudgedStep): Violation | null {
    if (this.#roots.count > 0) {
      this.#count(statement.step, COUNT_VACUOUS);
      this.#watch(step.event);
    } else {
      const violation = this.#judge(step);
      if (violation !== null) return violation;
      this.#follow(step);
    }
    this.#at++;
    return null;
  }

  /** The closure of what is held in the end lies in that of what was held when the last stretch began. */
  end(state: MachineState): Violation | null {
    const before = this.#closure;
    const stretch = this.#roots.count > 0 ? null : this.#stretch;
    if (stretch === null) {
      this.#count(statement.end, COUNT_VACUOUS);
      return null;
    }
    before.survey(stretch.start);
    const after = new Closure();
    after.survey(Moment.atEnd(state));
    for (const { cap, place } of [...after.unsealed, ...after.sealed]) {
      if (before.contains(cap)) continue;
      this.#count(statement.end, COUNT_FALSE);
      const where = place === null ? "reachable in the end" : `${placeText(place)} in the end`;
      const text = [`${where}: ${spelt(cap)}`, ...gainText(cap, before)];
      return { oracle: "M", rule: clauses[statement.end]!, at: null, instruction: "end state", text };
    }
    this.#count(statement.end, COUNT_TRUE);
    return null;
  }

  #judge(step: JudgedStep): Violation | null {
    const { event, before } = step;
    this.#know(before);
    const stretch = this.#stretch;
    if (stretch === null) {
      this.#count(statement.step, COUNT_VACUOUS);
      return null;
    }
    stretch.events.push(event);
    this.#suppose(hypothesis.noSystemAccess, !this.#closure.hasSystem);
    this.#suppose(hypothesis.noTrap, event.trap === null);
    const violation = event.trap === null ? this.#judgeRetired(step) : this.#judgeTrap(step);
    this.#count(statement.step, violation === null ? COUNT_TRUE : COUNT_FALSE);
    return violation;
  }

  #judgeRetired(step: JudgedStep): Violation | null {
    const { register, specials, write } = step.event;
    let violation: Violation | null = null;
    if (register !== null && register.kind === "capability" && register.value.tag) {
      const { index, value } = register;
      violation = this.#test(statement.register, step, index, value, ruleOfRegister(step, value));
    }
    for (const { scr, value } of specials) {
      if (violation !== null || !value.tag) continue;
      violation =
        scr === 0
          ? this.#test(statement.code, step, PCC, value, ruleOfCode(step, value))
          : this.#test(statement.special, step, PCC | scr, value, ruleOfSpecial(step, scr, value));
    }
    if (violation !== null || write === null || !write.tag) return violation;
    const value = storedCapability(step, write);
    return this.#test(statement.memory, step, write.address, value, ruleOfGranule(step, value));
  }

  /** The theorem leaves traps out; but also they may give a handler only what was in its vector. */
  #judgeTrap(step: JudgedStep): Violation | null {
    for (const { scr, value } of step.event.specials) {
      const isEntry = isTrapEntry(scr, value, step.before);
      if (!isEntry && !this.#exact(step.before).contains(value)) {
        return this.#broken(statement.trap, step, PCC | scr, value);
      }
      this.#suppose(hypothesis.knownOrigin, isEntry);
      this.#count(statement.trap, COUNT_TRUE);
    }
    return null;
  }

  /** Something tagged that the step left behind, and the rule by which it follows at once, if there is one. */
  #test(
    what: Statement,
    step: JudgedStep,
    place: number | bigint,
    cap: Capability,
    by: Rule | -1,
  ): Violation | null {
    const isKnown = by !== NONE;
    if (!isKnown && !this.#exact(step.before).contains(cap)) return this.#broken(what, step, place, cap);
    this.#suppose(hypothesis.knownOrigin, isKnown);
    this.#count(what, COUNT_TRUE);
    if (isKnown) this.#count(FIRST_RULE + by, COUNT_TRUE);
    if (by === rule.invoke) this.#invoke(cap, step.before);
    return null;
  }

  #invoke(cap: Capability, before: Held): void {
    const wasReachable = this.#exact(before).contains(cap);
    this.#suppose(hypothesis.invokedReachable, wasReachable);
    if (!wasReachable) this.#opened.push(cap);
  }

  #broken(what: Statement, step: JudgedStep, place: number | bigint, cap: Capability): Violation {
    this.#count(what, COUNT_FALSE);
    const text = [...gainText(cap, this.#exact(step.before)), ...ancestryText(this.#stretch!, place, cap)];
    return { oracle: "M", rule: clauses[what]!, at: this.#at, instruction: step.name, text };
  }

  /** The closure of just what is held before the step. */
  #exact(before: Held): Closure {
    if (this.#isLess) this.#survey(before);
    return this.#closure;
  }

  /** Makes sure that the closure contains what is held before the step, and begins a stretch if none is under way. */
  #know(before: Held): void {
    const closure = this.#closure;
    const isBorder = this.#stretch === null;
    const isKnown = this.#isKnown && before.mode === this.#mode;
    if (!isKnown || (isBorder && this.#isLess)) this.#survey(before);
    else for (const cap of this.#opened) closure.add(cap, rule.invoke, before);
    this.#opened.length = 0;
    if (isBorder && !closure.isEverything) this.#beginStretch(before);
  }

  #survey(before: Held): void {
    this.#closure.survey(before);
    this.#isKnown = true;
    this.#isLess = false;
    this.#mode = before.mode;
  }

  #beginStretch(before: Held): void {
    const { isWellFormed } = this.#closure;
    const { pcc } = before;
    this.#suppose(hypothesis.invariant, isWellFormed);
    this.#suppose(hypothesis.noTranslation, !this.#isTranslated);
    this.#suppose(hypothesis.unsealedPcc, !(pcc.tag && isSealed(pcc)));
    if (!isWellFormed || this.#isTranslated) return;
    this.#stretch = { first: this.#at, start: Moment.of(before), events: [] };
  }

  /** All that matters while everything is reachable. Hot. */
  #watch(event: StepEvent): void {
    const { csr } = event;
    if (csr !== null && csr.number === SATP) this.#isTranslated = csr.value >> 60n !== 0n;
    this.#roots.watch(event);
  }

  /** What the step changes in what is held. */
  #follow({ event, before }: JudgedStep): void {
    const { register, cleared, specials, write, trap } = event;
    this.#watch(event);
    if (trap !== null) this.#opened.push(...specials.filter(isTaggedCode).map(({ value }) => value));
    const isOver = this.#opened.length > 0 || trap !== null || this.#roots.count > 0 || this.#isTranslated;
    if (isOver || this.#stretch?.events.length === STRETCH_STEPS_MAX) this.#stretch = null;
    if (this.#roots.count > 0) {
      this.#isKnown = false;
      this.#opened.length = 0;
    }
    if (!this.#isKnown || this.#isLess) return;

    if (write !== null) this.#store(write, before);
    if (register !== null)
      this.#replace(register.index, register.kind === "capability" ? register.value : null, before);
    if (cleared !== 0) for (const index of clearedPlaces(cleared)) this.#replace(index, null, before);
    for (const { scr, value } of specials) this.#replace(PCC | scr, value, before);
  }

  /** A register gets something else. */
  #replace(index: number, value: Capability | null, before: Held): void {
    if (index > DDC && !this.#closure.hasSystem) return;
    if (before.isTagged(index)) this.#lose(before.capability(index), value);
  }

  #lose(cap: Capability, value: Capability | null): void {
    const isKept = value?.tag === true && value.otype === cap.otype && hasSameAuthority(value, cap);
    if (!isKept && this.#closure.needs(cap)) this.#isLess = true;
  }

  /** Memory gets something else; a granule that had a capability loses it. */
  #store({ address, size }: MemoryAccess, before: Held): void {
    const last = address + BigInt(size) - 1n;
    for (let at = address & ~(GRANULE - 1n); at <= last; at += GRANULE) {
      const cap = before.granule(at);
      if (cap !== null) this.#lose(cap, null);
    }
  }

  #suppose(what: Hypothesis, isTrue: boolean): void {
    this.#count(FIRST_HYPOTHESIS + what, isTrue ? COUNT_TRUE : COUNT_VACUOUS);
  }

  #count(clause: number, place: number): void {
    this.counts[clause * COUNTS_PER_CLAUSE + place]!++;
  }
}

function isTaggedCode({ scr, value }: SpecialWrite): boolean {
  return scr === 0 && value.tag;
}
