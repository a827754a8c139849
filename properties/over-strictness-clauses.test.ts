import { describe, expect, test } from "vitest";
import { exactOracle } from "../fuzz/oracle/exact/oracle.ts";
import { judgeOf } from "../fuzz/oracle/judge.ts";
import type { MachineState, StepEvent } from "../model/contract.ts";
import { assembleProgram } from "../model/isa/index.ts";
import { createModel } from "../model/machine/reference.ts";

const start = { preset: "dii" } as const;
const model = createModel();
const oracle = exactOracle(model.ramBase, model.ramSize);

type Tamper = (event: StepEvent) => StepEvent;

/**
 * The rule broken by the last step of a text when what it reports is changed; the steps before break none.
 */
function ruleBroken(text: string, tamper: Tamper): string | undefined {
  const judge = judgeOf([oracle]);
  const words = assembleProgram(text.replaceAll("; ", "\n")).words;
  model.reset(start);
  judge.begin(start, null);
  for (const word of words.slice(0, -1)) expect(judge.step(model.inject(word))).toBeNull();
  return judge.step(tamper(model.inject(words.at(-1)!)))?.rule;
}

/** The value written to the register is one more, or its other tag. */
const otherResult: Tamper = (event) => {
  const register = event.register!;
  if (register.kind === "integer") return { ...event, register: { ...register, value: register.value + 1n } };
  const { value } = register;
  return { ...event, register: { ...register, value: { ...value, tag: !value.tag } } };
};

const otherWrite: Tamper = (event) => ({
  ...event,
  write: { ...event.write!, data: event.write!.data ^ 1n },
});
const otherTarget: Tamper = (event) => ({ ...event, pcAfter: event.pcAfter + 2n });

/** The last of the special registers written has another tag. */
const otherSpecial: Tamper = (event) => {
  const last = event.specials.at(-1)!;
  const changed = { ...last, value: { ...last.value, tag: !last.value.tag } };
  return { ...event, specials: [...event.specials.slice(0, -1), changed] };
};

/** The instruction claims a trap that nothing justifies. */
function trapping(cause: bigint, value: bigint): Tamper {
  return (event) => ({ ...event, register: null, trap: { cause, value } });
}

/** The trap that was due did not happen. */
const retired: Tamper = (event) => ({ ...event, trap: null, specials: [], pcAfter: event.pcBefore + 4n });

/** c1 points at RAM that is aligned to 64 bytes. */
const POINTER = "auipc x5, 1; csetaddr c1, c1, x5";
/** c3 is sealed code and c6 sealed data of type 0; c1 may seal and unseal it. */
const PAIR =
  "cspecialrw c3, pcc, c0; addi x5, x0, -3; candperm c6, c1, x5; cseal c3, c3, c1; cseal c6, c6, c1";

const table: readonly (readonly [clause: string, text: string, tamper: Tamper])[] = [
  ["exact_continuation", "addi x1, x0, 1", (event) => ({ ...event, pcBefore: event.pcBefore + 4n })],
  ["due_trap", "lw x1, 0(x0)", retired],
  ["justified_tag_trap", "addi x1, x0, 1", trapping(0x1cn, 0x22n)],
  ["justified_seal_trap", "addi x1, x0, 1", trapping(0x1cn, 0x23n)],
  ["justified_type_trap", `${PAIR}; cinvoke c3, c6`, trapping(0x1cn, 0x64n)],
  ["justified_permission_trap", `${POINTER}; sc.cap c0, (c1)`, trapping(0x1cn, 0x35n)],
  ["justified_system_trap", "csrrs x1, mscratch, x0", trapping(0x1cn, 0x418n)],
  ["justified_bounds_trap", `${POINTER}; lw.cap x2, (c1)`, trapping(0x1cn, 0x21n)],
  ["justified_alignment_trap", `${POINTER}; lw.cap x2, (c1)`, trapping(4n, 0x8000_1001n)],
  ["justified_access_fault", `${POINTER}; lw.cap x2, (c1)`, trapping(5n, 0x8000_1000n)],
  ["justified_illegal_instruction", "addi x1, x0, 1", trapping(2n, 0x10_0093n)],
  ["justified_environment_trap", "addi x1, x0, 1", trapping(11n, 0n)],
  ["exact_trap_entry", "ecall", otherSpecial],
  ["exact_frame", "addi x1, x0, 1", (event) => ({ ...event, csr: { number: 0x340, value: 0n } })],
  ["exact_sequence", "addi x1, x0, 1", otherTarget],
  ["exact_integer", "addi x1, x0, 1", otherResult],
  ["exact_branch", "beq x0, x0, 8", otherTarget],
  ["exact_jump", "jal x1, 8", otherResult],
  ["exact_capability_jump", "cspecialrw c3, pcc, c0; jalr.cap c2, c3", otherResult],
  ["exact_invoke", `${PAIR}; cinvoke c3, c6`, otherResult],
  ["exact_return", "mret", otherSpecial],
  ["exact_inspection", "cgetperm x2, c1", otherResult],
  ["exact_comparison", "ctestsubset x2, c1, c1", otherResult],
  ["exact_rounding", "crrl x2, x1", otherResult],
  ["exact_move", "cmove c2, c1", otherResult],
  ["exact_candperm", "candperm c2, c1, x1", otherResult],
  ["exact_csetflags", "csetflags c2, c1, x1", otherResult],
  ["exact_address", "cincoffsetimm c2, c1, 1", otherResult],
  ["exact_csetbounds", "csetboundsimm c2, c1, 64", otherResult],
  ["exact_seal", "csealentry c2, c1", otherResult],
  ["exact_unseal", "cseal c2, c3, c1; cunseal c2, c2, c1", otherResult],
  ["exact_cbuildcap", "ccleartag c2, c1; cbuildcap c2, c1, c2", otherResult],
  ["exact_ccopytype", "cseal c2, c3, c1; ccopytype c4, c1, c2", otherResult],
  ["exact_csethigh", "csethigh c2, c1, x1", otherResult],
  ["exact_load", `${POINTER}; lw.cap x2, (c1)`, otherResult],
  ["exact_store", `${POINTER}; sw.cap x2, (c1)`, otherWrite],
  ["exact_atomic", `${POINTER}; amoadd.w x2, x5, (x5)`, otherWrite],
  ["exact_load_reserved", `${POINTER}; lr.w x2, (x5)`, otherResult],
  ["exact_store_conditional", `${POINTER}; lr.w x2, (x5); sc.w x2, x3, (x5)`, otherResult],
  ["exact_capability_load", `${POINTER}; sc.cap c3, (c1); lc.cap c2, (c1)`, otherResult],
  ["exact_capability_store", `${POINTER}; sc.cap c3, (c1)`, otherWrite],
  ["exact_tags", `${POINTER}; sc.cap c3, (c1); cloadtags x2, (c1)`, otherResult],
  ["exact_csr", "csrrw x1, mscratch, x2", otherResult],
  ["exact_special", "cspecialrw c2, mscratchc, c1", otherSpecial],
  ["exact_cclear", "cclear 0, 6", (event) => ({ ...event, cleared: 2 })],
  ["exact_nothing", "fence", (event) => ({ ...event, cleared: 2 })],
];

describe("a step that reports something else than it must breaks", () => {
  test.each(table)("%s: %s", (clause, text, tamper) => {
    expect(ruleBroken(text, (event) => event)).toBeUndefined();
    expect(ruleBroken(text, tamper)).toBe(clause);
  });

  test("exact_fetch: a word that does not lie at pc", () => {
    const judge = judgeOf([oracle]);
    const code = Uint8Array.of(0x93, 0x00, 0x10, 0x00);
    for (const [word, rule] of [
      [0x10_0093, undefined],
      [0x10_0113, "exact_fetch"],
    ] as const) {
      model.reset(start);
      model.load(model.ramBase, code);
      judge.begin(start, code);
      expect(judge.step({ ...model.step(), word })?.rule).toBe(rule);
    }
  });

  test("all clauses but one are in these tests: the last is about the end", () => {
    const tested = [...table.map(([clause]) => clause), "exact_fetch", "exact_end_state"];
    expect(tested.sort()).toEqual([...oracle.clauses].sort());
  });
});

/** What is told of the end after a capability was stored; `change` is what no step accounts for. */
function ruleAtEnd(change: (state: MachineState) => MachineState): string | undefined {
  const judge = judgeOf([oracle]);
  model.reset(start);
  judge.begin(start, null);
  const { words } = assembleProgram(`${POINTER}; sc.cap c3, (c1)`.replaceAll("; ", "\n"));
  for (const word of words) expect(judge.step(model.inject(word))).toBeNull();
  return judge.end(change(model.state()))?.rule;
}

describe("a state at the end that the steps do not account for breaks exact_end_state", () => {
  ruleAtEnd((state) => state);
  const [granule] = model.state().memory;

  test.each<[string, (state: MachineState) => MachineState]>([
    ["another pc", (state) => ({ ...state, pc: 0n })],
    ["another mode", (state) => ({ ...state, mode: 0 })],
    ["a reservation", (state) => ({ ...state, reservation: 0n })],
    [
      "a register",
      (state) => ({ ...state, registers: [...state.registers.slice(0, -1), state.registers[0]!] }),
    ],
    ["a special register", (state) => ({ ...state, specials: [{ scr: 1, value: state.registers[0]! }] })],
    ["a CSR", (state) => ({ ...state, csrs: [{ number: 0x340, value: 1n }] })],
    ["a byte", (state) => ({ ...state, memory: [{ ...granule!, data: granule!.data ^ 1n }] })],
    ["a lost tag", (state) => ({ ...state, memory: [{ ...granule!, tag: false }] })],
    [
      "a tag too many",
      (state) => ({ ...state, memory: [granule!, { address: 0x8000_2000n, data: 0n, tag: true }] }),
    ],
    ["a granule forgotten", (state) => ({ ...state, memory: [] })],
  ])("%s", (_, change) => {
    expect(ruleAtEnd((state) => state)).toBeUndefined();
    expect(ruleAtEnd(change)).toBe("exact_end_state");
  });
});
