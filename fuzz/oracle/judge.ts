/** The oracles at work on one run: each step is decoded once, shown to every oracle, and then held. */
import type { MachineState, Start, StepEvent } from "../../model/contract.ts";
import { decode, instructions } from "../../model/isa/index.ts";
import { HeldState, type Snapshot } from "./held.ts";
import {
  COUNT_FALSE,
  COUNT_TRUE,
  COUNT_VACUOUS,
  COUNTS_PER_CLAUSE,
  type JudgedStep,
  type Oracle,
  type OracleName,
  type Violation,
} from "./oracle.ts";
import { oracleByName } from "./oracles.ts";

/** How often a clause was tested. Counts of the same oracles add up. */
export interface ClauseCount {
  readonly oracle: OracleName;
  readonly clause: string;
  readonly held: number;
  readonly broken: number;
  readonly vacuous: number;
}

export interface Judge {
  /** A run begins; `code` as oracles have it. */
  begin(start: Start, code: Uint8Array | null): void;
  /** The run goes on where others have changed what the machine holds: this is what it holds now. */
  adopt(snapshot: Snapshot): void;
  /** The first rule that this step breaks, by the order of the oracles; null if it breaks none. */
  step(event: StepEvent): Violation | null;
  /** What the end of the run breaks. To be asked only of a run whose steps broke nothing. */
  end(state: MachineState): Violation | null;
  /** All clauses of all oracles, in the same order every time, counted since the judge was made. */
  counts(): ClauseCount[];
}

/** A judge who asks these oracles, in this order. A name may be given once. */
export function createJudge(names: readonly OracleName[]): Judge {
  return judgeOf(names.map((name) => oracleByName(name)));
}

/** A judge who asks oracles that are already made. */
export function judgeOf(oracles: readonly Oracle[]): Judge {
  const held = new HeldState();
  const step: { -readonly [Field in keyof JudgedStep]: JudgedStep[Field] } = {
    event: NO_EVENT,
    ...illegal,
    before: held,
  };
  const words = new Words();
  return {
    begin(start, code) {
      held.reset(start);
      for (const oracle of oracles) oracle.begin(start, code);
    },
    adopt: (snapshot) => held.adopt(snapshot),
    step(event) {
      const known = words.known(event.word, held.pcc.flags === 1n);
      step.event = event;
      step.name = known.name;
      step.operands = known.operands;
      for (let at = 0; at < oracles.length; at++) {
        const violation = oracles[at]!.step(step);
        if (violation !== null) return violation;
      }
      held.take(event);
      return null;
    },
    end(state) {
      for (const oracle of oracles) {
        const violation = oracle.end(state);
        if (violation !== null) return violation;
      }
      return null;
    },
    counts: () => oracles.flatMap(countsOf),
  };
}

function countsOf({ name, clauses, counts }: Oracle): ClauseCount[] {
  return clauses.map((clause, at) => ({
    oracle: name,
    clause,
    held: counts[at * COUNTS_PER_CLAUSE + COUNT_TRUE]!,
    broken: counts[at * COUNTS_PER_CLAUSE + COUNT_FALSE]!,
    vacuous: counts[at * COUNTS_PER_CLAUSE + COUNT_VACUOUS]!,
  }));
}

/** A word by the name and operands of its definition. */
type Known = Pick<JudgedStep, "name" | "operands">;

const illegal: Known = { name: "illegal", operands: {} };

/** Places for the words of one encoding mode: ten bits of the product of word and golden ratio. */
const WORDS = 1 << 10;

/** Words of both encoding modes, as they were last decoded. Direct-mapped, so it cannot grow. */
class Words {
  readonly #words = new Int32Array(2 * WORDS);
  readonly #known: (Known | null)[] = new Array<Known | null>(2 * WORDS).fill(null);

  known(word: number, capabilityMode: boolean): Known {
    const at = (Math.imul(word, 0x9e37_79b1) >>> 22) | (capabilityMode ? WORDS : 0);
    const known = this.#known[at];
    if (known != null && this.#words[at] === (word | 0)) return known;
    const found = knownOf(word, capabilityMode);
    this.#words[at] = word;
    this.#known[at] = found;
    return found;
  }
}

/** Their operands have to be turned into numbers; those of all others are numbers. */
const withImmediates = new Set(
  instructions.filter(({ operands }) => operands.some(({ kind }) => kind === "immediate")),
);

function knownOf(word: number, capabilityMode: boolean): Known {
  const decoded = decode(word, capabilityMode);
  if (decoded === null) return illegal;
  const { instruction, operands } = decoded;
  const { name } = instruction;
  if (!withImmediates.has(instruction)) return { name, operands: operands as Known["operands"] };
  const numbers: Record<string, number> = {};
  for (const operand of instruction.operands) numbers[operand.name] = Number(operands[operand.name]);
  return { name, operands: numbers };
}

const NO_EVENT: StepEvent = {
  order: -1,
  word: 0,
  mode: 3,
  pcBefore: 0n,
  pcAfter: 0n,
  trap: null,
  register: null,
  cleared: 0,
  specials: [],
  csr: null,
  read: null,
  write: null,
  authority: null,
  source: null,
};
