import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { BadInput } from "../bad-input.ts";
import { Random } from "../generate/random.ts";
import { ScriptSource } from "./generate.ts";
import { loadScript, parseScript, scriptDiskForm, scriptText } from "./script.ts";

const corpus = fileURLToPath(new URL("../../corpora/system/", import.meta.url));
const files = readdirSync(corpus).filter((name) => name.endsWith(".json"));

describe("a script that is written", () => {
  test("reads the same again", () => {
    const random = new Random("round trip");
    const source = new ScriptSource(random, createSystemModel());
    for (let index = 0; index < 8; index++) {
      random.restart(index);
      const script = source.script(120);
      expect(parseScript(scriptText(script), "file")).toEqual(script);
    }
  });

  test.each(files)("reads the same again: %s", (file) => {
    const script = loadScript(`${corpus}${file}`);
    expect(parseScript(scriptText(script), file)).toEqual(script);
  });
});

describe("a script that cannot be used", () => {
  const good = loadScript(`${corpus}grant-and-revoke.json`);
  type Plain = { [key: string]: unknown } & {
    steps: Record<string, unknown>[];
    cvms: Record<string, unknown>[];
  };
  const spoilt = (spoil: (script: Plain) => void): string => {
    const script = structuredClone(scriptDiskForm(good)) as Plain;
    spoil(script);
    return JSON.stringify(script);
  };
  const many = (count: number, one: unknown) => Array.from({ length: count }, () => one);

  test.each<[string, string, RegExp]>([
    ["no JSON", "{", /^f: line 1, column 2: expected JSON/],
    ["another format", spoilt((one) => (one["format"] = "x")), /^f: format: /],
    ["a version to come", spoilt((one) => (one["version"] = 2)), /^f: version: this release reads version 1/],
    ["a field too many", spoilt((one) => (one["more"] = 1)), /^f: .*more/],
    ["too many cVMs", spoilt((one) => (one.cvms = many(17, one.cvms[0]) as never)), /^f: cvms: /],
    ["too many steps", spoilt((one) => (one.steps = many(10_001, one.steps[0]) as never)), /^f: steps: /],
    [
      "a name of capitals",
      spoilt((one) => (one.cvms[0]!["name"] = "Owner")),
      /^f: cvms\[0\]\.name: expected a name/,
    ],
    ["a huge size", spoilt((one) => (one.cvms[0]!["size"] = "0xffffffffff")), /^f: cvms\[0\]\.size: /],
    ["half a byte", spoilt((one) => (one.cvms[0]!["image"] = "abc")), /^f: cvms\[0\]\.image: /],
    ["a step by nothing", spoilt((one) => delete one.steps[0]!["by"]), /^f: steps\[0\]\.by: /],
    [
      "a call that is none",
      spoilt((one) => (one.steps[2]!["action"] = { do: "call", call: "open", args: [] })),
      /^f: steps\[2\]\.action\.call: expected the name of a call/,
    ],
    [
      "nine arguments",
      spoilt((one) => {
        const args = many(9, { kind: "number", value: "0x0" });
        one.steps[2]!["action"] = { do: "call", call: "time", args };
      }),
      /^f: steps\[2\]\.action\.args: /,
    ],
    [
      "a number of 65 bits",
      spoilt((one) => {
        one.steps[2]!["action"] = { do: "narrow", address: { kind: "number", value: "0x10000000000000000" } };
      }),
      /^f: steps\[2\]\.action\.address\.value: expected a number of at most 64 bits/,
    ],
    [
      "a result that is yet to come",
      spoilt((one) => {
        const result = { kind: "result", step: 5, index: 0 };
        one.steps[3]!["action"] = { do: "call", call: "sleep", args: [result] };
      }),
      /^f: steps\[3\]: refers to the result of step 5; expected a step before 5/,
    ],
    [
      "an error unheard of",
      spoilt((one) => (one.steps[2]!["expect"] = { result: { kind: "error", error: "EODD" } })),
      /^f: steps\[2\]\.expect/,
    ],
  ])("%s", (_what, text, message) => {
    expect(() => parseScript(text, "f")).toThrow(BadInput);
    expect(() => parseScript(text, "f")).toThrow(message);
  });
});
