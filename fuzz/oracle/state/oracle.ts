/**
 * Oracle S: the state is well-formed after every step, and at the end is what the steps have told.
 *
 * It judges each step beside those before it and looks at a capability when a step reports it for the first time.
 */
import type { Capability, MachineState, Start, StepEvent } from "../../../model/contract.ts";
import type { Held, JudgedStep, Oracle, Violation } from "../oracle.ts";
import { type Opinion, Tally } from "../tally.ts";
import { boundsAreEncoded, boundsAreOrdered, fieldsFit, otypeIsPermitted } from "./capability-laws.ts";
import { hartIsWhereItWasLeft, memoryIsHeld, registersAreHeld, specialsAreHeld } from "./end-laws.ts";
import {
  accessesAreAligned,
  accessesAreInRam,
  accessesFit,
  modeContinues,
  orderIsNext,
  pcContinues,
  pcFits,
  registerFits,
  tagsAreKnown,
  trapHasForm,
  trapIsAlone,
  wordFits,
} from "./step-laws.ts";

const ofSteps = {
  chain_pc: pcContinues,
  chain_mode: modeContinues,
  word_form: wordFits,
  pc_form: pcFits,
  register_form: registerFits,
} satisfies Record<string, (step: JudgedStep) => Opinion>;

const ofTraps = { trap_alone: trapIsAlone, trap_form: trapHasForm };

const ofAccesses = { access_form: accessesFit, access_aligned: accessesAreAligned, tag_known: tagsAreKnown };

const ofCapabilities = {
  fields_fit: fieldsFit,
  otype_permitted: otypeIsPermitted,
  bounds_ordered: boundsAreOrdered,
  bounds_encoded: boundsAreEncoded,
} satisfies Record<string, (cap: Capability) => Opinion>;

const ofEnds = {
  end_registers: registersAreHeld,
  end_specials: specialsAreHeld,
  end_hart: hartIsWhereItWasLeft,
  end_memory: memoryIsHeld,
} satisfies Record<string, (state: MachineState, held: Held) => Opinion>;

const CHAIN_ORDER = 0;
const ACCESS_IN_RAM = 1;
const clauses = [
  "chain_order",
  "access_in_ram",
  ...[ofSteps, ofTraps, ofAccesses, ofCapabilities, ofEnds].flatMap((laws) => Object.keys(laws)),
];

interface Placed<Law> {
  readonly at: number;
  readonly law: Law;
}

function placed<Law>(laws: Readonly<Record<string, Law>>): Placed<Law>[] {
  return Object.entries(laws).map(([clause, law]) => ({ at: clauses.indexOf(clause), law }));
}

const stepLaws = placed(ofSteps);
const trapLaws = placed(ofTraps);
const accessLaws = placed(ofAccesses);
const capabilityLaws = placed(ofCapabilities);
const endLaws = placed(ofEnds);

/** RAM of the machines that are judged: from `ramBase` on, `ramSize` bytes. */
export function stateOracle(ramBase: bigint, ramSize: number): Oracle {
  return new StateOracle(ramBase, ramBase + BigInt(ramSize));
}

class StateOracle implements Oracle {
  readonly name = "S";
  readonly clauses = clauses;
  readonly #tally = new Tally("S", clauses);
  readonly #ramBase: bigint;
  readonly #ramEnd: bigint;
  #order = 0;
  #held: Held | null = null;

  constructor(ramBase: bigint, ramEnd: bigint) {
    this.#ramBase = ramBase;
    this.#ramEnd = ramEnd;
  }

  get counts(): Float64Array {
    return this.#tally.counts;
  }

  begin(_: Start): void {
    this.#order = 0;
    this.#held = null;
  }

  step(step: JudgedStep): Violation | null {
    const { event } = step;
    const { register, specials, read, write, trap } = event;
    this.#tally.begin();
    this.#held = step.before;
    const order = this.#tally.take(CHAIN_ORDER, orderIsNext(step, this.#order++), step);
    let violation = order ?? this.#ask(stepLaws, step);
    if (violation === null && trap !== null) violation = this.#ask(trapLaws, step);
    if (violation === null && (read !== null || write !== null)) violation = this.#askOfAccesses(step);
    if (violation === null && (register?.kind === "capability" || specials.length > 0)) {
      violation = this.#askOfCapabilities(step);
    }
    return violation;
  }

  end(state: MachineState): Violation | null {
    const held = this.#held;
    if (held === null) return null;
    this.#tally.begin();
    for (const { at, law } of endLaws) {
      const violation = this.#tally.take(at, law(state, held), null);
      if (violation !== null) return violation;
    }
    return null;
  }

  #ask(laws: readonly Placed<(step: JudgedStep) => Opinion>[], step: JudgedStep): Violation | null {
    for (let at = 0; at < laws.length; at++) {
      const { at: clause, law } = laws[at]!;
      const violation = this.#tally.take(clause, law(step), step);
      if (violation !== null) return violation;
    }
    return null;
  }

  #askOfAccesses(step: JudgedStep): Violation | null {
    const opinion = accessesAreInRam(step, this.#ramBase, this.#ramEnd);
    return this.#tally.take(ACCESS_IN_RAM, opinion, step) ?? this.#ask(accessLaws, step);
  }

  #askOfCapabilities(step: JudgedStep): Violation | null {
    for (let at = 0; at < capabilityLaws.length; at++) {
      const { at: clause, law } = capabilityLaws[at]!;
      const violation = this.#tally.take(clause, overTagged(law, step.event), step);
      if (violation !== null) return violation;
    }
    return null;
  }
}

/** What a law says of the tagged capabilities that a step reports. */
function overTagged(law: (cap: Capability) => Opinion, { register, specials }: StepEvent): Opinion {
  let opinion: Opinion = "vacuous";
  if (register?.kind === "capability" && register.value.tag) opinion = law(register.value);
  for (let at = 0; at < specials.length && typeof opinion === "string"; at++) {
    const { value } = specials[at]!;
    if (value.tag) opinion = law(value);
  }
  return opinion;
}
