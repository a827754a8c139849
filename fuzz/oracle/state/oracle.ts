/**
 * Oracle S: the state is well-formed after every step, and at the end is what the steps have told.
 *
 * It judges each step beside those before it and looks at a capability when a step reports it for the first time.
 */
import type { Capability, MachineState, StepEvent } from "../../../model/contract.ts";
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

const clauses = [
  "chain_order",
  "chain_pc",
  "chain_mode",
  "word_form",
  "pc_form",
  "register_form",
  "trap_alone",
  "trap_form",
  "access_form",
  "access_in_ram",
  "access_aligned",
  "tag_known",
  "fields_fit",
  "otype_permitted",
  "bounds_ordered",
  "bounds_encoded",
  "end_registers",
  "end_specials",
  "end_hart",
  "end_memory",
] as const;

type Clause = (typeof clauses)[number];
const place = Object.fromEntries(clauses.map((clause, at) => [clause, at])) as Record<Clause, number>;

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

  begin(): void {
    this.#order = 0;
    this.#held = null;
  }

  /** Hot: the laws of each step are written out. */
  step(step: JudgedStep): Violation | null {
    const tally = this.#tally;
    const { register, specials, read, write, trap } = step.event;
    tally.begin();
    this.#held = step.before;
    const violation =
      tally.take(place.chain_order, orderIsNext(step, this.#order++), step) ??
      tally.take(place.chain_pc, pcContinues(step), step) ??
      tally.take(place.chain_mode, modeContinues(step), step) ??
      tally.take(place.word_form, wordFits(step), step) ??
      tally.take(place.pc_form, pcFits(step), step) ??
      tally.take(place.register_form, registerFits(step), step);
    if (violation !== null) return violation;
    if (register?.kind === "capability" || specials.length > 0) {
      const malformed = this.#capabilities(step);
      if (malformed !== null) return malformed;
    }
    if (trap !== null) return this.#trapped(step);
    return read === null && write === null ? null : this.#accesses(step);
  }

  end(state: MachineState): Violation | null {
    const tally = this.#tally;
    const held = this.#held;
    if (held === null) return null;
    tally.begin();
    return (
      tally.take(place.end_registers, registersAreHeld(state, held), null) ??
      tally.take(place.end_specials, specialsAreHeld(state, held), null) ??
      tally.take(place.end_hart, hartIsWhereItWasLeft(state, held), null) ??
      tally.take(place.end_memory, memoryIsHeld(state, held), null)
    );
  }

  #trapped(step: JudgedStep): Violation | null {
    const tally = this.#tally;
    return (
      tally.take(place.trap_alone, trapIsAlone(step), step) ??
      tally.take(place.trap_form, trapHasForm(step), step)
    );
  }

  #accesses(step: JudgedStep): Violation | null {
    const tally = this.#tally;
    return (
      tally.take(place.access_form, accessesFit(step), step) ??
      tally.take(place.access_in_ram, accessesAreInRam(step, this.#ramBase, this.#ramEnd), step) ??
      tally.take(place.access_aligned, accessesAreAligned(step), step) ??
      tally.take(place.tag_known, tagsAreKnown(step), step)
    );
  }

  #capabilities(step: JudgedStep): Violation | null {
    const tally = this.#tally;
    const { event } = step;
    return (
      tally.take(place.fields_fit, overTagged(fieldsFit, event), step) ??
      tally.take(place.otype_permitted, overTagged(otypeIsPermitted, event), step) ??
      tally.take(place.bounds_ordered, overTagged(boundsAreOrdered, event), step) ??
      tally.take(place.bounds_encoded, overTagged(boundsAreEncoded, event), step)
    );
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
