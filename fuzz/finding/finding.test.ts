import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Capability, Program } from "../../model/contract.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { nameOf } from "../lockstep/name.ts";
import { compareStepwise } from "../lockstep/stepwise.ts";
import { injectedProgram, loadProgramOrFinding } from "../program/index.ts";
import { confusedMachine } from "../shrink/confused-machine.ts";
import { registersAfter } from "./before.ts";
import { drawRanges, permissionText } from "./range.ts";
import { storeFinding } from "./store.ts";
import { storyOf, type Untold } from "./story.ts";

const folder = mkdtempSync(join(tmpdir(), "capwright-finding-"));
afterAll(() => rmSync(folder, { recursive: true }));

const model = createModel();

/** A finding of a machine that takes one instruction for another. */
function finding(text: string, name: string, as: string): Untold {
  const program = injectedProgram(assembleProgram(text).words);
  const machine = confusedMachine({ name, as });
  const { difference, expect: ours, actual } = compareStepwise(program, model, machine, nameOf)!;
  return {
    format: "capwright-finding",
    version: 1,
    signature: `${name}: ${difference.fields[0]!.field}`,
    origin: { seed: "s", shard: 1, run: 2 },
    machines: { expect: "model", actual: "impl" },
    faults: [],
    program,
    shrunk: true,
    found: injectedProgram([...program.words, 0x13]),
    oracle: "D",
    difference,
    violation: null,
    objections: [],
    traces: { expect: ours, actual },
  };
}

const widened = () => finding("addi x2, x0, -1\ncsetboundsexact c1, c1, x2", "csetboundsexact", "csetbounds");

describe("a story", () => {
  test("shows the program, the fields, the ranges, the rule and the command", () => {
    const text = "addi x2, x0, 33\ncsetboundsimm c1, c1, 64\ncsetbounds c3, c1, x2";
    expect(storyOf(finding(text, "csetbounds", "cmove"), "out/finding.json")).toMatchInlineSnapshot(`
      "model and impl differ at step 2, csetbounds.
      Program: 3 words, from 4: none of them can be left out; x1 to x31 start as root capabilities with address 0.
      Found with seed "s", shard 1, run 2.

          0  0x80000000  02100113  addi x2, x0, 33                 x2 = 0x21
          1  0x80000004  0400a0db  csetboundsimm c1, c1, 64        c1 = 0x0 in [0x0, 0x40) perms 0xffff
      >   2  0x80000008  102081db  csetbounds c3, c1, x2           c3 = 0x0 in [0x0, 0x21) perms 0xffff

        field                  model    impl
        register.value.top     0x21     0x40
        register.value.bounds  0x84000  0x100000

        x2 before  0x21
        c1 before  tagged 0x0 in [0x0, 0x40) GXRWrwlSIUAC0123
                   |^==============================================)|
        c3, model  tagged 0x0 in [0x0, 0x21) GXRWrwlSIUAC0123
                   |^=======================)                       |
        c3, impl   tagged 0x0 in [0x0, 0x40) GXRWrwlSIUAC0123
                   |^==============================================)|
                   0x0                                           0x40

      The rule: CHERI ISAv9, CSetBounds.

      Run it again: npx capwright replay out/finding.json
      "
    `);
  });

  test("of a violation shows the rule, what the oracle says, and what else the step breaks", () => {
    const { traces, ...found } = finding("addi x2, x0, 9\ncsetbounds c3, c1, x2", "csetbounds", "cmove");
    const broken: Untold = {
      ...found,
      oracle: "A",
      difference: null,
      violation: {
        oracle: "A",
        rule: "write_reg",
        at: 1,
        instruction: "csetbounds",
        text: ["c3 is not covered", "by c1"],
      },
      objections: [
        { side: "expect", oracle: "A", rule: "write_reg", at: 1 },
        { side: "expect", oracle: "M", rule: "reachable", at: null },
      ],
      traces: { expect: traces.expect, actual: [] },
    };
    expect(storyOf(broken, "x.json")).toMatchInlineSnapshot(`
      "model breaks rule write_reg of oracle A at step 1, csetbounds.
      Program: 2 words, from 3: none of them can be left out; x1 to x31 start as root capabilities with address 0.
      Found with seed "s", shard 1, run 2.

          0  0x80000000  00900113  addi x2, x0, 9                  x2 = 0x9
      >   1  0x80000004  102081db  csetbounds c3, c1, x2           c3 = 0x0 in [0x0, 0x9) perms 0xffff

        c3 is not covered
        by c1

        x2 before  0x9
        c1 before  tagged 0x0 in [0x0, 0x10000000000000000) GXRWrwlSIUAC0123
                   |^==============================================>|
        c3 after   tagged 0x0 in [0x0, 0x9) GXRWrwlSIUAC0123
                   |^==============================================)|
                   0x0                                            0x9

      The rule: CHERI ISAv9, CSetBounds.

      model by itself breaks rule reachable of oracle M in the end state.

      Run it again: npx capwright replay x.json
      "
    `);
  });

  test("of machines that differ says which of them breaks rules by itself", () => {
    const objections = [
      { side: "actual", oracle: "O", rule: "exact", at: 1 },
      { side: "actual", oracle: "A", rule: "write_reg", at: 1 },
    ] as const;
    expect(storyOf({ ...widened(), objections }, "x.json")).toContain(
      "\n\nimpl by itself breaks rule exact of oracle O at step 1; rule write_reg of oracle A at step 1.\n\n",
    );
  });

  test("of a trap names the special registers on which the sides differ", () => {
    const story = storyOf(finding("ccleartag c1, c1\nlb.cap x2, (c1)", "lb.cap", "cmove"), "x.json");
    expect(story).toContain("trap");
    expect(story).toContain("MEPCC, model");
    expect(story).toContain("The rule: CHERI ISAv9");
  });

  test("of an end state shows no step", () => {
    const found = widened();
    const difference = {
      at: null,
      instruction: "end state",
      fields: [{ field: "state.memory[0x80000000].tag", expect: "true", actual: "false" }],
    };
    const story = storyOf({ ...found, difference, traces: { expect: [], actual: [] } }, "x.json");
    expect(story).toContain("differ in the end state");
    expect(story).toContain("state.memory[0x80000000].tag");
    expect(story).not.toContain("\n> ");
    expect(story).not.toContain("The rule");
  });

  test("of a word that is no instruction says so", () => {
    const found = finding("addi x1, x2, 1", "addi", "csetboundsimm");
    const illegal = found.traces.expect.map((event) => ({ ...event, word: 0xffff_ffff }));
    const story = storyOf({ ...found, traces: { expect: illegal, actual: illegal } }, "x.json");
    expect(story).toContain("The word is no instruction: it must trap as illegal.");
  });

  test("of a long run lists the last steps", () => {
    const lines = [...new Array<string>(60).fill("addi x1, x0, 1"), "xori x1, x1, 1"].join("\n");
    const story = storyOf(finding(lines, "xori", "addi"), "x.json");
    expect(story).toContain("steps before these)");
    expect(story.split("\n").length).toBeLessThan(70);
  });

  test("names what was planted, and who it was compared with", () => {
    const planted = { ...widened(), faults: ["E19", "T01"] };
    expect(storyOf(planted, "x.json")).toContain("capwright replay x.json\n");
    expect(storyOf(planted, "x.json")).toContain("Planted on purpose: E19, T01.");
    const remote = { ...planted, machines: { expect: "model", actual: "rvfi://127.0.0.1:5000" } };
    expect(storyOf(remote, "x.json")).toContain("capwright replay x.json --against rvfi://127.0.0.1:5000\n");
  });
});

const cap: Capability = {
  tag: true,
  address: 0x20n,
  base: 0x10n,
  top: 0x40n,
  perms: 0x6n,
  otype: 0x3ffffn,
  flags: 0n,
  reserved: 0n,
  bounds: 0n,
};

describe("a drawing of capabilities", () => {
  test("has base, top and address in one window", () => {
    const drawn = drawRanges([
      { name: "whole", cap },
      { name: "part", cap: { ...cap, tag: false, base: 0x20n, top: 0x30n, otype: 0x3fffen, perms: 0n } },
      { name: "outside", cap: { ...cap, address: 0x50n, otype: 4n, flags: 1n } },
      { name: "root", cap: { ...cap, base: 0n, top: 1n << 64n, perms: 0xffffn } },
    ]);
    expect(drawn.join("\n")).toMatchInlineSnapshot(`
      "whole    tagged 0x20 in [0x10, 0x40) -XR-------------
               |[==========^=======================)            |
      part     untagged 0x20 in [0x20, 0x30) ----------------, sentry
               |           ^===========)                        |
      outside  tagged 0x50 in [0x10, 0x40) -XR-------------, sealed with type 0x4, capability mode
               |[==================================)           ^|
      root     tagged 0x20 in [0x0, 0x10000000000000000) GXRWrwlSIUAC0123
               |<==========^===================================>|
               0x10                                          0x50"
    `);
  });

  test("survives empty ranges, patterns that end before they begin and the whole address space", () => {
    const empty = drawRanges([{ name: "empty", cap: { ...cap, base: 0x20n, top: 0x20n } }]);
    expect(empty.every((line) => line.length < 120)).toBe(true);
    const reversed = drawRanges([{ name: "reversed", cap: { ...cap, base: 0x40n, top: 0x10n } }]);
    expect(reversed[1]).not.toContain("=");
    const vast = drawRanges([{ name: "vast", cap: { ...cap, base: 0n, top: 1n << 64n } }]);
    expect(vast[1]).toContain("==");
  });

  test("has a letter for each permission", () => {
    expect(permissionText(0xffffn)).toBe("GXRWrwlSIUAC0123");
    expect(permissionText(0n)).toBe("-".repeat(16));
    expect(permissionText(0x402n)).toBe("-X--------A-----");
  });
});

describe("registers pieced together from step events", () => {
  test("are those of the machine, special registers and cleared ones included", () => {
    const text = `
      auipc x1, 0
      csetaddr c2, c3, x1
      csealentry c4, c2
      cspecialrw c5, mtdc, c2
      cspecialrw c0, ddc, c2
      cclear 0, 16
      cspecialrw c6, mepcc, c4
      ecall
      csetboundsimm c7, c3, 8
    `;
    const program: Program = injectedProgram(assembleProgram(text).words);
    model.reset(program.start);
    const events = program.words.map((word) => model.inject(word));
    const held = registersAfter(program.start, events);
    for (let index = 1; index < 32; index++) expect(held(index)).toEqual(model.registers(index));
    for (const scr of [0, 1, 12, 13, 14, 15, 28, 29, 30, 31])
      expect(held(0x20 | scr)).toEqual(model.special(scr));
  });

  test("start null in a bare run", () => {
    model.reset({ preset: "bare" });
    const held = registersAfter({ preset: "bare" }, []);
    for (let index = 0; index < 32; index++) expect(held(index)).toEqual(model.registers(index));
  });
});

describe("a stored finding", () => {
  test("comes back as it was told, under a name that follows from its signature", () => {
    const { path, finding: stored } = storeFinding(folder, widened());
    expect(loadProgramOrFinding(path).finding).toEqual(stored);
    expect(stored.story).toContain(`capwright replay ${path}`);
    expect(path).toMatch(/csetboundsexact-register.value.tag-[0-9a-f]{8}\.json$/);
  });

  test("is one file when it is found twice, with the shorter program", () => {
    const found = widened();
    const longer = { ...found, program: injectedProgram([0x13, ...found.program.words]) };
    const place = mkdtempSync(join(folder, "twice-"));
    const first = storeFinding(place, longer);
    const second = storeFinding(place, found);
    const third = storeFinding(place, longer);
    expect(readdirSync(place)).toHaveLength(1);
    expect([first.path, second.path]).toEqual([third.path, third.path]);
    expect(loadProgramOrFinding(third.path).program).toEqual(found.program);
    expect(third.finding).toEqual(second.finding);
  });

  test("replaces a file that cannot be read as one; another finding has another file", () => {
    const place = mkdtempSync(join(folder, "broken-"));
    const { path } = storeFinding(place, widened());
    writeFileSync(path, "{");
    storeFinding(place, widened());
    expect(loadProgramOrFinding(path).finding).not.toBeNull();
    storeFinding(place, { ...widened(), signature: "csetboundsexact: register.value-tag" });
    expect(readdirSync(place)).toHaveLength(2);
  });
});
