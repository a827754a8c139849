/**
 * Where capabilities came from: the derivation tree of what broke the closure, from what was held when its stretch
 * began. It is made only when somebody has to read it, by going through the steps of the stretch once more.
 */
import type { Capability, StepEvent } from "../../../model/contract.ts";
import { decode } from "../../../model/isa/index.ts";
import type { Moment } from "./moment.ts";
import { placeText, spelt } from "./spelling.ts";

const PCC = 0x20;
const DDC = 0x21;
const MTCC = 0x3c;
const LINES_MAX = 24;
/** Instructions whose authority hands on a part of what it may do, not only allows an access. */
const AUTHORIZED = /^(cseal|ccseal|cunseal|cbuildcap|cinvoke)$/;
const CAPABILITY_JUMP = /^(c\.cjr|c\.cjalr|cjalr|jalr\.cap)$/;

/** The steps of a stretch, from the first on, and what was held before them. */
export interface Steps {
  readonly first: number;
  readonly start: Moment;
  readonly events: readonly StepEvent[];
}

/** What a place got at one moment, and what that was made of. */
interface Origin {
  /** The step that made it; null if it was held when the stretch began. */
  readonly at: number | null;
  readonly instruction: string;
  readonly place: number | bigint;
  /** Null for an integer. */
  readonly cap: Capability | null;
  readonly from: readonly Origin[];
}

/** The tree of what the last of the steps left in `place`. */
export function ancestryText(steps: Steps, place: number | bigint, cap: Capability): string[] {
  const origins = new Origins(steps);
  for (const event of steps.events) origins.follow(event);
  const lines = [
    `${placeText(place)} = ${spelt(cap)}: no legal parent`,
    ...origins.at(place).from.flatMap((parent) => treeText(parent, 1, new Set())),
  ];
  return lines.length <= LINES_MAX ? lines : [...lines.slice(0, LINES_MAX), "..."];
}

function treeText(origin: Origin, depth: number, told: Set<Origin>): string[] {
  const { at, instruction, place, cap, from } = origin;
  const value = cap === null ? "an integer" : `${spelt(cap)}${cap.tag ? "" : ", untagged"}`;
  const what = `${"  ".repeat(depth)}from ${placeText(place)} = ${value}`;
  if (told.has(origin)) return [`${what} (as above)`];
  told.add(origin);
  const made = at === null ? "held when the stretch began" : `step ${at}, ${instruction}`;
  return [`${what} (${made})`, ...from.flatMap((parent) => treeText(parent, depth + 1, told))];
}

/** The origins of all that is held, going on step by step. */
class Origins {
  readonly #made = new Map<number | bigint, Origin>();
  readonly #start: Moment;
  #step: number;

  constructor({ first, start }: Steps) {
    this.#step = first;
    this.#start = start;
    for (const { address, cap } of start.granules()) this.#hold(address, cap);
  }

  at(place: number | bigint): Origin {
    const made = this.#made.get(place);
    if (made !== undefined) return made;
    const isTagged = typeof place === "number" && this.#start.isTagged(place);
    return this.#hold(place, isTagged ? this.#start.capability(place) : null);
  }

  #hold(place: number | bigint, cap: Capability | null): Origin {
    const origin: Origin = { at: null, instruction: "", place, cap, from: [] };
    this.#made.set(place, origin);
    return origin;
  }

  follow(event: StepEvent): void {
    const { register, cleared, specials, write, trap } = event;
    const name = decode(event.word, this.at(PCC).cap?.flags === 1n)?.instruction.name ?? "illegal";
    const instruction = trap === null ? name : "trap";
    const made: Origin[] = [];
    const make = (place: number | bigint, cap: Capability | null, from: readonly Origin[]) =>
      made.push({ at: this.#step, instruction, place, cap, from });

    if (register?.kind === "capability") make(register.index, register.value, this.#ofRegister(event, name));
    if (register?.kind === "integer") make(register.index, null, []);
    for (let bit = 0; bit < PCC; bit++) {
      if (((cleared >>> bit) & 1) === 1) make(bit === 0 ? DDC : bit, null, []);
    }
    for (const { scr, value } of specials) make(PCC | scr, value, this.#ofSpecial(event, scr));
    if (write?.tag) {
      const from = this.#named(event.source);
      make(write.address, from[0]?.cap ?? null, from);
    }
    for (const origin of made) this.#made.set(origin.place, origin);
    this.#step++;
  }

  #ofRegister({ read, authority, source, word }: StepEvent, instruction: string): Origin[] {
    if (read !== null) return [this.at(read.address), ...this.#named(authority)];
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
