import { describe, expect, test } from "vitest";
import type { MachineUnderTest, Program } from "../../model/contract.ts";
import { assembleProgram, disassemble } from "../../model/isa/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { machinesWith } from "../faults/plant.ts";
import { fetchedProgram } from "../generate/fetched-program.ts";
import { WordSource } from "../generate/word-source.ts";
import { nameOf } from "../lockstep/name.ts";
import { compareStepwise, prepare, stepCount, take } from "../lockstep/stepwise.ts";
import { injectedProgram } from "../program/index.ts";
import { type Confusion, confusedMachine } from "./confused-machine.ts";
import { type Fails, failureOf, isSameFailure } from "./failure.ts";
import { isOneMinimal, shrink } from "./shrink.ts";

const TESTS_MAX = 20_000;
const model = createModel();

function eventsOf(program: Program) {
  prepare(model, program);
  return Array.from({ length: stepCount(program) }, (_, at) => take(model, program, at));
}

/** Fails where a machine differs from the model. */
function against(machine: MachineUnderTest): Fails {
  return (program) => {
    const divergence = compareStepwise(program, model, machine, nameOf);
    return divergence === null ? null : failureOf(divergence.difference);
  };
}

function generated(source: WordSource): Program {
  source.begin([]);
  model.reset({ preset: "dii" });
  const words: number[] = [];
  for (let word = source.next(model); word >= 0; word = source.next(model)) {
    words.push(word);
    model.inject(word);
  }
  return injectedProgram(words);
}

/** The first failing programs of a seed, up to so many. */
function failing(fails: Fails, make: () => Program, count: number): Program[] {
  const found: Program[] = [];
  for (let tries = 0; tries < 3000 && found.length < count; tries++) {
    const program = make();
    if (fails(program) !== null) found.push(program);
  }
  return found;
}

function assembled(text: string): Program {
  return injectedProgram(assembleProgram(text).words);
}

function listing({ words }: Program): string[] {
  return words.map((word) => disassemble(word, false));
}

function small(program: Program, fails: Fails) {
  return shrink(program, fails, { testsMax: TESTS_MAX, events: eventsOf });
}

describe("a failing program shrinks to what shows the fault", () => {
  const confusions: readonly (readonly [Confusion, wordsMax: number])[] = [
    [{ name: "csetboundsexact", as: "csetbounds" }, 2],
    [{ name: "csetaddr", as: "csetoffset" }, 3],
    [{ name: "ccseal", as: "cseal" }, 1],
    [{ name: "cincoffsetimm", as: "csetboundsimm" }, 2],
    [{ name: "sc.d", as: "sc.w" }, 3],
    [{ name: "cbuildcap", as: "cmove", when: ({ registers }, { cs2 }) => !registers(Number(cs2)).tag }, 3],
    [{ name: "c.ldsp", as: "c.lwsp" }, 5],
    [{ name: "lw", as: "lwu", when: ({ capabilityMode }) => capabilityMode() }, 8],
  ];

  test.each(confusions)("$name as $as", (confusion, wordsMax) => {
    const fails = against(confusedMachine(confusion));
    const source = new WordSource("confused", 128);
    const programs = failing(fails, () => generated(source), 2);
    expect(programs.length).toBeGreaterThan(0);
    for (const program of programs) {
      const shrunk = small(program, fails);
      expect(shrunk.program.words.length, listing(shrunk.program).join("; ")).toBeLessThanOrEqual(wordsMax);
      expect(shrunk.isOneMinimal).toBe(true);
      expect(isOneMinimal(shrunk.program, fails)).toBe(true);
      expect(isSameFailure(fails(shrunk.program), fails(program))).toBe(true);
      expect(shrunk.tests).toBeLessThanOrEqual(TESTS_MAX + program.words.length);
    }
  });

  test("down to canonical registers and numbers", () => {
    const program = assembled(`
      addi x20, x0, 77
      lui x21, 0x40001
      csetaddr c22, c23, x21
      cmove c25, c22
      csetboundsimm c24, c25, 513
      ccleartag c9, c24
      csetboundsexact c26, c24, x20
      cgettag x27, c26
    `);
    const fails = against(confusedMachine({ name: "csetboundsexact", as: "cmove" }));
    expect(listing(small(program, fails).program)).toEqual(["csetboundsexact c1, c0, x0"]);
  });

  test("the same for the same program", () => {
    const fails = against(confusedMachine({ name: "csetaddr", as: "csetoffset" }));
    const source = new WordSource("twice", 128);
    const [program] = failing(fails, () => generated(source), 1);
    expect(small(program!, fails)).toEqual(small(program!, fails));
  });
});

describe("faults planted in the engine", () => {
  test.each(["E18", "T01", "S03", "P24"])("%s ends 1-minimal, of a few words", async (fault) => {
    const fails = against((await machinesWith([fault])).createEngine());
    const source = new WordSource("planted", 128);
    const [program] = failing(fails, () => generated(source), 1);
    const shrunk = small(program!, fails);
    expect(shrunk.isOneMinimal).toBe(true);
    expect(shrunk.program.words.length).toBeLessThanOrEqual(6);
  });

  test("in a program that is fetched: injected instead if that fails as well", async () => {
    const fails = against((await machinesWith(["E21"])).createEngine());
    const source = new WordSource("fetched", 128);
    const [program] = failing(fails, () => fetchedProgram(source, model, 200), 1);
    const shrunk = small(program!, fails);
    expect(shrunk.program.fetch).toBe("injected");
    expect(shrunk.program.words.length).toBeLessThanOrEqual(4);
    expect(shrunk.isOneMinimal).toBe(true);
  });
});

describe("a fault that only shows when code is fetched", () => {
  /** Executes what was in memory at first, whatever was stored there since. */
  function forgetful(): MachineUnderTest {
    const inner = createModel();
    let first = new Map<bigint, number>();
    return {
      ...inner,
      name: "forgetful",
      reset(start) {
        inner.reset(start);
        first = new Map();
      },
      step() {
        const pc = inner.pc();
        const isCode = pc >= inner.ramBase && pc + 4n <= inner.ramBase + BigInt(inner.ramSize);
        if (!isCode) return inner.step();
        const bytes = inner.peek(pc, 4);
        const word = new DataView(bytes.buffer).getUint32(0, true);
        if (!first.has(pc)) first.set(pc, word);
        return inner.inject(first.get(pc)!);
      },
    };
  }

  test("keeps its layout and needs few words and steps", () => {
    const machine = forgetful();
    const fails: Fails = (program) => {
      if (program.fetch === "injected") return null;
      const events = eventsOf(program);
      prepare(machine, program);
      const at = events.findIndex((event) => machine.step().word !== event.word && event.trap === null);
      return at < 0 ? null : { oracle: "fetch", kind: "stale" };
    };
    const source = new WordSource("patched", 128);
    const [program] = failing(fails, () => fetchedProgram(source, model, 300), 1);
    const shrunk = small(program!, fails);
    expect(shrunk.program.fetch).toBe("memory");
    expect(shrunk.program.words.length).toBeLessThan(program!.words.length);
    expect(shrunk.program.budgetSteps).toBeLessThan(program!.budgetSteps);
    expect(shrunk.isOneMinimal).toBe(true);
  });
});

describe("shrinking", () => {
  const always: Fails = () => ({ oracle: "always", kind: "fails" });

  test("leaves nothing of a program that always fails", () => {
    const program = generated(new WordSource("always", 64));
    expect(small(program, always).program.words).toEqual([]);
  });

  test("keeps to the class of the failure", () => {
    // Two faults: with an early word the later one would be hidden, without it the class would be another.
    const fails: Fails = ({ words }) => {
      if (words.includes(0x0010_0093)) return { oracle: "toy", kind: "one" };
      return words.length > 0 ? { oracle: "toy", kind: "other" } : null;
    };
    const program = assembled("addi x9, x0, 5\naddi x1, x0, 1\naddi x3, x0, 7");
    expect(listing(small(program, fails).program)).toEqual(["addi x1, x0, 1"]);
  });

  test("neither drops nor changes words that are marked to stay, and carries their marks along", () => {
    const program: Program = {
      ...assembled("addi x9, x0, 5\naddi x10, x0, 6\naddi x11, x0, 7"),
      marks: [
        { at: 1, kind: "keep" },
        { at: 1, kind: "note", text: "stays" },
        { at: 2, kind: "note", text: "goes" },
      ],
    };
    const { program: result } = small(program, always);
    expect(listing(result)).toEqual(["addi x10, x0, 6"]);
    expect(result.marks).toEqual([
      { at: 0, kind: "keep" },
      { at: 0, kind: "note", text: "stays" },
    ]);
    expect(isOneMinimal(result, always)).toBe(true);
  });

  test("stops when it has run as many programs as it may", () => {
    const program = generated(new WordSource("stops", 128));
    const fails: Fails = ({ words }) => (words.length === program.words.length ? always(program) : null);
    const { tests } = shrink(program, fails, { testsMax: 10, events: eventsOf });
    expect(tests).toBe(10 + program.words.length + 1);
  });

  test("refuses a program that does not fail", () => {
    expect(() => small(injectedProgram([0x13]), () => null)).toThrow(RangeError);
  });

  test("tells a program that is not minimal", () => {
    const needsOne: Fails = ({ words }) => (words.includes(0x13) ? always(injectedProgram([])) : null);
    expect(isOneMinimal(injectedProgram([0x13]), needsOne)).toBe(true);
    expect(isOneMinimal(injectedProgram([0x13, 0x13]), needsOne)).toBe(false);
  });
});

describe("the class of a difference", () => {
  const field = (name: string, one: string, other: string) => ({ field: name, expect: one, actual: other });

  test("is the first field, without the numbers that vary", () => {
    const fields = [field("specials[1].value.address", "0x0", "0x4"), field("pcAfter", "0x0", "0x4")];
    expect(failureOf({ at: 3, instruction: "x", fields }).kind).toBe("specials.value.address");
  });

  test("is the trap where only one side traps", () => {
    const others = [field("pcAfter", "0x0", "0x4")];
    const kind = (one: string, other: string) =>
      failureOf({ at: 0, instruction: "x", fields: [...others, field("trap", one, other)] }).kind;
    expect(kind("none", "{cause 0x2, value 0x0}")).toBe("trap raised");
    expect(kind("{cause 0x2, value 0x0}", "none")).toBe("trap missing");
  });

  test("tells the end state from a step", () => {
    const fields = [field("state.memory[0x80000000].tag", "true", "false")];
    expect(failureOf({ at: null, instruction: "end state", fields }).kind).toBe("end: state.memory.tag");
  });
});
