import { describe, expect, test } from "vitest";
import type { StepEvent } from "../../model/contract.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { WordSource } from "../generate/word-source.ts";
import { HeldState } from "./held.ts";
import { createJudge, judgeOf } from "./judge.ts";
import type { Held, JudgedStep, Oracle, Violation } from "./oracle.ts";

const model = createModel();

/** An oracle that objects to what `objects` says, and notes what it is shown. */
function watcher(objects: (step: JudgedStep) => boolean): Oracle & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    name: "A",
    clauses: ["clause"],
    counts: Float64Array.of(3, 1, 5),
    seen,
    begin: () => seen.push("begin"),
    step(step) {
      seen.push(`${step.name} ${JSON.stringify(step.operands)}`);
      return objects(step) ? violationOf(step.event) : null;
    },
    end: () => null,
  };
}

function violationOf({ order }: StepEvent): Violation {
  return { oracle: "A", rule: "clause", at: order, instruction: "", text: [] };
}

function eventsOf(text: string): StepEvent[] {
  model.reset({ preset: "dii" });
  return assembleProgram(text.replaceAll("; ", "\n")).words.map((word) => model.inject(word));
}

describe("a judge", () => {
  test("names each word and its operands as numbers, in the mode of PCC", () => {
    const oracle = watcher(() => false);
    const judge = judgeOf([oracle]);
    judge.begin({ preset: "dii" }, null);
    const mode = "cspecialrw c7, pcc, c0; addi x8, x0, 1; csetflags c7, c7, x8; jalr.cap c0, c7";
    for (const event of eventsOf(`jal x1, 8; ${mode}; cjal c1, 8; .4byte 0xffffffff`)) judge.step(event);
    expect(oracle.seen).toEqual([
      "begin",
      'jal {"imm":8,"rd":1}',
      'cspecialrw {"scr":0,"cs1":0,"cd":7}',
      'addi {"imm":1,"rs1":0,"rd":8}',
      'csetflags {"rs2":8,"cs1":7,"cd":7}',
      'jalr.cap {"cs1":7,"cd":0}',
      'cjal {"imm":8,"cd":1}',
      "illegal {}",
    ]);
  });

  test("tells the first violation, and does not ask the oracles behind it", () => {
    const [silent, first, second] = [watcher(() => false), watcher(() => true), watcher(() => true)];
    const judge = judgeOf([silent, first, second]);
    judge.begin({ preset: "dii" }, null);
    const [event] = eventsOf("fence");
    expect(judge.step(event!)).toEqual(violationOf(event!));
    expect([silent, first, second].map(({ seen }) => seen.length)).toEqual([2, 2, 1]);
  });

  test("shows oracles what was held before the step", () => {
    const addresses: bigint[] = [];
    const judge = judgeOf([watcher(({ before }) => addresses.push(before.integer(1)) < 0)]);
    judge.begin({ preset: "dii" }, null);
    for (const event of eventsOf("addi x1, x0, 5; addi x1, x0, 6; fence")) judge.step(event);
    expect(addresses).toEqual([0n, 5n, 6n]);
  });

  test("counts every clause of every oracle by its name", () => {
    const counts = judgeOf([watcher(() => false), watcher(() => false)]).counts();
    const count = { oracle: "A", clause: "clause", held: 3, broken: 1, vacuous: 5 };
    expect(counts).toEqual([count, count]);
    expect(
      createJudge(["A", "S"])
        .counts()
        .map(({ oracle }) => oracle),
    ).toContain("S");
  });
});

/** Everything that is held, as a machine tells it. */
function snapshot(held: Held): object {
  return {
    pc: held.pc,
    mode: held.mode,
    registers: Array.from({ length: 32 }, (_, index) => held.capability(index)),
    tagged: held.granules().map(({ address }) => address),
  };
}

describe("what is held", () => {
  test.each(["dii", "bare"] as const)("follows the model by its events, from the %s start", (preset) => {
    const held = new HeldState();
    const source = new WordSource(`held from ${preset}`, 128);
    for (let run = 0; run < 40; run++) {
      model.reset({ preset });
      held.reset({ preset });
      source.begin([]);
      for (let word = source.next(model); word >= 0; word = source.next(model)) held.take(model.inject(word));

      const { pc, mode, registers, specials, memory } = model.state();
      const tagged = memory.filter(({ tag }) => tag).map(({ address }) => address);
      expect(snapshot(held)).toEqual({ pc, mode, registers, tagged });
      for (const { scr, value } of specials) expect(held.capability(0x20 | scr)).toEqual(value);
    }
  });

  test("forgets a granule of which a plain store writes one byte, and no other", () => {
    const held = new HeldState();
    held.reset({ preset: "dii" });
    const stores = "sc.cap c3, (c1); cincoffsetimm c2, c1, 16; sc.cap c3, (c2); sb.cap x0, (c2)";
    for (const event of eventsOf(`auipc x5, 1; csetaddr c1, c1, x5; ${stores}`)) held.take(event);
    expect(held.granule(0x8000_1000n)).toEqual(held.capability(3));
    expect(held.granule(0x8000_1010n)).toBeNull();
    expect(held.granules()).toHaveLength(1);
  });
});
