/**
 * Oracle A: the authority of each step, from its event and what was held before it alone.
 *
 * Every instruction is labelled with its intentions; each intention has its law, and every step must satisfy the
 * axioms whatever its instruction. Nothing an event tells is left without a label that covers it.
 */
import type { JudgedStep, Oracle, Violation } from "../oracle.ts";
import { type Opinion, Tally } from "../tally.ts";
import {
  loadIsAuthorized,
  loadsPlainData,
  loadsStoredTags,
  loadsWhatWasStored,
  localMayBeStored,
  storedIsHeld,
  storeIsAuthorized,
  storesPlainData,
  tagIsStoredWhole,
  tagMayBeStored,
  touchesMemoryAsLabelled,
} from "./access-laws.ts";
import { type Clause, clauses, type Intention, place } from "./clauses.ts";
import {
  Execution,
  neverRetires,
  pairIsInvoked,
  pccIsMepcc,
  pccIsTarget,
  targetIsWithinPcc,
  trapIsEntered,
} from "./control-laws.ts";
import {
  linkIsSentryOfPcc,
  rebuiltIsCovered,
  resultIsRestricted,
  resultsAreDerivable,
  sealIsAuthorized,
  sentryIsOfItsSource,
  unsealIsAuthorized,
} from "./derivation-laws.ts";
import type { Label } from "./label.ts";
import { labels } from "./labels.ts";
import {
  authorityIsRight,
  clearsWhatItNames,
  csrIsAccessed,
  isCovered,
  readIsPermitted,
  sourceIsRight,
  specialIsAccessed,
  writeIsPermitted,
} from "./system-laws.ts";

type Law = (step: JudgedStep, label: Label) => Opinion;

/** The law of each intention. */
const laws: Readonly<Record<Intention, Law>> = {
  load_data: loadsPlainData,
  store_data: storesPlainData,
  load_capability: loadsWhatWasStored,
  store_capability: tagMayBeStored,
  store_local_capability: localMayBeStored,
  load_tags: loadsStoredTags,
  restrict: resultIsRestricted,
  seal: sealIsAuthorized,
  unseal: unsealIsAuthorized,
  seal_entry: sentryIsOfItsSource,
  rebuild: rebuiltIsCovered,
  link: linkIsSentryOfPcc,
  jump: targetIsWithinPcc,
  jump_capability: pccIsTarget,
  invoke: pairIsInvoked,
  special_register: specialIsAccessed,
  system_register: csrIsAccessed,
  clear: clearsWhatItNames,
  return: pccIsMepcc,
  never_retires: neverRetires,
};

interface Placed {
  readonly at: number;
  readonly law: Law;
}

/** Asked of steps that read or write memory. */
const ofMemory: readonly Placed[] = placed({
  memory_invariant: touchesMemoryAsLabelled,
  load_mem: loadIsAuthorized,
  store_mem: storeIsAuthorized,
  store_tag: tagIsStoredWhole,
  store_cap_mem: storedIsHeld,
});

/** The one intention that says something of traps. */
const NEVER: Intention = "never_retires";

function placed(named: Partial<Record<Clause, Law>>): Placed[] {
  return Object.entries(named).map(([clause, law]) => ({ at: place[clause as Clause], law }));
}

/** A label with the laws of its intentions. */
interface Judged {
  readonly label: Label;
  readonly laws: readonly Placed[];
}

const judged: ReadonlyMap<string, Judged> = new Map(
  [...labels].map(([name, label]) => [
    name,
    { label, laws: label.intentions.map((intention) => ({ at: place[intention], law: laws[intention] })) },
  ]),
);

export function axiomOracle(): Oracle {
  return new AxiomOracle();
}

class AxiomOracle implements Oracle {
  readonly name = "A";
  readonly clauses = clauses;
  readonly #tally = new Tally("A", clauses);
  readonly #execution = new Execution();

  get counts(): Float64Array {
    return this.#tally.counts;
  }

  begin(): void {
    // Whatever it needs to know is held.
  }

  step(step: JudgedStep): Violation | null {
    const tally = this.#tally;
    tally.begin();
    const { label, laws: own } = judged.get(step.name)!;
    const { trap, read, write, specials, register, csr } = step.event;
    if (trap !== null) return this.#trapped(step, label, own);

    // The laws of intentions rely on claims that are right. Written out: this is what most steps cost.
    let violation =
      tally.take(place.execute, this.#execution.judge(step), step) ??
      tally.take(place.claimed_authority, authorityIsRight(step, label), step) ??
      tally.take(place.claimed_source, sourceIsRight(step, label), step) ??
      tally.take(place.covered, isCovered(step, label), step);
    if (read !== null || write !== null) violation ??= this.#ask(ofMemory, step, label);
    if (register?.kind === "capability" || specials.length > 0) {
      violation ??= tally.take(place.store_cap_reg, resultsAreDerivable(step, label), step);
    }
    if (csr !== null || specials.length > 0) {
      violation ??= tally.take(place.write_reg, writeIsPermitted(step), step);
    }
    if (label.readsSystem) violation ??= tally.take(place.read_reg, readIsPermitted(step), step);
    return own.length === 0 ? violation : (violation ?? this.#ask(own, step, label));
  }

  #trapped(step: JudgedStep, label: Label, own: readonly Placed[]): Violation | null {
    const violation = this.#tally.take(place.exception, trapIsEntered(step), step);
    return violation === null && label.intentions[0] === NEVER ? this.#ask(own, step, label) : violation;
  }

  end(): null {
    return null;
  }

  #ask(asked: readonly Placed[], step: JudgedStep, label: Label): Violation | null {
    for (let at = 0; at < asked.length; at++) {
      const { at: clause, law } = asked[at]!;
      const violation = this.#tally.take(clause, law(step, label), step);
      if (violation !== null) return violation;
    }
    return null;
  }
}
