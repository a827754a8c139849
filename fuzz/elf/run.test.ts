import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createEngine } from "../../impl/engine/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { BadInput } from "../bad-input.ts";
import { readElf } from "./reader.ts";
import { loadElf, type Outcome, runElf, runElfInBatches, signatureText } from "./run.ts";
import { buildElf } from "./source.ts";

const corpus = join(import.meta.dirname, "../../corpora/elf");
const wanted = ["tohost", "begin_signature", "end_signature"];
const model = createModel();
const engine = createEngine();

/** Runs a program on the model step by step and on the engine in batches, to the same outcome and end state. */
function outcomeOf(file: Buffer, budgetSteps: number): Outcome {
  const program = readElf(file, wanted, "program");
  const tohost = program.symbols.get("tohost")!;
  loadElf(model, program, "program");
  const outcome = runElf(model, tohost, budgetSteps, () => undefined);

  const restart = () => loadElf(engine, program, "program");
  restart();
  expect(runElfInBatches(engine, tohost, budgetSteps, restart)).toEqual(outcome);
  expect(engine.state()).toEqual(model.state());
  return outcome;
}

describe("a bare-metal program", () => {
  test.each([
    ["pass.elf", { kind: "pass", steps: 9 }],
    ["fail.elf", { kind: "fail", steps: 7, code: 5n }],
    ["late-entry.elf", { kind: "pass", steps: 10 }],
    ["endless.elf", { kind: "unknown", steps: 100, reason: "no answer in tohost after 100 steps" }],
    ["capability-copy.elf", { kind: "pass", steps: 30 }],
  ])("%s", (name, outcome) => {
    expect(outcomeOf(readFileSync(join(corpus, name)), 100)).toEqual(outcome);
  });

  test("every file of the corpus is in the list above", () => {
    expect(readdirSync(corpus).filter((name) => name.endsWith(".elf"))).toHaveLength(5);
  });

  test("answers late, after writing zero often, and goes on writing behind its answer", () => {
    const source = `.symbol tohost 0x80000400
      addi x11, x0, 1
      slli x11, x11, 31
      addi x5, x0, 2000
    loop:
      sb x0, 1027(x11)
      addi x5, x5, -1
      bne x5, x0, loop
      addi x10, x0, 7
      sw x10, 1024(x11)
    after:
      sd x10, 1032(x11)
      addi x10, x10, 2
      jal x0, after
    `;
    expect(outcomeOf(buildElf(source, "source"), 20_000)).toEqual({ kind: "fail", steps: 6005, code: 3n });
    expect(outcomeOf(buildElf(source, "source"), 6004).kind).toBe("unknown");
  });

  test("says something that is no exit code", () => {
    const source = ".symbol tohost 0x80000400\n auipc x11, 0\n addi x10, x0, 8\n sd x10, 1024(x11)\n";
    expect(outcomeOf(buildElf(source, "source"), 10)).toEqual({
      kind: "unknown",
      steps: 3,
      reason: "tohost: 0x8 is no exit code",
    });
  });
});

describe("signature", () => {
  test("a copy by capabilities keeps bounds and tag, a copy by integers loses the tag", () => {
    const program = readElf(readFileSync(join(corpus, "capability-copy.elf")), wanted, "program");
    const [begin, end] = [program.symbols.get("begin_signature")!, program.symbols.get("end_signature")!];
    loadElf(model, program, "program");
    runElf(model, program.symbols.get("tohost")!, 100, () => undefined);
    expect(signatureText(model, begin, end, "program").split("\n")).toEqual([
      "00000001",
      "00000000",
      "00000064",
      "00000000",
      "00000000",
      "00000000",
      "80000000",
      "00000000",
      "",
    ]);
  });

  test("one word a line, lowest address first", () => {
    model.reset({ preset: "bare" });
    model.load(0x8000_0010n, Uint8Array.of(1, 2, 3, 4, 0xff, 0, 0, 0));
    expect(signatureText(model, 0x8000_0010n, 0x8000_0018n, "f")).toBe("04030201\n000000ff\n");
    expect(signatureText(model, 0x8000_0010n, 0x8000_0010n, "f")).toBe("");
  });

  test.each([
    [
      0x8000_0010n,
      0x8000_0012n,
      /end_signature: expected a multiple of 4 bytes behind begin_signature, found 2/,
    ],
    [0x8000_0010n, 0x8000_000cn, /found -4/],
    [0x1000n, 0x1004n, /begin_signature: 4 bytes at 0x1000 lie outside RAM/],
    [0x8000_0000n, 2n ** 62n, /begin_signature: \d+ bytes at 0x80000000 lie outside RAM/],
  ])("refuses %i to %i", (begin, end, message) => {
    expect(() => signatureText(model, begin, end, "f")).toThrow(message);
  });
});

describe("sources", () => {
  const sources = readdirSync(corpus).filter((name) => name.endsWith(".s"));

  test.each(sources)("%s: its ELF file is what the source assembles to", (name) => {
    const built = buildElf(readFileSync(join(corpus, name), "utf8"), name);
    expect(readFileSync(join(corpus, name.replace(/s$/, "elf"))).equals(built)).toBe(true);
  });

  test.each([
    [".symbol tohost", "line 1: expected .symbol NAME ADDRESS"],
    ["  addi x1, x0, 1\n.entry here", "line 2: expected .entry ADDRESS"],
    ["\n\n  nonsense x1", "line 3: unknown instruction nonsense"],
  ])("%j", (text, message) => {
    expect(() => buildElf(text, "file.s")).toThrow(new BadInput(`file.s: ${message}`));
  });
});
