import type { MachineUnderTest } from "../../model/contract.ts";
import { decode } from "../binary/layout.ts";
import { injector } from "./injector.ts";
import { command, commandLayout, VERSION_QUESTION } from "./layout.ts";
import { haltObservation, type Observation, versionObservation } from "./observation.ts";
import { ANSWER_BYTES_MAX, encodeAnswer, encodeVersion } from "./packet.ts";

/** What a batch of bytes led to. `trouble` says why nothing behind `answers` can be served. */
export interface Batch {
  readonly answers: Buffer;
  readonly trouble: string | null;
}

/** One driver's conversation with a machine: bytes in, bytes out. */
export interface Session {
  /** Runs every whole command in the bytes received so far and answers them all at once. */
  take(chunk: Buffer): Batch;
  /** Bytes of a command that has not come whole. */
  readonly pending: number;
}

/** Begins a conversation in trace version 1, with the machine in the DII reset state. */
export function createSession(machine: MachineUnderTest): Session {
  let version: 1 | 2 = 1;
  let rest = Buffer.alloc(0);
  const run = injector(machine);
  run.reset();
  return {
    take,
    get pending() {
      return rest.length;
    },
  };

  function take(chunk: Buffer): Batch {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const count = Math.floor(bytes.length / commandLayout.size);
    const answers = Buffer.allocUnsafe((count + 1) * ANSWER_BYTES_MAX);
    let end = 0;
    const send = (seen: Observation) => {
      end += encodeAnswer(seen === versionObservation ? 1 : version, seen, answers, end);
    };
    let trouble: string | null = null;
    for (let index = 0; index < count && trouble === null; index++) {
      const { cmd, insn } = decode(commandLayout, bytes, index * commandLayout.size);
      if (cmd === command.instruction) {
        run.add(insn, send);
        continue;
      }
      run.flush(send);
      const answer = answerTo(cmd, insn);
      if (typeof answer === "string") trouble = answer;
      else if (Buffer.isBuffer(answer)) end += answer.copy(answers, end);
      else send(answer);
    }
    run.flush(send);
    rest = Buffer.from(bytes.subarray(count * commandLayout.size));
    return { answers: answers.subarray(0, end), trouble };
  }

  /** The answer to one command that is no instruction, or the reason why there is none. */
  function answerTo(cmd: number, insn: number): Observation | Buffer | string {
    switch (cmd) {
      case command.endOfTrace:
        if (insn === VERSION_QUESTION) return versionObservation;
        run.reset();
        return haltObservation;
      case command.version:
        if (insn !== 1 && insn !== 2) return `version command: insn: expected version 1 or 2, found ${insn}`;
        version = insn;
        return encodeVersion(version);
      default:
        return `command: cmd: expected 0, 1 or 0x76, found 0x${cmd.toString(16)}`;
    }
  }
}
