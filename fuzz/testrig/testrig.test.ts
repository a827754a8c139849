import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BadInput } from "../bad-input.ts";
import { injectedProgram } from "../program/index.ts";
import { parseTestrig } from "./reader.ts";
import { formatTestrig } from "./writer.ts";

const corpus = join(import.meta.dirname, "../../corpora/testrig");
const V2 = "#>QCVENGINE_TEST_V2.0\n";
const plain = () => "";

describe("legacy form", () => {
  const trace = parseTestrig(readFileSync(join(corpus, "sentry-is-sealed.S"), "utf8"), "file");

  test("words, with 16-bit ones", () => {
    expect(trace.program.words).toEqual([0xff11835b, 0xfe1303db, 0x0013145b, 0xfe4404db, 0x4505]);
    expect(trace.program).toMatchObject({ fetch: "injected", start: { preset: "dii" }, budgetSteps: 5 });
  });

  test("notes, words to keep and assertions as marks", () => {
    expect(trace.program.marks).toMatchInlineSnapshot(`
      [
        {
          "at": 0,
          "kind": "note",
          "text": "A sentry is sealed with type -2, and moving its address unseals nothing: the result has no tag.",
        },
        {
          "at": 0,
          "kind": "keep",
        },
        {
          "at": 1,
          "field": "rd_wdata",
          "kind": "assert",
          "text": "a sentry's type reads as -2",
          "value": "0xfffffffffffffffe",
        },
        {
          "at": 2,
          "field": "trap",
          "kind": "assert",
          "text": "no trap, only a lost tag",
          "value": "0x0",
        },
        {
          "at": 3,
          "field": "rd_addr",
          "kind": "assert",
          "text": "x9 is written",
          "value": "0x9",
        },
        {
          "at": 3,
          "field": "rd_wdata",
          "kind": "assert",
          "text": "the moved sentry has no tag",
          "value": "0x0",
        },
      ]
    `);
  });

  test("numbers are decimal, hexadecimal or octal", () => {
    expect(parseTestrig(".4byte 00000013\n.4byte 0x13\n.4byte 0o23\n.2byte 1", "file").program.words).toEqual(
      [13, 0x13, 19, 1],
    );
  });

  test("what steers the V2 shrinker is a comment", () => {
    const { program } = parseTestrig("#>END_NO_SHRINK\n.4byte 0x13", "file");
    expect(program.marks).toEqual([{ at: 0, kind: "note", text: ">END_NO_SHRINK" }]);
  });
});

describe("V2 form", () => {
  const trace = parseTestrig(readFileSync(join(corpus, "store-clears-tag.S"), "utf8"), "file");

  test("scopes, kept words and nested assertions", () => {
    expect(trace.scopes).toEqual([{ from: 0, to: 2 }]);
    expect(trace.program.words).toHaveLength(8);
    expect(trace.program.marks).toMatchInlineSnapshot(`
      [
        {
          "at": 0,
          "kind": "note",
          "text": "A capability stored whole keeps its tag; one byte written over it takes the tag away.",
        },
        {
          "at": 4,
          "field": "rd_wdata",
          "kind": "assert",
          "text": "a whole capability keeps its tag",
          "value": "0x1",
        },
        {
          "at": 5,
          "kind": "keep",
        },
        {
          "at": 6,
          "kind": "keep",
        },
        {
          "at": 7,
          "field": "rd_addr",
          "kind": "assert",
          "text": "the tag is read into x5",
          "value": "0x5",
        },
        {
          "at": 7,
          "field": "rd_wdata",
          "kind": "assert",
          "text": "a partial store clears the tag",
          "value": "0x0",
        },
      ]
    `);
  });

  test("marks of a single word", () => {
    const text = `${V2}#>NO_SHRINK\n.4byte 0x13\n#>ASSERT_LAST_VAL trap == 0x0 "quiet"\n.4byte 0x13`;
    expect(parseTestrig(text, "file").program.marks).toEqual([
      { at: 0, kind: "keep" },
      { at: 0, kind: "assert", field: "trap", value: "0x0", text: "quiet" },
    ]);
  });
});

describe("lines that are not understood", () => {
  test.each([
    ["addi x1, x0, 1", 'line 1: expected a directive or a comment, found "addi x1, x0, 1"'],
    [".4byte 0x13\n.word 0x13", 'line 2: unknown directive ".word 0x13"'],
    [".4byte", 'line 1: expected a number, found ""'],
    [".4byte 0x1_3", 'line 1: expected a number, found "0x1_3"'],
    [".4byte 0x100000000", 'line 1: expected at most 32 bits, found "0x100000000"'],
    [".2byte 0x10000", 'line 1: expected at most 16 bits, found "0x10000"'],
    [".shrink now", 'line 1: unknown directive ".shrink now"'],
    ['.assert trap == 0 "x"', "line 1: expected a word before an assertion"],
    [".4byte 0x13\n.assert trap = 0", 'line 2: expected FIELD == VALUE "text", found "trap = 0"'],
    ['.4byte 0x13\n.assert tag == 0 "x"', 'line 2: unknown RVFI field "tag"'],
    ['.4byte 0x13\n.assert trap == no "x"', 'line 2: expected a number, found "no"'],
    ["#>START_SOMETHING", 'line 1: unknown line "#>START_SOMETHING"'],
    [
      '.4byte 0x13\n#>ASSERT_LAST_VAL trap == 0 "x"',
      'line 2: unknown line "#>ASSERT_LAST_VAL trap == 0 \\"x\\""',
    ],
    [`${V2}#>START_NOTHING`, 'line 2: unknown line "#>START_NOTHING"'],
    [`${V2}#>SHRINK_SCOPE`, 'line 2: unknown line "#>SHRINK_SCOPE"'],
    [`${V2}#>START_NO_SHRINK 1`, 'line 2: expected nothing behind NO_SHRINK, found "1"'],
    [`${V2}.noshrink`, 'line 2: unknown directive ".noshrink"'],
    [`${V2}#>END_NO_SHRINK`, "line 2: END_NO_SHRINK without its start"],
    [
      `${V2}#>START_NO_SHRINK\n#>START_SHRINK_SCOPE\n#>END_NO_SHRINK`,
      "line 4: END_NO_SHRINK without its start",
    ],
    [`${V2}#>START_SHRINK_SCOPE\n.4byte 1\n`, "line 4: START_SHRINK_SCOPE of line 2 has no end"],
    [`.4byte 0x13\n${V2}`, "line 2: the version line must come before the first word"],
  ])("%j", (text, message) => {
    expect(() => parseTestrig(text, "file.S")).toThrow(new BadInput(`file.S: ${message}`));
  });
});

describe("writer", () => {
  test.each(readdirSync(corpus).filter((name) => name.endsWith(".S")))("%s comes back the same", (name) => {
    const trace = parseTestrig(readFileSync(join(corpus, name), "utf8"), name);
    const text = formatTestrig(trace, (word, at) => `word ${at} is ${word}`);
    expect(parseTestrig(text, name)).toEqual(trace);
    expect(formatTestrig(parseTestrig(text, name), (word, at) => `word ${at} is ${word}`)).toBe(text);
  });

  test("spells scopes, notes, regions and assertions", () => {
    const marks = [
      { at: 0, kind: "note", text: "first\nsecond" },
      { at: 1, kind: "keep" },
      { at: 2, kind: "keep" },
      { at: 2, kind: "assert", field: "trap", value: "0x1", text: 'a "quoted" \\ text' },
    ] as const;
    const program = { ...injectedProgram([0x13, 0x93, 0x4505_4501]), marks };
    const text = formatTestrig({ program, scopes: [{ from: 0, to: 2 }] }, (word) =>
      word === 0x13 ? "nop" : "",
    );
    expect(text).toMatchInlineSnapshot(`
      "#>QCVENGINE_TEST_V2.0
      #>START_SHRINK_SCOPE
      # first
      # second
      .4byte 0x00000013 # nop
      #>START_NO_SHRINK
      .4byte 0x00000093
      #>END_NO_SHRINK
      #>END_SHRINK_SCOPE
      #>START_NO_SHRINK
      #>START_ASSERT_LAST_VAL
      .2byte 0x4501
      #>END_ASSERT_LAST_VAL trap == 0x1 "a \\"quoted\\" \\\\ text"
      #>END_NO_SHRINK
      "
    `);
    expect(parseTestrig(text, "file").program.marks.at(-1)!.text).toBe('a "quoted" \\ text');
  });

  test("a scope's edge parts words that are kept", () => {
    const marks = [
      { at: 0, kind: "keep" },
      { at: 1, kind: "keep" },
    ] as const;
    const trace = { program: { ...injectedProgram([0x13, 0x13]), marks }, scopes: [{ from: 1, to: 2 }] };
    expect(parseTestrig(formatTestrig(trace, plain), "file")).toEqual(trace);
  });
});
