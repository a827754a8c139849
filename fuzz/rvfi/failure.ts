import { BadInput } from "../bad-input.ts";
import type { Observation } from "./observation.ts";

/**
 * The peer stopped answering in the middle of a sequence: its connection ended, or nothing came in time.
 * This may be a finding about the peer; it ends with exit code 2 where nobody takes it as one.
 */
export class PeerDied extends BadInput {
  /** Answers that came before, in order. */
  readonly answered: readonly Observation[];
  /** Index of the first word without an answer; the number of words when only the last reset is missing. */
  readonly at: number;
  readonly reason: string;

  constructor(peer: string, reason: string, answered: readonly Observation[], words: readonly number[]) {
    const at = answered.length;
    const word = words[at];
    const place =
      word === undefined ? "the end of the trace" : `word ${at} (0x${word.toString(16).padStart(8, "0")})`;
    super(`${peer}: ${reason}; first without an answer: ${place} of ${words.length}`);
    this.answered = answered;
    this.at = at;
    this.reason = reason;
  }
}
