import { describe, expect, test } from "vitest";
import { stateOracle } from "../fuzz/oracle/state/oracle.ts";
import type { Capability, MachineState, StepEvent } from "../model/contract.ts";
import { createModel } from "../model/machine/reference.ts";
import { type Tamper, tampered, tamperedEnd } from "./judged-runs.ts";

const model = createModel();
const oracle = stateOracle(model.ramBase, model.ramSize);

function reporting(change: Partial<StepEvent>): Tamper {
  return (event) => ({ ...event, ...change });
}

/** The capability in the step's register has these fields. */
function receiving(change: Partial<Capability>): Tamper {
  return (event) => {
    const register = event.register!;
    if (register.kind === "integer") throw new Error("the register received an integer");
    return { ...event, register: { ...register, value: { ...register.value, ...change } } };
  };
}

function reading(change: Partial<NonNullable<StepEvent["read"]>>): Tamper {
  return (event) => ({ ...event, read: { ...event.read!, ...change } });
}

function trapping(cause: bigint, value: bigint): Tamper {
  return (event) => ({ ...event, trap: { cause, value } });
}

/** c1 points at RAM that is aligned to 64 bytes, x5 is its address. */
const POINTER = "auipc x5, 1; csetaddr c1, c1, x5";
const AT = 0x8000_1000n;
/** Bounds of 2^20 bytes, which need an exponent. */
const LARGE = "addi x5, x0, 1; slli x5, x5, 20; csetbounds c2, c1, x5";
const BEYOND = 1n << 64n;

const steps: readonly (readonly [clause: string, what: string, text: string, tamper: Tamper])[] = [
  ["chain_order", "a number again", "fence; fence", reporting({ order: 0 })],
  ["chain_pc", "another place", "jal x0, 8; fence", reporting({ pcBefore: 0x8000_0004n })],
  ["chain_mode", "user mode without a return", "fence; fence", reporting({ mode: 0 })],
  ["chain_mode", "machine mode after a return", "csrrwi x0, mstatus, 0; mret; fence", reporting({ mode: 3 })],
  [
    "chain_mode",
    "user mode after a trap",
    "csrrwi x0, mstatus, 0; mret; ecall; fence",
    reporting({ mode: 0 }),
  ],
  ["word_form", "a compressed word of 32 bits", "c.nop 0", reporting({ word: 0x1_0001 })],
  ["word_form", "33 bits", "fence", reporting({ word: 2 ** 32 + 3 })],
  ["pc_form", "an odd one", "fence", reporting({ pcAfter: 0x8000_0005n })],
  ["pc_form", "65 bits", "fence", reporting({ pcAfter: BEYOND })],
  [
    "register_form",
    "x0",
    "addi x1, x0, 1",
    reporting({ register: { kind: "integer", index: 0, value: 1n } }),
  ],
  [
    "register_form",
    "65 bits",
    "addi x1, x0, 1",
    reporting({ register: { kind: "integer", index: 1, value: BEYOND } }),
  ],
  [
    "register_form",
    "a negative one",
    "addi x1, x0, 1",
    reporting({ register: { kind: "integer", index: 1, value: -1n } }),
  ],
  ["trap_alone", "a register", "ecall", reporting({ register: { kind: "integer", index: 1, value: 1n } })],
  ["trap_alone", "an authority", "ecall", reporting({ authority: 0x20 })],
  ["trap_alone", "no PCC", "ecall", (event) => ({ ...event, specials: event.specials.slice(0, 1) })],
  ["trap_form", "no such cause", "ecall", trapping(99n, 0n)],
  ["trap_form", "no such capability cause", "ecall", trapping(0x1cn, 0x3fn)],
  ["trap_form", "no such register", "ecall", trapping(0x1cn, 0x801n)],
  ["access_in_ram", "below RAM", `${POINTER}; lw.cap x2, (c1)`, reading({ address: 0x7fff_fffen })],
  ["access_in_ram", "beyond RAM", `${POINTER}; lw.cap x2, (c1)`, reading({ address: 0x807f_fffdn })],
  ["access_form", "three bytes", `${POINTER}; lw.cap x2, (c1)`, reading({ size: 3 })],
  ["access_form", "data of five bytes", `${POINTER}; lw.cap x2, (c1)`, reading({ data: 1n << 32n })],
  ["access_form", "a tag on four bytes", `${POINTER}; lw.cap x2, (c1)`, reading({ tag: true })],
  ["access_aligned", "a capability", `${POINTER}; lc.cap c2, (c1)`, reading({ address: AT + 8n })],
  ["access_aligned", "a reservation", `${POINTER}; lr.w x2, (x5)`, reading({ address: AT + 2n })],
  ["access_aligned", "tags", `${POINTER}; cloadtags x2, (c1)`, reading({ address: AT + 16n })],
  ["tag_known", "one that was not stored", `${POINTER}; lc.cap c2, (c1)`, reading({ tag: true })],
  ["tag_known", "one that was lost", `${POINTER}; sc.cap c1, (c1); lc.cap c2, (c1)`, reading({ tag: false })],
  [
    "tag_known",
    "one that survived plain bytes",
    `${POINTER}; sc.cap c1, (c1); sb.cap x0, (c1); lc.cap c2, (c1)`,
    reading({ tag: true }),
  ],
  ["fields_fit", "reserved bits", "cmove c2, c1", receiving({ reserved: 1n })],
  ["fields_fit", "17 permissions", "cmove c2, c1", receiving({ perms: 0x1_0000n })],
  ["otype_permitted", "a reserved type", "cmove c2, c1", receiving({ otype: 0x3fffdn })],
  ["bounds_ordered", "top below base", "cmove c2, c1", receiving({ base: 2n, top: 1n })],
  ["bounds_ordered", "beyond the address space", "cmove c2, c1", receiving({ top: BEYOND + 1n })],
  ["bounds_encoded", "another top", LARGE, receiving({ top: (1n << 20n) + 1n })],
  ["bounds_encoded", "an address outside of the region", LARGE, receiving({ address: 1n << 40n })],
];

type TamperEnd = (state: MachineState) => MachineState;

/** A register has another tag. */
function withRegister(index: number): TamperEnd {
  return (state) => ({
    ...state,
    registers: state.registers.map((cap, at) => (at === index ? { ...cap, tag: !cap.tag } : cap)),
  });
}

const withSpecial: TamperEnd = (state) => ({
  ...state,
  specials: state.specials.map(({ scr, value }) => ({
    scr,
    value: scr === 29 ? { ...value, tag: !value.tag } : value,
  })),
});

const withTags: TamperEnd = (state) => ({
  ...state,
  memory: state.memory.map((granule) => ({ ...granule, tag: !granule.tag })),
});

/** One capability and one integer in memory. */
const STORED = `${POINTER}; sc.cap c1, (c1); cincoffsetimm c2, c1, 16; sd.cap x5, (c2)`;

const ends: readonly (readonly [clause: string, what: string, text: string, tamper: TamperEnd])[] = [
  ["end_registers", "one that was never written", "fence", withRegister(7)],
  ["end_registers", "x0", "fence", withRegister(0)],
  ["end_registers", "one that was cleared", "cclear 0, 2", withRegister(1)],
  ["end_specials", "MTDC", "fence", withSpecial],
  ["end_hart", "pc", "fence", (state) => ({ ...state, pc: state.pc + 2n })],
  ["end_hart", "mode", "fence", (state) => ({ ...state, mode: 0 })],
  ["end_memory", "tags where none were stored", STORED, withTags],
  ["end_memory", "no tags at all", STORED, (state) => ({ ...state, memory: [] })],
  [
    "end_memory",
    "another capability",
    STORED,
    (state) => ({
      ...state,
      memory: state.memory.map((granule) => ({ ...granule, data: granule.data + 1n })),
    }),
  ],
];

/** What a reader is told of each, in their order. */
const TOLD: readonly string[] = [
  "the step says to be number 0, it is 1",
  "the step begins at 0x80000004, the one before it ended at 0x80000008",
  "the step runs in mode 0, the one before it left mode 3",
  "the step runs in mode 3, the one before it left mode 0",
  "the step runs in mode 0, the one before it left mode 3",
  "the word 0x10001 is too long",
  "the word 0x100000003 is too long",
  "the next instruction is at 0x80000005",
  "the next instruction is at 0x10000000000000000",
  "register 0 was written",
  "x1 received 0x10000000000000000, which does not fit 64 bits",
  "x1 received -0x1, which does not fit 64 bits",
  "a step that traps reports register, special registers 31 0",
  "a step that traps reports authority, special registers 31 0",
  "a step that traps reports special registers 31",
  "there is no trap of cause 99 with value 0x0",
  "there is no trap of cause 28 with value 0x3f",
  "there is no trap of cause 28 with value 0x801",
  "4 bytes were accessed at 0x7ffffffe, where no RAM is",
  "4 bytes were accessed at 0x807ffffd, where no RAM is",
  "3 bytes were accessed at 0x80001000",
  "0x100000000 is too much for 4 bytes at 0x80001000",
  "4 bytes at 0x80001000 carry a tag",
  "16 bytes were accessed at 0x80001008, which is no multiple",
  "4 bytes were accessed at 0x80001002, which is no multiple",
  "64 bytes were accessed at 0x80001010, which is no multiple",
  "the granule at 0x80001000 is tagged, a step left it otherwise",
  "the granule at 0x80001000 is not tagged, a step left it otherwise",
  "the granule at 0x80001000 is tagged, a step left it otherwise",
  "its reserved bits are not zero",
  "its permissions do not fit 16 bits",
  "no tagged capability can have the type 0x3fffd",
  "its bounds are out of order",
  "its bounds are out of order",
  "at its address the field 0x4004000 says [0x0, 0x100000)",
  "at its address the field 0x4004000 says [0x10000000000, 0x10000100000)",
  "c7 holds what no step has told",
  "c0 holds what no step has told",
  "c1 holds what no step has told",
  "MTDC holds what no step has told",
  "the run ends at 0x80000006 in mode 3; its last step left 0x80000004 in mode 3",
  "the run ends at 0x80000004 in mode 0; its last step left 0x80000004 in mode 3",
  "the granule at 0x80001010 is tagged, and no step stored a tag there",
  "the granule at 0x80001000 has lost the tag that a step stored there",
  "the granule at 0x80001000 holds 0xffff0000000000000000000080001001, which is not the capability stored there",
];

describe("a malformed step breaks", () => {
  test.each(steps)("%s: %s", (clause, _, text, tamper) => {
    expect(tampered(text, model, oracle, (event) => event)).toBeNull();
    expect(tampered(text, model, oracle, tamper)?.rule).toBe(clause);
  });
});

describe("an end that the steps have not told breaks", () => {
  test.each(ends)("%s: %s", (clause, _, text, tamper) => {
    expect(tamperedEnd(text, model, oracle, (state) => state)).toBeNull();
    expect(tamperedEnd(text, model, oracle, tamper)).toMatchObject({
      rule: clause,
      at: null,
      instruction: "end state",
    });
  });

  test("and so is told, as the steps are", () => {
    const told = [
      ...steps.map(([, , text, tamper]) => tampered(text, model, oracle, tamper)),
      ...ends.map(([, , text, tamper]) => tamperedEnd(text, model, oracle, tamper)),
    ];
    expect(told.map((violation) => violation?.text[0])).toEqual(TOLD);
  });

  test("and there is a row for every clause", () => {
    const broken = new Set([...steps, ...ends].map(([clause]) => clause));
    expect([...broken].sort()).toEqual([...oracle.clauses].sort());
  });
});
