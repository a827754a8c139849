/**
 * Oracle M: nobody comes to hold authority that was not reachable before. Source: Morello, ESOP'22, theorem 2
 * (reachable capability monotonicity), for CHERI-RISC-V.
 *
 * A run falls into stretches. A stretch begins where not everything is reachable. It ends with a trap, with an
 * invocation that opens something new, or where everything is reachable again. Whatever a step leaves behind must lie
 * in the closure of what was held before it. Nearly always that follows at once from a capability that the step
 * names; the closure itself is asked only where a stretch begins, what is invoked, and what no rule explains.
 */
import type { Capability, MachineState, Start, StepEvent } from "../../../model/contract.ts";
import { fromMemory, isSealed } from "../exact/capability.ts";
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
import { ancestryText } from "./ancestry.ts";
import { hasSameAuthority, isRoot } from "./authority.ts";
import { Closure, type Holdings } from "./closure.ts";
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
import { History } from "./history.ts";
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

/** A fresh oracle M. */
export function reachableOracle(): Oracle {
  return new ReachableAuthority();
}

class ReachableAuthority implements Oracle {
  readonly name = "M";
  readonly clauses = clauses;
  readonly counts = new Float64Array(clauses.length * COUNTS_PER_CLAUSE);

  readonly #history = new History();
  /** Places that hold a root capability: registers, PCC and DDC. While there is one, everything is reachable. */
  readonly #roots = new Uint8Array(2 * PCC);
  #rootCount = 0;
  readonly #closure = new Closure();
  /** Whether the closure contains what has been reachable since the stretch began. */
  #isKnown = false;
  /** Whether it may contain more than what is reachable now. */
  #isLess = false;
  /** Whether no step of the stretch was judged yet. */
  #isFresh = true;
  /** The first step of the stretch. */
  #from = 0;
  #mode = 3;
  /** What the step that began the stretch has opened. */
  readonly #opened: Capability[] = [];
  #isTranslated = false;

  begin(start: Start): void {
    this.#history.begin(start);
    this.#roots.fill(0);
    this.#roots.fill(1, PCC, DDC + 1);
    if (start.preset === "dii") this.#roots.fill(1, 1, PCC);
    this.#rootCount = this.#roots.reduce((sum, one) => sum + one, 0);
    this.#isTranslated = false;
    this.#beginStretch();
    this.#isKnown = false;
  }

  /** Hot. */
  step(step: JudgedStep): Violation | null {
    this.#history.push(step.event);
    if (this.#rootCount > 0) this.#count(statement.step, COUNT_VACUOUS);
    else {
      const violation = this.#judge(step);
      if (violation !== null) return violation;
    }
    this.#follow(step);
    if (this.#history.isFull) {
      this.#history.forget();
      this.#beginStretch();
    }
    return null;
  }

  /** The closure of what is held in the end lies in that of what was held when the last stretch began. */
  end(state: MachineState): Violation | null {
    const before = this.#closure;
    if (this.#rootCount === 0) before.survey(this.#history.since(this.#from).held);
    if (this.#rootCount > 0 || before.isEverything || !before.isWellFormed || this.#isTranslated) {
      this.#count(statement.end, COUNT_VACUOUS);
      return null;
    }
    const after = new Closure();
    after.survey(new HeldInEnd(state));
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
    const closure = this.#closure;
    if (closure.isEverything || !closure.isWellFormed || this.#isTranslated) {
      this.#count(statement.step, COUNT_VACUOUS);
      return null;
    }
    this.#suppose(hypothesis.noSystemAccess, !closure.hasSystem);
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
    const at = this.#history.length - 1;
    const gains = gainText(cap, this.#exact(step.before));
    const { held, events } = this.#history.since(this.#from);
    const text = [...gains, ...ancestryText(held, events, this.#from, place, cap)];
    return { oracle: "M", rule: clauses[what]!, at, instruction: step.name, text };
  }

  /** The closure of just what is held before the step. */
  #exact(before: Held): Closure {
    if (this.#isLess) this.#survey(before);
    return this.#closure;
  }

  /** Makes sure that the closure contains what is held before the step. */
  #know(before: Held): void {
    const isKnown = this.#isKnown && before.mode === this.#mode;
    if (!isKnown || (this.#isLess && (this.#isFresh || this.#closure.isEverything))) this.#survey(before);
    else for (const cap of this.#opened) this.#closure.add(cap, rule.invoke, before);
    this.#opened.length = 0;
    if (this.#isFresh && !this.#closure.isEverything) this.#countStretch(before);
  }

  #survey(before: Held): void {
    this.#closure.survey(before);
    this.#isKnown = true;
    this.#isLess = false;
    this.#mode = before.mode;
  }

  #countStretch({ pcc }: Held): void {
    this.#isFresh = false;
    this.#suppose(hypothesis.invariant, this.#closure.isWellFormed);
    this.#suppose(hypothesis.noTranslation, !this.#isTranslated);
    this.#suppose(hypothesis.unsealedPcc, !(pcc.tag && isSealed(pcc)));
  }

  #beginStretch(): void {
    this.#from = this.#history.length;
    this.#isFresh = true;
  }

  /** What the step changes in what is held. */
  #follow({ event, before }: JudgedStep): void {
    const { register, cleared, specials, write, csr, trap } = event;
    const wasEverything = this.#rootCount > 0;
    if (write !== null) this.#store(event, before);
    if (register !== null)
      this.#replace(register.index, register.kind === "capability" ? register.value : null, before);
    if (cleared !== 0) this.#clear(cleared, before);
    for (const { scr, value } of specials) this.#replace(PCC | scr, value, before);
    if (csr !== null && csr.number === SATP) this.#isTranslated = csr.value >> 60n !== 0n;

    if (trap !== null)
      this.#opened.push(
        ...specials.filter(({ scr, value }) => scr === 0 && value.tag).map(({ value }) => value),
      );
    if (this.#rootCount > 0) {
      this.#isKnown = false;
      this.#opened.length = 0;
    } else if (wasEverything || this.#opened.length > 0 || trap !== null) this.#beginStretch();
  }

  #clear(cleared: number, before: Held): void {
    if ((cleared & 1) === 1) this.#replace(DDC, null, before);
    for (let index = 1; index < PCC; index++) {
      if (((cleared >>> index) & 1) === 1) this.#replace(index, null, before);
    }
  }

  /** A register gets something else. */
  #replace(index: number, value: Capability | null, before: Held): void {
    if (index <= DDC) {
      const root = value !== null && isRoot(value) ? 1 : 0;
      this.#rootCount += root - this.#roots[index]!;
      this.#roots[index] = root;
    } else if (!this.#closure.hasSystem) return;
    if (this.#isKnown && !this.#isLess && before.isTagged(index)) this.#lose(before.capability(index), value);
  }

  #lose(cap: Capability, value: Capability | null): void {
    const isKept = value?.tag === true && value.otype === cap.otype && hasSameAuthority(value, cap);
    if (!isKept && this.#closure.needs(cap)) this.#isLess = true;
  }

  /** Memory gets something else; a granule that had a capability loses it. */
  #store({ write }: StepEvent, before: Held): void {
    if (!this.#isKnown || this.#isLess) return;
    const { address, size } = write!;
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

/** What a machine reports to hold in the end. */
class HeldInEnd implements Holdings {
  readonly #state: MachineState;
  readonly #specials: ReadonlyMap<number, Capability>;

  constructor(state: MachineState) {
    this.#state = state;
    this.#specials = new Map(state.specials.map(({ scr, value }) => [PCC | scr, value]));
  }

  get mode() {
    return this.#state.mode;
  }

  isTagged(index: number): boolean {
    return this.#find(index)?.tag === true;
  }

  capability(index: number): Capability {
    return this.#find(index)!;
  }

  granules() {
    return this.#state.memory
      .filter(({ tag }) => tag)
      .map(({ address, data }) => ({
        address,
        cap: fromMemory(true, BigInt.asUintN(64, data), data >> 64n),
      }));
  }

  #find(index: number): Capability | undefined {
    return index < PCC ? this.#state.registers[index] : this.#specials.get(index);
  }
}
