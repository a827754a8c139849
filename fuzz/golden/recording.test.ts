import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { createModel } from "../../model/machine/reference.ts";
import { BadInput } from "../bad-input.ts";
import { replayRecording } from "./compare.ts";
import { type RecordedStep, readRecordings } from "./recording.ts";
import { missingFor } from "./scope.ts";

const folder = mkdtempSync(join(tmpdir(), "golden-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** addi x5, x0, 1 from the reset state. */
const row = [0, 3, "80000000", "80000004", 5, "1", "0", "0", "0", "0", "0"];
const good = { id: "one", insns: ["100293"], trace: [row] };

let files = 0;

function fileWith(content: Uint8Array): string {
  const file = join(folder, `${files++}.jsonl.gz`);
  writeFileSync(file, content);
  return file;
}

function compressed(text: string): string {
  return fileWith(gzipSync(text));
}

describe("a file of recordings", () => {
  test("is read line by line", () => {
    const [recording] = readRecordings(compressed(`${JSON.stringify(good)}\n`));
    expect(recording).toMatchObject({ id: "one", words: [0x100293] });
    expect(recording!.steps[0]).toMatchObject({
      trap: false,
      mode: 3,
      rd_addr: 5,
      rd_wdata: 1n,
      mem_wmask: 0,
    });
  });

  test.each([
    ["text that is not JSON", "{]\n", /line 1: expected a JSON object/],
    ["a line cut short", `${JSON.stringify(good)}\n{"id":`, /line 2: expected a line feed/],
    ["a missing field", `{"id":"one","insns":[]}\n`, /line 1: trace:/],
    [
      "a word that is not hexadecimal",
      `{"id":"one","insns":["xyz"],"trace":[]}\n`,
      /insns\.0: expected up to 8 hex/,
    ],
    [
      "more words than rows",
      `{"id":"one","insns":["13","13"],"trace":[]}\n`,
      /expected one row of the trace/,
    ],
    [
      "a row with a field too few",
      JSON.stringify({ ...good, trace: [row.slice(1)] }).concat("\n"),
      /line 1: trace\.0/,
    ],
  ])("with %s is refused with its name and line", (_, text, message) => {
    const file = compressed(text);
    expect(() => readRecordings(file)).toThrow(BadInput);
    expect(() => readRecordings(file)).toThrow(message);
    expect(() => readRecordings(file)).toThrow(file);
  });

  test("that is truncated, not compressed or missing is refused", () => {
    const whole = gzipSync(`${JSON.stringify(good)}\n`);
    for (const content of [whole.subarray(0, whole.length - 9), Buffer.from("plain")]) {
      expect(() => readRecordings(fileWith(content))).toThrow(/expected recordings compressed with gzip/);
    }
    expect(() => readRecordings(join(folder, "none"))).toThrow(/cannot be read/);
  });
});

describe("a comparison with a recording", () => {
  const expected: RecordedStep = {
    trap: false,
    mode: 3,
    pc_rdata: 0x80000000n,
    pc_wdata: 0x80000004n,
    rd_addr: 5,
    rd_wdata: 1n,
    mem_addr: 0n,
    mem_rmask: 0,
    mem_rdata: 0n,
    mem_wmask: 0,
    mem_wdata: 0n,
  };
  const replay = (words: number[], steps: RecordedStep[]) =>
    replayRecording(createModel(), { id: "one", words, steps });

  test("finds nothing when they agree", () => {
    expect(replay([0x100293], [expected])).toBeNull();
  });

  test.each([
    ["trap", { trap: true }, { expect: "0x1", actual: "0x0" }],
    ["mode", { mode: 0 }, { expect: "0x0", actual: "0x3" }],
    ["pc_wdata", { pc_wdata: 0n }, { expect: "0x0", actual: "0x80000004" }],
    ["rd_addr", { rd_addr: 6 }, { expect: "0x6", actual: "0x5" }],
    ["rd_wdata", { rd_wdata: 2n }, { expect: "0x2", actual: "0x1" }],
    ["mem_wmask", { mem_wmask: 1 }, { expect: "0x1", actual: "0x0" }],
    ["mem_rmask", { mem_rmask: 1 }, { expect: "0x1", actual: "0x0" }],
  ])("names %s, what was recorded and what the machine did", (field, change, values) => {
    expect(replay([0x100293], [{ ...expected, ...change }])).toEqual({
      step: 0,
      word: 0x100293,
      field,
      ...values,
    });
  });

  test("looks at pc_rdata only after a step that retired", () => {
    const elsewhere = { ...expected, pc_rdata: 1n };
    expect(replay([0x100293], [elsewhere])).toBeNull();
    expect(replay([0x100293, 0x100293], [expected, { ...elsewhere, pc_wdata: 0x80000008n }])).toMatchObject({
      step: 1,
      field: "pc_rdata",
    });
  });
});

test.each([
  ["floating point", 0x00302073],
  ["floating point", 0x0000_2007],
  ["supervisor mode", 0x10200073],
  ["supervisor mode", 0x14002073],
  ["virtual memory", 0x12000073],
  ["virtual memory", 0x18002073],
  ["other CSR", 0xc0102073],
  [null, 0x9c002073],
  [null, 0x100293],
])("a recording needs %s when word %i retires", (missing, word) => {
  const [recorded] = readRecordings(compressed(`${JSON.stringify(good)}\n`));
  const steps = recorded!.steps;
  expect(missingFor({ id: "one", words: [word], steps })).toBe(missing);
  expect(missingFor({ id: "one", words: [word], steps: [{ ...steps[0]!, trap: true }] })).toBeNull();
  expect(missingFor({ id: "one", words: [word], steps: [{ ...steps[0]!, mode: 1 }] })).toBe(
    "supervisor mode",
  );
});
