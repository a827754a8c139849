import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createModel } from "../../model/machine/reference.ts";
import { replayRecording } from "./compare.ts";
import { eachRecording, readRecordings } from "./recording.ts";
import { missingFor } from "./scope.ts";

const corpus = fileURLToPath(new URL("../../corpora/golden/", import.meta.url));
const shared = fileURLToPath(new URL("../../../shared/golden/testrig-traces.jsonl.gz", import.meta.url));

describe("the model agrees bit for bit with every recording of", () => {
  test.each([
    ["core.jsonl.gz", 700],
    ["zb.jsonl.gz", 120],
  ])("%s", (file, count) => {
    const model = createModel();
    let read = 0;
    for (const recording of eachRecording(corpus + file)) {
      expect(missingFor(recording)).toBeNull();
      expect([recording.id, replayRecording(model, recording)]).toEqual([recording.id, null]);
      read++;
    }
    expect(read).toBe(count);
  });
});

test.skipIf(!existsSync(shared))("the model agrees with the public TestRIG traces that are in scope", () => {
  const recordings = readRecordings(shared);
  const model = createModel();
  const left = new Map<string, number>();
  const differing: string[] = [];
  for (const recording of recordings) {
    const missing = missingFor(recording);
    if (missing !== null) left.set(missing, (left.get(missing) ?? 0) + 1);
    else if (replayRecording(model, recording) !== null) differing.push(recording.id);
  }
  const out = [...left].map(([missing, count]) => `${count} need ${missing}`).join(", ");
  console.info(`TestRIG traces: ${recordings.length} read, left out: ${out}`);

  expect(differing).toEqual([]);
  expect(Object.fromEntries(left)).toMatchInlineSnapshot(`
    {
      "floating point": 5,
      "supervisor mode": 56,
      "virtual memory": 38,
    }
  `);
});
