import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Program, StepEvent } from "../../model/contract.ts";
import { BadInput } from "../bad-input.ts";
import {
  type Finding,
  injectedProgram,
  loadProgram,
  loadProgramOrFinding,
  saveFinding,
  saveProgram,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "capwright-program-"));
afterAll(() => rmSync(folder, { recursive: true }));

const program: Program = {
  ...injectedProgram([0x13, 0xffff_ffff, 0x4501]),
  marks: [{ at: 1, kind: "assert", field: "rd_wdata", value: "0x7f" }],
};

const event: StepEvent = {
  order: 0,
  word: 0x13,
  mode: 3,
  pcBefore: 0x8000_0000n,
  pcAfter: 0x8000_0004n,
  trap: null,
  register: {
    kind: "capability",
    index: 3,
    value: {
      tag: true,
      address: 0xffff_ffff_ffff_ffffn,
      base: 0n,
      top: 1n << 64n,
      perms: 0xffffn,
      otype: 0x3ffffn,
      flags: 0n,
      reserved: 0n,
      bounds: 0x4001000n,
    },
  },
  cleared: 0,
  specials: [],
  csr: { number: 0x305, value: 4n },
  read: null,
  write: { address: 0x8000_0010n, size: 16, data: (1n << 128n) - 1n, tag: true },
  authority: 0x21,
  source: null,
};

const finding: Finding = {
  format: "capwright-finding",
  version: 1,
  signature: "cmove register.value.tag",
  origin: { seed: "here", shard: 2, run: 7 },
  machines: { expect: "model", actual: "engine" },
  faults: [],
  program,
  shrunk: true,
  found: injectedProgram([1, 2, 3]),
  oracle: "D",
  violation: null,
  objections: [{ side: "actual", oracle: "A", rule: "write_reg", at: 0 }],
  difference: {
    at: 0,
    instruction: "cmove",
    fields: [{ field: "register.value.tag", expect: "true", actual: "false" }],
  },
  traces: { expect: [event], actual: [event] },
  story: "told",
};

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** The program's JSON with some fields replaced. */
function variant(change: Record<string, unknown>): string {
  return JSON.stringify({ ...program, ...change });
}

function refusal(content: string): string {
  try {
    loadProgram(file("refused.json", content));
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return error.message.replace(folder, "");
  }
  throw new Error("expected a refusal");
}

describe("program files", () => {
  test("a program comes back as it was saved", () => {
    const path = join(folder, "program.json");
    saveProgram(path, program);
    expect(loadProgram(path)).toEqual(program);
  });

  test("a finding comes back as it was saved, bigints included", () => {
    const path = join(folder, "finding.json");
    saveFinding(path, finding);
    expect(loadProgramOrFinding(path)).toEqual({ program, finding });
    expect(loadProgram(path)).toEqual(program);
  });

  test("a violation comes back as it was saved", () => {
    const path = join(folder, "violation.json");
    const violation = {
      oracle: "M",
      rule: "gained",
      at: 2,
      instruction: "cmove",
      text: ["one", "two"],
    } as const;
    const broken: Finding = { ...finding, oracle: "M", difference: null, violation };
    saveFinding(path, broken);
    expect(loadProgramOrFinding(path).finding).toEqual(broken);
  });

  test("a finding from before there were oracles is a difference", () => {
    const path = join(folder, "old.json");
    saveFinding(path, finding);
    const { oracle: _, violation: __, objections: ___, ...old } = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify(old));
    expect(loadProgramOrFinding(path).finding).toEqual({ ...finding, objections: [] });
  });

  test("words are written in hexadecimal, and plain numbers are read as well", () => {
    const path = join(folder, "words.json");
    saveProgram(path, program);
    expect(JSON.parse(readFileSync(path, "utf8")).words).toEqual(["0x00000013", "0xffffffff", "0x00004501"]);
    expect(loadProgram(file("numbers.json", variant({ words: [19, 20], marks: [] }))).words).toEqual([
      19, 20,
    ]);
  });

  test("saving leaves no temporary file behind", () => {
    const before = readdirSync(folder).length;
    saveProgram(join(folder, "clean.json"), program);
    expect(readdirSync(folder).length).toBe(before + 1);
    expect(() => saveProgram(join(folder, "missing", "clean.json"), program)).toThrow(
      /cannot be written \(ENOENT\)/,
    );
  });
});

describe("refusals name the file and the place", () => {
  const cases: [string, string, RegExp][] = [
    ["truncated text", variant({}).slice(0, 40), /refused\.json: line 1, column \d+: expected JSON/],
    ["text that is not JSON", '{\n  "format": nothing\n}', /refused\.json: line 2, column 14: expected JSON/],
    ["an empty file", "", /refused\.json: line 1, column 1: expected JSON/],
    [
      "another format",
      variant({ format: "elf" }),
      /format: expected "capwright-program" or "capwright-finding"/,
    ],
    ["a later version", variant({ version: 2 }), /version: this release reads version 1/],
    [
      "a word of 33 bits",
      variant({ words: [0x1_0000_0000], marks: [] }),
      /words\[0\]: expected a number from 0 to/,
    ],
    [
      "a word that is no number",
      variant({ words: [1, "add"], marks: [] }),
      /words\[1\]: expected a whole number/,
    ],
    ["a mark beyond the end", variant({ words: [1] }), /marks: a mark stands beyond the last word/],
    [
      "an assertion without value",
      variant({ marks: [{ at: 0, kind: "assert" }] }),
      /marks\[0\]: an assert mark needs/,
    ],
    ["an unknown field", variant({ extra: 1 }), /Unrecognized key: "extra"/],
    ["too many steps", variant({ budgetSteps: 1e12 }), /budgetSteps: Too big/],
    ["a list", "[]", /\(whole file\): Invalid input: expected object/],
  ];
  test.each(cases)("%s", (_name, content, message) => expect(refusal(content)).toMatch(message));

  test("a file that is not there, and a folder", () => {
    expect(() => loadProgram(join(folder, "none.json"))).toThrow(/none\.json: cannot be read \(ENOENT\)/);
    expect(() => loadProgram(folder)).toThrow(/expected a file/);
  });

  test("a finding whose evidence is not that of its oracle", () => {
    const path = join(folder, "evidence.json");
    saveFinding(path, finding);
    const stored = JSON.parse(readFileSync(path, "utf8"));
    const altered = (change: object) => refusal(JSON.stringify({ ...stored, ...change }));
    expect(altered({ difference: null })).toMatch(/difference: expected one if and only if oracle is D/);
    expect(altered({ oracle: "A", difference: null })).toMatch(
      /violation: expected one of the oracle that is named/,
    );
    expect(altered({ oracle: "Z" })).toMatch(/oracle: Invalid option/);
  });

  test("a finding whose trace is damaged", () => {
    const path = join(folder, "damaged.json");
    saveFinding(path, finding);
    const text = readFileSync(path, "utf8").replace('"mode": 3', '"mode": 2');
    expect(() => loadProgram(file("damaged.json", text))).toThrow(/traces\.expect\[0\]\.mode: Invalid input/);
  });
});
