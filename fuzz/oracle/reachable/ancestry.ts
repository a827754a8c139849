/**
 * Where capabilities came from: the derivation tree of what broke the closure, from what was held when its stretch
 * began. It is made only when somebody has to read it, by going through the steps of the stretch once more.
 */
import type { Capability, StepEvent } from "../../../model/contract.ts";
import { decode } from "../../../model/isa/index.ts";
import type { HeldState } from "../held.ts";
import { placeText, spelt } from "./spelling.ts";

const PCC = 0x20;
const DDC = 0x21;
const MTCC = 0x3c;
const LINES_MAX = 24;
/** Instructions whose authority hands on a part of what it may do, not only allows an access. */
const AUTHORIZED = /^(cseal|ccseal|cunseal|cbuildcap|cinvoke)$/;
const CAPABILITY_JUMP = /^(c\.cjr|c\.cjalr|cjalr|jalr\.cap)$/;

/** A capability at one moment, and what it was made of. */
interface Origin {
  /** The step that made it; null if it was held when the stretch began. */
  readonly at: number | null;
  readonly instruction: string;
  readonly place: number | bigint;
  readonly cap: Capability;
  readonly from: readonly Origin[];
}

/**
 * The tree of what the last of these steps left in `place`.
 *
 * @param held what was held before the first of the events; it is taken to their end.
 * @param first the number of the first of the events.
 */
export function ancestryText(
  held: HeldState,
  events: readonly StepEvent[],
  first: number,
  place: number | bigint,
  cap: Capability,
): string[] {
  const origins = new Origins(held, first);
  for (const event of events) origins.follow(event);
  const made = origins.at(place);
  const lines = [
    `${placeText(place)} = ${spelt(cap)}: no legal parent`,
    ...made.from.flatMap((parent) => treeText(parent, 1, new Set())),
  ];
  return lines.length <= LINES_MAX ? lines : [...lines.slice(0, LINES_MAX), "..."];
}

function treeText(origin: Origin, depth: number, told: Set<Origin>): string[] {
  const indent = "  ".repeat(depth);
  const tag = origin.cap.tag ? "" : ", untagged";
  const what = `${indent}from ${placeText(origin.place)} = ${spelt(origin.cap)}${tag}`;
  if (told.has(origin)) return [`${what}, as above`];
  told.add(origin);
  const made =
    origin.at === null ? "held when the stretch began" : `step ${origin.at}, ${origin.instruction}`;
  return [`${what} (${made})`, ...origin.from.flatMap((parent) => treeText(parent, depth + 1, told))];
}

/** The origins of all that is held, going on step by step. */
class Origins {
  readonly #held: HeldState;
  readonly #made = new Map<number | bigint, Origin>();
  #step: number;

  constructor(held: HeldState, first: number) {
    this.#held = held;
    this.#step = first;
  }

  at(place: number | bigint): Origin {
    const made = this.#made.get(place);
    if (made !== undefined) return made;
    const cap = typeof place === "bigint" ? this.#held.granule(place)! : this.#held.capability(place);
    const origin: Origin = { at: null, instruction: "", place, cap, from: [] };
    this.#made.set(place, origin);
    return origin;
  }

  follow(event: StepEvent): void {
    const { register, specials, write, trap } = event;
    const instruction = decode(event.word, this.#held.pcc.flags === 1n)?.instruction.name ?? "illegal";
    const made: Origin[] = [];
    const make = (place: number | bigint, cap: Capability, from: readonly Origin[]) =>
      made.push({ at: this.#step, instruction: trap === null ? instruction : "trap", place, cap, from });

    if (register?.kind === "capability")
      make(register.index, register.value, this.#ofRegister(event, instruction));
    for (const { scr, value } of specials) make(PCC | scr, value, this.#ofSpecial(event, scr));
    const stored = write?.tag === true ? this.#named(event.source) : [];
    this.#held.take(event);
    if (write?.tag === true) make(write.address, this.#held.granule(write.address)!, stored);
    for (const index of integersOf(event)) make(index, this.#held.capability(index), []);
    for (const origin of made) this.#made.set(origin.place, origin);
    this.#step++;
  }

  #ofRegister({ read, authority, source, word }: StepEvent, instruction: string): Origin[] {
    if (read !== null) {
      const found = this.#held.granule(read.address);
      return [...(found === null ? [] : [this.at(read.address)]), ...this.#named(authority)];
    }
    if (CAPABILITY_JUMP.test(instruction)) return [this.at(PCC)];
    if (instruction === "cspecialrw") return [this.at(PCC | ((word >>> 20) & 31))];
    return [...this.#named(source), ...this.#named(AUTHORIZED.test(instruction) ? authority : null)];
  }

  #ofSpecial({ trap, csr, source }: StepEvent, scr: number): Origin[] {
    if (trap !== null) return [this.at(scr === 0 ? MTCC : PCC)];
    return csr === null ? this.#named(source) : [this.at(PCC | scr)];
  }

  #named(index: number | null): Origin[] {
    return index === null ? [] : [this.at(index)];
  }
}

/** Registers that a step left without a capability. */
function integersOf({ register, cleared }: StepEvent): number[] {
  const indices = register?.kind === "integer" ? [register.index] : [];
  for (let index = 0; index < PCC; index++) {
    if (((cleared >>> index) & 1) === 1) indices.push(index === 0 ? DDC : index);
  }
  return indices;
}
