import { describe, expect, test } from "vitest";
import { RECORD_BYTES } from "../../impl/engine/record.ts";
import type { MachineState, MachineUnderTest, Program, StepEvent } from "../../model/contract.ts";
import { injectedProgram } from "../program/program.ts";
import type { BatchMachine } from "./batch.ts";
import { batched } from "./batched.ts";
import { Lockstep } from "./lockstep.ts";
import { compareStepwise } from "./stepwise.ts";
import { type Flaw, TOY_DEEDS, toyCapability, toyMachine } from "./toy-machine.ts";

const everyDeed = Array.from({ length: TOY_DEEDS }, (_, at) => at);
const program = injectedProgram([...everyDeed, ...everyDeed]);
const nameOf = (steps: readonly StepEvent[]) => `deed ${steps.at(-1)!.word % TOY_DEEDS}`;

/** A batch of 5 makes a run of several batches, the last one short. */
function lockstep(actual: MachineUnderTest, engine: BatchMachine = batched(actual, 5)): Lockstep {
  return new Lockstep(toyMachine(), engine, nameOf, 5);
}

/** A flaw in the events of one deed. */
function when(deed: number, change: (event: StepEvent) => Partial<StepEvent>): Flaw {
  return { event: (event) => (event.word % TOY_DEEDS === deed ? { ...event, ...change(event) } : event) };
}

const otherTop = { ...toyCapability, top: 0x10n };

/** One flaw for every field that a step event has but `order`, which a trace record only implies by its place. */
const flaws: readonly [string, number, Flaw][] = [
  ["word", 0, when(0, () => ({ word: 0x8000_0000 }))],
  ["mode", 0, when(0, () => ({ mode: 1 }))],
  ["pcBefore", 0, when(0, () => ({ pcBefore: 0n }))],
  ["pcAfter", 0, when(0, () => ({ pcAfter: 1n << 63n }))],
  ["trap", 0, when(0, () => ({ trap: { cause: 0n, value: 0n } }))],
  ["trap.cause", 5, when(5, () => ({ trap: { cause: 0x1dn, value: 0x401n } }))],
  ["trap.value", 5, when(5, () => ({ trap: { cause: 0x1cn, value: 0x402n } }))],
  ["register", 0, when(0, () => ({ register: { kind: "integer", index: 1, value: 0n } }))],
  [
    "register.index",
    1,
    when(1, () => ({ register: { kind: "integer", index: 4, value: 0xffff_ffff_ffff_fff0n } })),
  ],
  ["register.value", 1, when(1, () => ({ register: { kind: "integer", index: 5, value: 0n } }))],
  [
    "register.value.top",
    2,
    when(2, () => ({ register: { kind: "capability", index: 31, value: otherTop } })),
  ],
  ["cleared", 7, when(7, () => ({ cleared: 1 }))],
  ["specials[0].scr", 6, when(6, () => ({ specials: [{ scr: 31, value: toyCapability }] }))],
  ["specials[0]", 6, when(6, () => ({ specials: [] }))],
  [
    "specials[1].value.top",
    5,
    when(5, ({ specials }) => ({ specials: [specials[0]!, { scr: 0, value: otherTop }] })),
  ],
  ["csr", 6, when(6, () => ({ csr: null }))],
  ["csr.number", 6, when(6, () => ({ csr: { number: 0x341, value: 1n << 63n } }))],
  ["csr.value", 6, when(6, () => ({ csr: { number: 0x305, value: 0n } }))],
  ["read.size", 3, when(3, ({ read }) => ({ read: { ...read!, size: 4 } }))],
  ["read.tag", 3, when(3, ({ read }) => ({ read: { ...read!, tag: true } }))],
  ["write", 4, when(4, () => ({ write: null }))],
  ["write.address", 4, when(4, ({ write }) => ({ write: { ...write!, address: 0n } }))],
  ["write.data", 4, when(4, ({ write }) => ({ write: { ...write!, data: 5n } }))],
  ["authority", 2, when(2, () => ({ authority: null }))],
  ["source", 2, when(2, () => ({ source: 0 }))],
];

const capabilityFields = [
  "tag",
  "address",
  "base",
  "top",
  "perms",
  "otype",
  "flags",
  "reserved",
  "bounds",
] as const;

function flawedCapability(field: (typeof capabilityFields)[number]): Flaw {
  const value = { ...toyCapability, [field]: field === "tag" ? false : toyCapability[field] + 1n };
  return when(2, () => ({ register: { kind: "capability", index: 31, value } }));
}

const memoryProgram: Program = { ...program, words: [3, 7, 0x113, 3], fetch: "memory", budgetSteps: 12 };

describe("a whole program in lockstep", () => {
  test("two machines that agree have no divergence, and every step was seen", () => {
    let seen = 0;
    const run = lockstep(toyMachine()).program(program, () => seen++);
    expect(run).toEqual({ steps: program.words.length, divergence: null });
    expect(seen).toBe(program.words.length);
  });

  test.each(flaws)("a difference in %s is found", (field, at, flaw) => {
    const run = lockstep(toyMachine(flaw)).program(program, () => {});
    expect(run.divergence?.difference).toMatchObject({ at, instruction: `deed ${at}` });
    expect(run.divergence?.difference.fields.map((one) => one.field)).toContain(field);
    expect(run.divergence?.expect.length).toBe(at + 1);
    expect(run.steps).toBe(at + 1);
  });

  test.each(capabilityFields)("a difference in a capability's %s is found", (field) => {
    const run = lockstep(toyMachine(flawedCapability(field))).program(program, () => {});
    expect(run.divergence?.difference.fields.map((one) => one.field)).toEqual([`register.value.${field}`]);
  });

  const capabilityFlaw = { ...toyCapability, bounds: 1n };
  test.each<[string, Partial<MachineState>]>([
    ["pc", { pc: 0n }],
    ["mode", { mode: 0 }],
    ["registers[0].bounds", { registers: [capabilityFlaw] }],
    ["registers[1]", { registers: [toyCapability, toyCapability] }],
    ["specials[1]", { specials: [{ scr: 1, value: toyCapability }] }],
    ["specials[0].bounds", { specials: [{ scr: 0, value: capabilityFlaw }] }],
    ["csrs[0x300]", { csrs: [{ number: 0x300, value: 1n }] }],
    ["reservation", { reservation: 0n }],
    ["memory[0x80000000].data", { memory: [{ address: 0x8000_0000n, data: 2n, tag: false }] }],
    ["memory[0x80000000]", { memory: [] }],
  ])("a difference of the end state in %s is found", (field, change) => {
    const flaw: Flaw = { state: (state) => ({ ...state, ...change }) };
    const { divergence } = lockstep(toyMachine(flaw)).program(program, () => {});
    const fields = divergence?.difference.fields.map((one) => one.field);
    expect(fields).toContain(`state.${field}`);
  });

  test("a difference that only the end state shows is found", () => {
    const flaw: Flaw = {
      state: (state) => ({ ...state, memory: [{ address: 0x8000_0000n, data: 1n, tag: true }] }),
    };
    const { divergence } = lockstep(toyMachine(flaw)).program(program, () => {});
    expect(divergence?.difference).toEqual({
      at: null,
      instruction: "end state",
      fields: [{ field: "state.memory[0x80000000].tag", expect: "false", actual: "true" }],
    });
  });

  test("a machine that throws is a finding, not a crash", () => {
    const flaw: Flaw = {
      event(event) {
        if (event.order === 3) throw new RangeError("unreachable executed");
        return event;
      },
    };
    const { divergence } = lockstep(toyMachine(flaw)).program(program, () => {});
    expect(divergence?.difference).toEqual({
      at: 3,
      instruction: "deed 3",
      fields: [{ field: "defect", expect: "none", actual: "RangeError: unreachable executed" }],
    });
  });

  test("a batch that went wrong is found although single steps agree", () => {
    const engine = batched(toyMachine(), 5);
    const spoilt: BatchMachine = {
      ...engine,
      injectAll(words, count) {
        engine.injectAll(words, count);
        engine.recordBytes[2 * RECORD_BYTES + 8] = 0x55;
      },
    };
    const { divergence } = lockstep(toyMachine(), spoilt).program(program, () => {});
    expect(divergence?.difference).toMatchObject({
      at: 2,
      instruction: "batch",
      fields: [{ field: "record[1]", expect: "0x80000008", actual: "0x80000055" }],
    });
  });

  test.each([
    ["an injected program", program],
    ["a program in memory", memoryProgram],
  ])("a run without records that ends elsewhere is found: %s", (_name, checked) => {
    const engine = batched(toyMachine(), 5);
    const forgetful: BatchMachine = {
      ...engine,
      injectAllQuiet: (words, count) => engine.injectAllQuiet(words, count - 1),
      run: (steps) => engine.run(steps - 1),
    };
    const { divergence } = lockstep(toyMachine(), forgetful).program(checked, () => {});
    expect(divergence?.difference).toMatchObject({
      at: null,
      instruction: "run without records",
      fields: [{ field: "state.pc" }],
    });
  });

  test("a program in memory is fetched, 16-bit words taking two bytes", () => {
    const events: StepEvent[] = [];
    const run = lockstep(toyMachine()).program(memoryProgram, (event) => events.push(event));
    expect(run).toEqual({ steps: 12, divergence: null });
    expect(events.slice(0, 12).map(({ word }) => word)).toEqual([3, 0, 0, 0, 7, 0, 0, 0, 0x13, 1, 0, 0]);
    const flawed = lockstep(toyMachine(when(7, () => ({ cleared: 3 })))).program(memoryProgram, () => {});
    expect(flawed.divergence?.difference.at).toBe(4);
  });
});

describe("words made as the run goes", () => {
  test("are kept, and their divergence is explained from them", () => {
    const words: number[] = [];
    const asked: number[] = [];
    const next = (at: number) => {
      asked.push(at);
      return at < 12 ? at : -1;
    };
    const flawed = lockstep(toyMachine(when(6, () => ({ csr: null }))));
    const run = flawed.generated({ preset: "dii" }, next, words, () => {}, true);
    expect(run.divergence?.difference).toMatchObject({ at: 6, instruction: "deed 6" });
    expect(words).toEqual(Array.from({ length: 10 }, (_, at) => at));
    expect(asked).toEqual(words);
  });

  test("have their end state compared when asked", () => {
    const flaw: Flaw = { state: (state) => ({ ...state, reservation: 8n }) };
    const next = (at: number) => (at < 3 ? 1 : -1);
    const checked = lockstep(toyMachine(flaw)).generated({ preset: "dii" }, next, [], () => {}, true);
    expect(checked.divergence?.difference.fields).toEqual([
      { field: "state.reservation", expect: "none", actual: "0x8" },
    ]);
    const unchecked = lockstep(toyMachine(flaw)).generated({ preset: "dii" }, next, [], () => {}, false);
    expect(unchecked).toEqual({ steps: 3, divergence: null });
  });

  test("end with -1, also right at the end of a batch", () => {
    const words: number[] = [];
    const run = lockstep(toyMachine()).generated(
      { preset: "dii" },
      (at) => (at < 10 ? 1 : -1),
      words,
      () => {},
      true,
    );
    expect(run).toEqual({ steps: 10, divergence: null });
    expect(words.length).toBe(10);
  });
});

describe("any two machines, step by step", () => {
  test.each(flaws)("a difference in %s is found", (field, at, flaw) => {
    const divergence = compareStepwise(program, toyMachine(), toyMachine(flaw), nameOf);
    expect(divergence?.difference.at).toBe(at);
    expect(divergence?.difference.fields.map((one) => one.field)).toContain(field);
  });

  test("a difference in the order number is found", () => {
    const flaw = when(0, ({ order }) => ({ order: order + 1 }));
    expect(compareStepwise(program, toyMachine(), toyMachine(flaw), nameOf)?.difference.at).toBe(0);
  });

  test("machines that agree have none", () => {
    expect(compareStepwise(program, toyMachine(), toyMachine(), nameOf)).toBeNull();
  });
});
