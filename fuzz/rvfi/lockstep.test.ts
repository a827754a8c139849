import { describe, expect, test } from "vitest";
import { createEngine } from "../../impl/engine/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { BadInput } from "../bad-input.ts";
import { nameOf } from "../lockstep/name.ts";
import { injectedProgram } from "../program/index.ts";
import type { BlockingPeer } from "./blocking-peer.ts";
import { PeerDied } from "./failure.ts";
import { RvfiLockstep } from "./lockstep.ts";
import { type Observation, observe } from "./observation.ts";

const ADDI_X1 = 0x0010_0093; // addi x1, x0, 1
const CGETLEN = 0xfe30_80db; // cgetlen x1, c1
const CMOVE = 0xfea2_81db; // cmove c3, c5

/** What a peer does of an answer before it goes out; it may throw instead. */
type Misdeed = (seen: Observation, at: number, run: number) => Observation;

const engine = createEngine();

/** A peer in this thread: the engine, with something wrong. */
function peerThat(misdeed: Misdeed): BlockingPeer & { readonly runs: number[][] } {
  const runs: number[][] = [];
  return {
    name: "rvfi://peer:1",
    version: 2,
    runs,
    run(words) {
      runs.push([...words]);
      engine.reset({ preset: "dii" });
      return words.map((word, at) => misdeed(observe(engine.inject(word)), at, runs.length));
    },
    close: async () => {},
  };
}

const honest: Misdeed = (seen) => seen;
const dies = (words: readonly number[], at: number): never => {
  throw new PeerDied(
    "rvfi://peer:1",
    "the connection ended",
    new Array<Observation>(at).fill(answerTo(ADDI_X1)),
    words,
  );
};
function answerTo(word: number): Observation {
  const model = createModel();
  return observe(model.inject(word));
}
const lockstep = (peer: BlockingPeer) => new RvfiLockstep(createModel(), peer, nameOf, "relaxed");
const ignore = () => undefined;

/** Checks a generated run of these words, and what was sent of it. */
function generate(peer: BlockingPeer, ...made: number[]) {
  const words: number[] = [];
  const checker = lockstep(peer);
  const run = checker.generated({ preset: "dii" }, (at) => made[at] ?? -1, words, ignore);
  return { ...run, words, checker };
}

describe("a sound peer", () => {
  test("agrees in every step, those that read back included", () => {
    const { steps, divergence, words } = generate(peerThat(honest), ADDI_X1, CMOVE, ADDI_X1);
    expect(divergence).toBeNull();
    expect(words.slice(3)).toEqual([0xfe41_80db, 0xff71_80db]); // cgettag x1, c3; cgethigh x1, c3
    expect(steps).toBe(5);
  });

  test("is not sent what cannot travel", () => {
    const peer = peerThat(honest);
    const memory = { ...injectedProgram([ADDI_X1]), fetch: "memory" as const };
    const bare = { ...injectedProgram([ADDI_X1]), start: { preset: "bare" as const } };
    for (const program of [memory, bare, injectedProgram([])]) {
      expect(lockstep(peer).program(program, ignore)).toEqual({ steps: 0, divergence: null });
    }
    expect(peer.runs).toEqual([]);
  });
});

describe("a peer that answers wrongly", () => {
  test("the first step that differs, field by field", () => {
    const wrong: Misdeed = (seen, at) => (at === 1 ? { ...seen, rd_wdata: 7n, pc_wdata: 0n } : seen);
    const { divergence, steps } = generate(peerThat(wrong), ADDI_X1, ADDI_X1, ADDI_X1);
    expect(steps).toBe(2);
    expect(divergence).toMatchObject({
      difference: {
        at: 1,
        instruction: "addi",
        fields: [
          { field: "pc_wdata", expect: "0x80000008", actual: "0x0" },
          { field: "rd_wdata", expect: "0x1", actual: "0x7" },
        ],
      },
    });
    expect(divergence!.expect).toHaveLength(2);
  });

  test("a capability's tag shows where it is read back", () => {
    const wrong: Misdeed = (seen) => (seen.insn === 0xfe41_80dbn ? { ...seen, rd_wdata: 0n } : seen);
    const { divergence } = generate(peerThat(wrong), ADDI_X1, CMOVE);
    expect(divergence?.difference).toMatchObject({ at: 2, instruction: "cgettag" });
  });
});

describe("a peer that dies", () => {
  test("twice of the same words: differs at the first word without an answer", () => {
    const deadly: Misdeed = (seen, at) => (seen.insn === BigInt(CGETLEN) ? dies([], at) : seen);
    const { divergence } = generate(peerThat(deadly), ADDI_X1, CGETLEN, ADDI_X1);
    expect(divergence?.difference).toEqual({
      at: 1,
      instruction: "cgetlen",
      fields: [{ field: "answer", expect: "an answer", actual: "the connection ended" }],
    });
  });

  test("once: the second run counts", () => {
    const once: Misdeed = (seen, at, run) => (run === 1 ? dies([], at) : seen);
    const peer = peerThat(once);
    expect(generate(peer, ADDI_X1).divergence).toBeNull();
    expect(peer.runs).toEqual([[ADDI_X1], [ADDI_X1]]);
  });

  test("and does not come back: the run ends, the words that were sent are kept", () => {
    const gone: Misdeed = (seen, at, run) => {
      if (run > 1) throw new BadInput("rvfi://peer:1: cannot connect (ECONNREFUSED)");
      return at === 1 ? dies([ADDI_X1, CGETLEN, ADDI_X1], at) : seen;
    };
    const checker = lockstep(peerThat(gone));
    const words = [ADDI_X1, CGETLEN, ADDI_X1];
    expect(() => checker.generated({ preset: "dii" }, (at) => words[at] ?? -1, [], ignore)).toThrow(
      new BadInput(
        "rvfi://peer:1: the connection ended; first without an answer: word 1 (0xfe3080db) of 3; " +
          "then rvfi://peer:1: cannot connect (ECONNREFUSED)",
      ),
    );
    expect(checker.unanswered).toEqual(words.slice(0, 2));
  });

  test("talks nonsense: the run ends", () => {
    const babble: Misdeed = () => {
      throw new BadInput("rvfi://peer:1: answer 0: rd_addr: expected at most 31, found 204");
    };
    expect(() => generate(peerThat(babble), ADDI_X1)).toThrow(/answer 0: rd_addr/);
  });
});
