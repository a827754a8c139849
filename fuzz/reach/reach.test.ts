import { beforeEach, describe, expect, test } from "vitest";
import { assemble, instructions } from "../../model/isa/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { WordSource } from "../generate/word-source.ts";
import { declared } from "./declared.ts";
import { CLASSES } from "./operand.ts";
import { Reach } from "./reach.ts";
import { ILLEGAL, layoutOf } from "./rows.ts";
import { Shadow } from "./shadow.ts";
import { reachedOutcomes, tableOf } from "./table.ts";

const START = { preset: "dii" } as const;
const layout = layoutOf(instructions, true);
const model = createModel();
const reach = new Reach(layout);

beforeEach(() => {
  model.reset(START);
  reach.clear(new Uint8Array(layout.cells));
  reach.begin(START);
});

/** Runs lines of assembly, or words, and counts all of them. */
function run(...lines: readonly (string | number)[]): void {
  for (const line of lines) reach.note(model.inject(typeof line === "number" ? line : assemble(line, {})));
}

/** What was reached of one instruction: outcomes with their classes. */
function met(instruction: string): Record<string, Record<string, Record<string, number>>> {
  const row = tableOf(layout, Float64Array.from(reach.counts)).find(
    (one) => one.instruction === instruction,
  )!;
  return Object.fromEntries(
    row.outcomes.filter(({ count }) => count > 0).map(({ outcome, classes }) => [outcome, classes]),
  ) as Record<string, Record<string, Record<string, number>>>;
}

const outcomesOf = (instruction: string) => Object.keys(met(instruction));

describe("the outcome of a step", () => {
  test("a branch is taken or not", () => {
    run("beq x1, x2, 8", "bne x1, x2, 8");
    expect(outcomesOf("beq")).toEqual(["taken"]);
    expect(outcomesOf("bne")).toEqual(["not taken"]);
  });

  test("a branch to the next instruction is taken all the same", () => {
    run("beq x1, x2, 4");
    expect(outcomesOf("beq")).toEqual(["taken"]);
  });

  test("a derived capability is tagged, untagged, or has lost its tag", () => {
    run(
      "candperm c1, c2, x0",
      "ccleartag c3, c2",
      "candperm c1, c3, x0",
      "csealentry c4, c2",
      "candperm c1, c4, x0",
    );
    expect(outcomesOf("candperm")).toEqual(["tagged", "untagged", "tag cleared"]);
    expect(outcomesOf("ccleartag")).toEqual(["tag cleared"]);
  });

  test("an address change with other bounds is unrepresentable, one of a sealed source is not", () => {
    run("lui x5, 0x10", "csetboundsimm c1, c2, 16", "cincoffset c3, c1, x5");
    expect(outcomesOf("cincoffset")).toEqual(["unrepresentable"]);
    run("csealentry c4, c2", "cincoffset c3, c4, x0");
    expect(outcomesOf("cincoffset")).toEqual(["tag cleared", "unrepresentable"]);
  });

  test("a result that goes to register 0 only retires", () => {
    run("cmove c0, c1", "cgettag x0, c1");
    expect(outcomesOf("cmove")).toEqual(["retired"]);
    expect(outcomesOf("cgettag")).toEqual(["retired"]);
  });

  test("questions are answered true or false", () => {
    run("cgettag x5, c1", "cgetsealed x6, c1");
    expect(outcomesOf("cgettag")).toEqual(["true"]);
    expect(outcomesOf("cgetsealed")).toEqual(["false"]);
  });

  test("a store-conditional succeeds or fails", () => {
    run("lui x5, 0x80000", "slli x5, x5, 32", "srli x5, x5, 32", "lr.w x6, (x5)", "sc.w x7, x8, (x5)");
    expect(outcomesOf("sc.w")).toEqual(["succeeded"]);
    run("sc.w x7, x8, (x5)");
    expect(outcomesOf("sc.w")).toEqual(["succeeded", "failed"]);
  });

  test("a capability is loaded tagged, untagged, or stripped of its tag", () => {
    run("lui x5, 0x80000", "slli x5, x5, 32", "srli x5, x5, 32", "csetaddr c5, c1, x5");
    run("lc.cap c6, (c5)", "sc.cap c1, (c5)", "lc.cap c6, (c5)");
    expect(outcomesOf("lc.cap")).toEqual(["tagged", "untagged"]);
    run("addi x8, x0, -17", "candperm c5, c5, x8", "lc.cap c6, (c5)");
    expect(outcomesOf("lc.cap")).toEqual(["tagged", "untagged", "tag stripped"]);
    expect(outcomesOf("sc.cap")).toEqual(["tagged"]);
  });

  test("a CSR is read or written", () => {
    run("csrrs x5, mscratch, x0", "csrrs x5, mscratch, x1", "csrrw x5, mscratch, x0");
    expect(outcomesOf("csrrs")).toEqual(["read", "written"]);
    expect(outcomesOf("csrrw")).toEqual(["written"]);
  });

  test("a trap is named after its cause, a violation after its rule", () => {
    run("ld x5, 0(x0)", "ccleartag c7, c1", "ld.cap x5, (c7)", "ecall", 0);
    expect(outcomesOf("ld")).toEqual(["load access fault"]);
    expect(outcomesOf("ld.cap")).toEqual(["tag"]);
    expect(outcomesOf("ecall")).toEqual(["ecall from M"]);
    expect(outcomesOf(ILLEGAL)).toEqual(["illegal instruction"]);
  });

  test("a jump out of PCC's bounds is the jump's, a fetch out of them is the fetch's", () => {
    run("auipc x5, 0", "cspecialrw c6, pcc, c0", "csetboundsimm c6, c6, 8", "jalr.cap c0, c6");
    run("jal x0, 64");
    expect(outcomesOf("jal")).toEqual(["length"]);
    expect(outcomesOf("(fetch)")).toEqual([]);
    model.reset(START);
    reach.begin(START);
    run("auipc x5, 0", "cspecialrw c6, pcc, c0", "csetboundsimm c6, c6, 8", "jalr.cap c0, c6");
    run("addi x0, x0, 0", "addi x0, x0, 0", "jal x0, 64");
    expect(outcomesOf("jal")).toEqual(["length"]);
    expect(outcomesOf("(fetch)")).toEqual(["length"]);
  });
});

describe("the classes of operands", () => {
  test("are those before the step, also when it overwrites its source", () => {
    run("csealentry c1, c1", "csealentry c1, c1");
    expect(met("csealentry")["tagged"]).toEqual({ mode: { "integer mode": 1 }, first: { root: 1 } });
    expect(met("csealentry")["tag cleared"]).toEqual({ mode: { "integer mode": 1 }, first: { sentry: 1 } });
  });

  test("of a base register depend on the encoding mode", () => {
    run("addi x5, x0, 1", "csetflags c1, c1, x5", "cspecialrw c6, pcc, c0", "ld x7, 0(x5)");
    run("csetflags c6, c6, x5", "cincoffsetimm c6, c6, 16", "jalr.cap c0, c6", "ld x7, 0(c5)");
    expect(met("ld")["load access fault"]).toEqual({ mode: { "integer mode": 1 }, first: { positive: 1 } });
    expect(met("ld")["tag"]).toEqual({ mode: { "capability mode": 1 }, first: { integer: 1 } });
  });

  test("follow CClear", () => {
    run("cclear 0, 2", "cmove c2, c1");
    expect(met("cmove")["untagged"]?.["first"]).toEqual({ null: 1 });
  });

  const root = model.state().registers[1]!;
  const event = model.inject(assemble("cmove c1, c2", {}));
  const shadow = new Shadow();

  test.each([
    ["null", { ...root, tag: false, perms: 0n }],
    ["untagged", { ...root, tag: false }],
    ["sentry", { ...root, otype: 0x3fffen }],
    ["sealed", { ...root, otype: 7n }],
    ["out of bounds", { ...root, base: 1n }],
    ["out of bounds", { ...root, address: 1n << 32n, top: 0xffff_ffffn }],
    ["local", { ...root, perms: 0xfffen }],
    ["restricted", { ...root, perms: 0xfffbn }],
    ["narrow", { ...root, top: 16n }],
    ["narrow", { ...root, perms: 0x7fffn }],
    ["narrow", { ...root, address: 1n << 32n, base: 0xffff_ffffn, top: (1n << 32n) + 1n }],
    ["root", root],
  ] as const)("capability %s", (name, value) => {
    shadow.reset({ preset: "bare" });
    shadow.follow({ ...event, register: { kind: "capability", index: 7, value } });
    expect(CLASSES[shadow.capabilityClass(7)]).toBe(name);
    expect(shadow.isTagged(7)).toBe(value.tag);
  });

  test.each([
    ["zero", 0n],
    ["minus one", (1n << 64n) - 1n],
    ["edge", 1n << 63n],
    ["edge", (1n << 63n) - 1n],
    ["edge", 0x8000_0000n],
    ["edge", 0x7fff_ffffn],
    ["edge", 0xffff_ffff_8000_0000n],
    ["positive", 5n],
    ["positive", 0x7fff_ffff_8000_0000n],
    ["negative", (1n << 64n) - 5n],
    ["negative", 0x8000_0000_8000_0000n],
  ] as const)("integer %s: %s", (name, value) => {
    shadow.reset({ preset: "dii" });
    shadow.follow({ ...event, register: { kind: "integer", index: 7, value } });
    expect(CLASSES[shadow.integerClass(7)]).toBe(name);
    expect(CLASSES[shadow.capabilityClass(7)]).toBe(value === 0n ? "null" : "integer");
  });
});

describe("counting", () => {
  test("a cell is fresh once, and not at all when it was seen before", () => {
    run("cmove c1, c2");
    expect(reach.fresh).toBe(2);
    reach.begin(START);
    run("cmove c1, c2");
    expect(reach.fresh).toBe(0);
    expect(met("cmove")["tagged"]).toEqual({ mode: { "integer mode": 2 }, first: { root: 2 } });

    const seen = new Uint8Array(layout.cells).fill(1);
    reach.clear(seen);
    reach.begin(START);
    run("cmove c1, c2");
    expect(reach.fresh).toBe(0);
    expect(reach.touched().counts).toEqual(Uint32Array.of(1, 1));
  });

  test("outcomes that are not declared are told", () => {
    const event = model.inject(assemble("cmove c1, c2", {}));
    reach.note({ ...event, trap: { cause: 0x1cn, value: 0x42n } });
    expect([...reach.undeclared]).toEqual(["cmove: tag"]);
  });
});

describe("the declared outcomes", () => {
  test("name every instruction, each outcome once", () => {
    for (const { name } of instructions) {
      const { outcomes } = declared(name);
      expect(outcomes.length, name).toBeGreaterThan(0);
      expect(new Set(outcomes).size, name).toBe(outcomes.length);
    }
  });

  test("are all that generated programs meet, and nearly all of them are met soon", () => {
    const source = new WordSource("reach", 128);
    const ancestors: { words: number[] }[] = [];
    for (let programs = 0; programs < 4000; programs++) {
      const words: number[] = [];
      model.reset(START);
      reach.begin(START);
      source.begin(ancestors);
      for (let word = source.next(model); word >= 0; word = source.next(model)) {
        words.push(word);
        run(word);
      }
      if (reach.fresh > 0) ancestors.push({ words });
    }
    expect([...reach.undeclared]).toEqual([]);
    const { reached, declared: all } = reachedOutcomes(layout, Float64Array.from(reach.counts));
    expect(reached / all).toBeGreaterThan(0.9);
  });
});
