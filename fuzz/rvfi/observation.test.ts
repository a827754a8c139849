import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createEngine } from "../../impl/engine/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { readRecordings } from "../golden/recording.ts";
import { type Observation, observe, observeRecord } from "./observation.ts";
import { encodeSequence } from "./packet.ts";
import { createSession } from "./session.ts";

const core = fileURLToPath(new URL("../../corpora/golden/core.jsonl.gz", import.meta.url));
const sequences = readRecordings(core).slice(0, 120);

/** What the model shows of words injected from the reset state. */
function shown(words: readonly number[]): Observation[] {
  const model = createModel();
  model.reset({ preset: "dii" });
  return words.map((word) => observe(model.inject(word)));
}

describe("projection", () => {
  test("of an event and of its record are the same", () => {
    const engine = createEngine();
    for (const { words } of sequences) {
      engine.reset({ preset: "dii" });
      engine.injectAll(Uint32Array.from(words), words.length);
      for (const index of words.keys()) {
        expect(observeRecord(engine.records, index, index)).toEqual(observe(engine.event(index)));
      }
    }
  });

  test("CClear shows the highest register it cleared", () => {
    const [seen] = shown([0xfee002db]); // q 0, mask 0b0101: x0 and x2
    expect(seen).toMatchObject({ rd_addr: 2, rd_wdata: 0n });
  });

  test("a capability travels with its address, and in memory form", () => {
    // addi x2, x0, 1; slli x2, x2, 31; sc c3, 0(x2)
    const [, , stored] = shown([0x0010_0113, 0x01f1_1113, 0x0031_4023]);
    expect(stored).toMatchObject({ mem_addr: 0x8000_0000n, mem_wmask: 0xffff, mem_rmask: 0 });
    expect(stored!.mem_wdata).toBe(0xffff_0000_0000_0000n << 64n);
  });

  test("a trapped step shows nothing but the trap", () => {
    const [seen] = shown([0x0000_0000]);
    expect(seen).toMatchObject({ trap: 1, rd_addr: 0, mem_rmask: 0, mem_wmask: 0, mem_addr: 0n });
  });
});

describe("session", () => {
  test("the engine in batches and the model step by step answer the same bytes", () => {
    // CLoadTags, then a store that changes what it read.
    const tagged = [0x0010_0113, 0x01f1_1113, 0x0231_4823, 0xff21_02db, 0x0201_3823, 0xff21_02db];
    const bytes = Buffer.concat([...sequences.map(({ words }) => words), tagged].map(encodeSequence));
    const engine = createSession(createEngine()).take(bytes);
    const model = createSession(createModel()).take(bytes);
    expect(engine.answers.equals(model.answers)).toBe(true);
    expect(engine.trouble ?? model.trouble).toBeNull();
  });
});
