import type { MachineUnderTest, Program, Start, StepEvent } from "../../model/contract.ts";
import { assemble } from "../../model/isa/index.ts";
import { BadInput } from "../bad-input.ts";
import type { NextWord, Run, Watch } from "../lockstep/lockstep.ts";
import type { Divergence, NameOf } from "../lockstep/stepwise.ts";
import type { BlockingPeer } from "./blocking-peer.ts";
import { compareObservation, type Strictness } from "./compare.ts";
import { PeerDied } from "./failure.ts";
import type { Observation } from "./observation.ts";

/**
 * Runs programs on the reference and on a peer, and compares what the wire can carry of each step.
 *
 * A peer that dies differs there, in the field `answer`. One that does not come back, or that talks nonsense,
 * ends the run with BadInput.
 */
export class RvfiLockstep {
  /** The words that the peer died of without coming back, once that has happened. */
  unanswered: readonly number[] | null = null;
  readonly #reference: MachineUnderTest;
  readonly #peer: BlockingPeer;
  readonly #nameOf: NameOf;
  readonly #strictness: Strictness;

  constructor(reference: MachineUnderTest, peer: BlockingPeer, nameOf: NameOf, strictness: Strictness) {
    this.#reference = reference;
    this.#peer = peer;
    this.#nameOf = nameOf;
    this.#strictness = strictness;
  }

  /** Checks a program. One that cannot travel, since it is not injected from the DII reset, takes no step. */
  program(program: Program, watch: Watch): Run {
    if (program.fetch !== "injected" || program.start.preset !== "dii") return { steps: 0, divergence: null };
    if (program.words.length === 0) return { steps: 0, divergence: null };
    this.#reference.reset(program.start);
    const events = program.words.map((word) => this.#inject(word, watch));
    return this.#compare(events, this.#answers(program.words));
  }

  /**
   * Checks a run whose words are made as it goes; they are added to `words`. Behind them, tag and metadata of
   * every capability that the run left in a register are read back, since the wire shows only addresses.
   * A death counts only if the peer comes back and dies of the same words again.
   */
  generated(start: Start, next: NextWord, words: number[], watch: Watch): Run {
    this.#reference.reset(start);
    const events: StepEvent[] = [];
    for (let word = next(0); word >= 0; word = next(events.length)) {
      words.push(word);
      events.push(this.#inject(word, watch));
    }
    for (const word of readBacks(events)) {
      words.push(word);
      events.push(this.#inject(word, watch));
    }
    if (events.length === 0) return { steps: 0, divergence: null };
    const answers = this.#answers(words);
    return this.#compare(events, answers instanceof PeerDied ? this.#again(words, answers) : answers);
  }

  #inject(word: number, watch: Watch): StepEvent {
    const event = this.#reference.inject(word);
    watch(event);
    return event;
  }

  #compare(events: readonly StepEvent[], answers: Answers): Run {
    const seen = answers instanceof PeerDied ? answers.answered : answers;
    for (const [at, observation] of seen.entries()) {
      const fields = compareObservation(events[at]!, observation, this.#strictness);
      if (fields.length > 0) return this.#differ(events, at, fields);
    }
    if (!(answers instanceof PeerDied)) return { steps: events.length, divergence: null };
    const at = Math.min(answers.at, events.length - 1);
    return this.#differ(events, at, [{ field: "answer", expect: "an answer", actual: answers.reason }]);
  }

  #differ(events: readonly StepEvent[], at: number, fields: Divergence["difference"]["fields"]): Run {
    const difference = { at, instruction: this.#nameOf(events.slice(0, at + 1)), fields };
    return { steps: at + 1, divergence: { difference, expect: events.slice(0, at + 1), actual: [] } };
  }

  #answers(words: readonly number[]): Answers {
    try {
      return this.#peer.run(words);
    } catch (error) {
      if (error instanceof PeerDied) return error;
      throw error;
    }
  }

  #again(words: readonly number[], first: PeerDied): Answers {
    try {
      return this.#answers(words);
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      this.unanswered = words.slice(0, first.at + 1);
      throw new BadInput(`${first.message}; then ${error.message}`);
    }
  }
}

/** What a peer answered, or how it died on the way. */
type Answers = readonly Observation[] | PeerDied;

/** Words that read tag and metadata of every capability left in a register, into one that holds none. */
function readBacks(events: readonly StepEvent[]): number[] {
  const left = new Set<number>();
  for (const { register, cleared } of events) {
    if (register?.kind === "capability") left.add(register.index);
    else if (register !== null) left.delete(register.index);
    for (const index of left) if ((cleared >>> index) & 1) left.delete(index);
  }
  const scratch = registerIndices.find((index) => !left.has(index)) ?? 31;
  left.delete(scratch);
  return [...left].flatMap((index) => [
    assemble(`cgettag x${scratch}, c${index}`, {}),
    assemble(`cgethigh x${scratch}, c${index}`, {}),
  ]);
}

const registerIndices = Array.from({ length: 31 }, (_, index) => index + 1);
