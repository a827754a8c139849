/**
 * What the machine's steps must obey where they cross from one domain into another (3.6): the gate is the only way into
 * the Intravisor, it tests the mark of the block that it is given before it does anything, and whoever it lets out has
 * no more in its registers than is meant for it. Judged from steps alone, like the axioms of the machine.
 */
import type { Held, JudgedStep, Oracle, Violation } from "../../oracle/oracle.ts";
import { type Opinion, Tally } from "../../oracle/tally.ts";

const clauses = ["way_in", "mark", "way_out"] as const;
export type GateClause = (typeof clauses)[number];
const [WAY_IN, MARK, WAY_OUT] = [0, 1, 2];

/** Null behind the gate, tag and all, whoever goes on there. */
const CLEARED = [5, 7, 28, 29, 30, 31] as const;
/** Null where a call comes back to, which is given a0 to a2. */
const NOT_RESULTS = [13, 14, 15, 16, 17] as const;
/** Integers: ra, sp, gp, tp, a0 to a7, s0 to s10. */
const INTEGERS = [
  1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
] as const;
const [LINK, PCC_OF_GUEST] = [1, 6];

/** Where a thread has left the gate to. */
export interface WayOut {
  readonly target: bigint;
  /** ra there. */
  readonly link: bigint;
  /** Base of its PCC. */
  readonly base: bigint;
  readonly integers: (register: number) => bigint;
}

/**
 * How far a thread in the gate has come with the mark of its block; `unknown`: it was there before the run began. A number:
 * the register into which the mark was exchanged.
 */
type Passage = "unknown" | "entered" | "tested" | number;

export interface GatePlace {
  readonly base: bigint;
  readonly size: bigint;
}

export class GateLaws implements Oracle {
  readonly name = "A";
  readonly clauses = clauses;
  readonly #tally = new Tally("A", clauses);
  readonly #gate: GatePlace;
  readonly #left: (way: WayOut) => void;
  #passage: Passage = "unknown";

  /** `left` is told of each thread that leaves the gate. */
  constructor(gate: GatePlace, left: (way: WayOut) => void) {
    this.#gate = gate;
    this.#left = left;
  }

  get counts(): Float64Array {
    return this.#tally.counts;
  }

  /** A run begins, or goes on where others have changed registers. */
  begin(): void {
    this.#passage = "unknown";
  }

  step(step: JudgedStep): Violation | null {
    const { pcBefore, pcAfter, trap } = step.event;
    const [wasInside, isInside] = [this.#isInside(pcBefore), this.#isInside(pcAfter)];
    if (!wasInside && !isInside) return null;
    this.#tally.begin();
    if (wasInside) {
      const violation = this.#tally.take(MARK, this.#passed(step), step);
      if (violation !== null || trap !== null || isInside) return violation;
      this.#left(wayOutOf(step));
      return this.#tally.take(WAY_OUT, isClean(step.before, pcAfter), step);
    }
    this.#passage = "entered";
    return this.#tally.take(WAY_IN, this.#isEntry(step), step);
  }

  end(): null {
    return null;
  }

  #isInside(pc: bigint): boolean {
    return pc >= this.#gate.base && pc < this.#gate.base + this.#gate.size;
  }

  #isEntry({ name, event }: JudgedStep): Opinion {
    if (name === "cinvoke" && event.pcAfter === this.#gate.base) return "holds";
    return [
      `${name} at 0x${event.pcBefore.toString(16)} leads into the gate at 0x${event.pcAfter.toString(16)}`,
    ];
  }

  /** The exchange gives the mark; a branch that reads it decides; nothing is stored, asked for or left before. */
  #passed({ name, event, operands }: JudgedStep): Opinion {
    const passage = this.#passage;
    if (passage === "unknown" || passage === "tested") return "vacuous";
    if (passage === "entered") {
      if (name === "amoswap.d" && event.register !== null) {
        this.#passage = event.register.index;
        return "vacuous";
      }
      const isEarly = event.write !== null || name === "ecall";
      return isEarly ? [`${name} before the mark of the block was exchanged`] : "vacuous";
    }
    if ((name === "bne" || name === "beq") && (operands["rs1"] === passage || operands["rs2"] === passage)) {
      this.#passage = "tested";
      return "holds";
    }
    const isLost = event.register?.index === passage || ((event.cleared >>> passage) & 1) === 1;
    if (!isLost && event.write === null && name !== "ecall") return "vacuous";
    return [`${name} before the mark of the block, in x${passage}, was tested`];
  }
}

function wayOutOf({ before, event }: JudgedStep): WayOut {
  return {
    target: event.pcAfter,
    link: before.integer(LINK),
    base: before.capability(PCC_OF_GUEST).base,
    integers: (register) => before.integer(register),
  };
}

/** What is in the registers of a thread that leaves the gate; CJALR to c6 changes none of them. */
function isClean(before: Held, target: bigint): Opinion {
  const isReturn = target === (before.integer(LINK) & ~1n);
  const cleared: readonly number[] = isReturn ? [...CLEARED, ...NOT_RESULTS] : CLEARED;
  const left = cleared.find((register) => before.isTagged(register) || before.integer(register) !== 0n);
  if (left !== undefined) return [`c${left} is not null: ${spell(before, left)}`];
  const tagged = INTEGERS.find((register) => before.isTagged(register));
  return tagged === undefined ? "holds" : [`c${tagged} is a capability: ${spell(before, tagged)}`];
}

function spell(before: Held, register: number): string {
  const { tag, address, base, top } = before.capability(register);
  const hex = (value: bigint) => `0x${value.toString(16)}`;
  return tag ? `${hex(address)} in [${hex(base)}, ${hex(top)})` : hex(address);
}
