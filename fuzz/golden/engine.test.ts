import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createEngine } from "../../impl/engine/index.ts";
import { replayRecording } from "./compare.ts";
import { eachRecording, readRecordings } from "./recording.ts";
import { missingFor } from "./scope.ts";

const corpus = fileURLToPath(new URL("../../corpora/golden/", import.meta.url));
const shared = fileURLToPath(new URL("../../../shared/golden/testrig-traces.jsonl.gz", import.meta.url));

const files = ["core", "zb"].map((name) => `${corpus}${name}.jsonl.gz`);

describe("the engine agrees bit for bit with every recording of", () => {
  test.each([
    ["core", 700],
    ["zb", 120],
  ] as const)("%s", (name, count) => {
    const engine = createEngine();
    let read = 0;
    for (const recording of eachRecording(`${corpus}${name}.jsonl.gz`)) {
      expect([recording.id, replayRecording(engine, recording)]).toEqual([recording.id, null]);
      read++;
    }
    expect(read).toBe(count);
  });
});

describe("a batch of recorded words", () => {
  const engine = createEngine();
  const single = createEngine();

  test("gives the events and the state of single steps", () => {
    for (const { words } of files.flatMap((file) => readRecordings(file))) {
      engine.reset({ preset: "dii" });
      single.reset({ preset: "dii" });
      expect(engine.injectAll(Uint32Array.from(words), words.length)).toBe(words.length);
      for (const [index, word] of words.entries()) expect(engine.event(index)).toEqual(single.inject(word));
      expect(engine.state()).toEqual(single.state());
    }
  });

  test("ends in the same state without records", () => {
    for (const { words } of files.flatMap((file) => readRecordings(file))) {
      engine.reset({ preset: "dii" });
      single.reset({ preset: "dii" });
      engine.injectAllQuiet(Uint32Array.from(words), words.length);
      single.injectAll(Uint32Array.from(words), words.length);
      expect(engine.state()).toEqual(single.state());
    }
  });
});

test.skipIf(!existsSync(shared))("the engine agrees with the public TestRIG traces that are in scope", () => {
  const recordings = readRecordings(shared).filter((recording) => missingFor(recording) === null);
  expect(recordings.length).toBeGreaterThan(1900);
  const engine = createEngine();
  expect(recordings.filter((recording) => replayRecording(engine, recording) !== null)).toEqual([]);
});
