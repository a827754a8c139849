import { describe, expect, test } from "vitest";
import { fetchedProgram } from "../fuzz/generate/fetched-program.ts";
import { WordSource } from "../fuzz/generate/word-source.ts";
import { judgeOf } from "../fuzz/oracle/judge.ts";
import { COUNT_TRUE, COUNT_VACUOUS, COUNTS_PER_CLAUSE } from "../fuzz/oracle/oracle.ts";
import { reachableOracle } from "../fuzz/oracle/reachable/oracle.ts";
import { createEngine } from "../impl/engine/index.ts";
import type { Capability, MachineUnderTest, SpecialWrite } from "../model/contract.ts";
import { assembleProgram } from "../model/isa/index.ts";
import { createModel } from "../model/machine/reference.ts";
import { confined } from "./confined-code.ts";
import {
  everFalse,
  generated,
  neverTrue,
  type Tamper,
  tampered,
  tamperedEnd,
  violationOn,
} from "./judged-runs.ts";

const model = createModel();
const oracle = reachableOracle();

/** How often a clause was found true, false or vacuous. */
function count(clause: string, place: number): number {
  const { clauses, counts } = oracle;
  return counts[clauses.indexOf(clause) * COUNTS_PER_CLAUSE + place]!;
}

/** The violations of generated programs, one in eight of them fetched, on a machine. */
function violationsOn(machine: MachineUnderTest, seed: string, programs: number) {
  const source = new WordSource(seed, 128);
  const judge = judgeOf([oracle]);
  return Array.from({ length: programs }, (_, at) => {
    const program = at % 8 === 7 ? fetchedProgram(source, model, 256) : generated(source, model);
    return violationOn(program, machine, judge);
  }).filter((violation) => violation !== null);
}

// E21, W06 and many others of fuzz/faults break this: see reachable-authority-faults.test.ts.
describe("nothing is gained that was not reachable", () => {
  test("by generated programs on the model", () => {
    expect(violationsOn(model, "reachable on the model", 1500)).toEqual([]);
  });

  test("by generated programs on the engine", () => {
    expect(violationsOn(createEngine(), "reachable on the engine", 300)).toEqual([]);
  });

  test("and all rules of the closure and all hypotheses were met on the way", () => {
    expect(neverTrue(oracle)).toEqual([]);
    expect(everFalse(oracle)).toEqual([]);
  });

  test("in a good part of the steps, and the other hypotheses than those about traps are seldom in the way", () => {
    const judged = count("reachable_step", COUNT_TRUE);
    expect(judged / (judged + count("reachable_step", COUNT_VACUOUS))).toBeGreaterThan(0.08);
    for (const clause of ["no_trap", "invoked_reachable", "no_system_access"]) {
      const vacuous = count(`hypothesis_${clause}`, COUNT_VACUOUS);
      expect(vacuous, clause).toBeGreaterThan(0);
      expect(vacuous / (vacuous + count(`hypothesis_${clause}`, COUNT_TRUE)), clause).toBeLessThan(0.5);
    }
  });
});

/** The step with another capability in the register that it wrote. */
function register(change: (cap: Capability) => Partial<Capability>): Tamper {
  return (event) => {
    const { kind, index, value } = event.register!;
    if (kind === "integer") throw new Error("an integer was written");
    return { ...event, register: { kind, index, value: { ...value, ...change(value) } } };
  };
}

/** The step with another capability in a special register that it replaced. */
function special(scr: number, change: Partial<Capability>): Tamper {
  const changed = (one: SpecialWrite) =>
    one.scr === scr ? { scr, value: { ...one.value, ...change } } : one;
  return (event) => ({ ...event, specials: event.specials.map(changed) });
}

const same: Tamper = (event) => event;
const everything = { base: 0n, top: 1n << 64n, perms: 0xffffn };

/** A step of confined code, what is wrong with it, and the clause that says so. */
const forged: readonly (readonly [clause: string, what: string, step: string, tamper: Tamper])[] = [
  ["reachable_register", "wider bounds", "csetboundsimm c1, c9, 16", register(() => ({ top: 0x8002_1000n }))],
  [
    "reachable_register",
    "a permission",
    "cmove c1, c11",
    register(({ perms }) => ({ perms: perms | 0x400n })),
  ],
  ["reachable_register", "a seal opened", "cmove c1, c12", register(() => ({ otype: 0x3ffffn }))],
  ["reachable_register", "another type", "cseal c1, c9, c11", register(() => ({ otype: 3n }))],
  [
    "reachable_register",
    "a tag from nowhere",
    "lc.cap c1, (c9)",
    register(() => ({ ...everything, tag: true })),
  ],
  ["reachable_special", "a wider DDC", "cspecialrw c0, ddc, c9", special(1, everything)],
  ["reachable_code", "a wider PCC", "jalr.cap c0, c10", special(0, everything)],
  ["reachable_code", "more than was invoked", "cinvoke c13, c12", special(0, everything)],
  ["reachable_trap", "a handler with more than its vector", "ecall", special(0, everything)],
  ["reachable_trap", "MEPCC with more than PCC had", "ecall", special(31, everything)],
  [
    "reachable_memory",
    "other bits than those of the register",
    "sc.cap c9, (c9)",
    (event) => ({ ...event, write: { ...event.write!, data: event.write!.data ^ (1n << 40n) } }),
  ],
];

describe("a step that forges authority is objected to", () => {
  test.each(forged)("%s: %s", (clause, _what, step, tamper) => {
    expect(tampered(`${confined}; ${step}`, model, reachableOracle(), same)).toBeNull();
    expect(tampered(`${confined}; ${step}`, model, reachableOracle(), tamper)?.rule).toBe(clause);
  });

  test("also in the end, where no step reported it", () => {
    const end = (change: Partial<Capability>) =>
      tamperedEnd(`${confined}; addi x0, x0, 0`, model, reachableOracle(), (state) => ({
        ...state,
        registers: state.registers.map((cap, index) => (index === 5 ? { ...cap, ...change } : cap)),
      }));
    expect(end({})).toBeNull();
    expect(end({ ...everything, tag: true })).toMatchObject({ rule: "reachable_end", at: null });
  });

  test("with what was gained and where it came from", () => {
    const text = `${confined}; cincoffsetimm c9, c9, 16; sc.cap c9, (c9); lc.cap c8, (c9); csetboundsimm c1, c8, 16`;
    const violation = tampered(
      text,
      model,
      reachableOracle(),
      register(() => ({ top: 0x8002_0010n })),
    );
    expect(violation).toMatchInlineSnapshot(`
      {
        "at": 39,
        "instruction": "csetboundsimm",
        "oracle": "M",
        "rule": "reachable_register",
        "text": [
          "gained the range [0x80002100, 0x80020010) with GXRWrwl-I--C0123",
          "reachable in PCC: [0x80000000, 0x80010000) GX----l-I--C0123",
          "reachable in DDC: [0x80002000, 0x80002100) GXRWrwl-I--C0123",
          "reachable in c14: [0x80000000, 0x80010000) GXRWrwlSIU-C0123, a sentry",
          "reachable in c13: [0x80000000, 0x80010000) GXRWrwlSIU-C0123, sealed with type 0x2",
          "c1 = [0x80002010, 0x80020010) GXRWrwl-I--C0123: no legal parent",
          "  from c8 = [0x80002000, 0x80002100) GXRWrwl-I--C0123 (step 38, lc.cap)",
          "    from memory at 0x80002010 = [0x80002000, 0x80002100) GXRWrwl-I--C0123 (step 37, sc.cap)",
          "      from c9 = [0x80002000, 0x80002100) GXRWrwl-I--C0123 (step 36, cincoffsetimm)",
          "        from c9 = [0x80002000, 0x80002100) GXRWrwl-I--C0123 (held when the stretch began)",
          "    from c9 = [0x80002000, 0x80002100) GXRWrwl-I--C0123 (as above)",
        ],
      }
    `);
  });

  test("and what was unsealed without authority", () => {
    const text = `${confined}; cunseal c1, c13, c11`;
    const violation = tampered(
      text,
      model,
      reachableOracle(),
      register(() => ({ tag: true })),
    );
    expect(violation?.text).toMatchInlineSnapshot(`
      [
        "gained the range [0x80000000, 0x80010000) with GXRWrwlSIU-C0123",
        "gained the permissions --RWrw-S-U------",
        "gained it unsealed: [0x80000000, 0x80010000) GXRWrwlSIU-C0123, a sentry was reachable",
        "reachable in c14: [0x80000000, 0x80010000) GXRWrwlSIU-C0123, a sentry",
        "reachable in c13: [0x80000000, 0x80010000) GXRWrwlSIU-C0123, sealed with type 0x2",
        "reachable in PCC: [0x80000000, 0x80010000) GX----l-I--C0123",
        "reachable in DDC: [0x80002000, 0x80002100) GXRWrwl-I--C0123",
        "c1 = [0x80000000, 0x80010000) GXRWrwlSIU-C0123: no legal parent",
        "  from c13 = [0x80000000, 0x80010000) GXRWrwlSIU-C0123, sealed with type 0x2 (held when the stretch began)",
        "  from c11 = [0x2, 0x3) GXRWrwlSI--C0123 (held when the stretch began)",
      ]
    `);
  });
});

/** The counts of a text's run, where step `at` reports what `tamper` makes of it, and nothing is objected to. */
function counted(text: string, at: number, tamper: Tamper): (clause: string, place: number) => number {
  const fresh = reachableOracle();
  const judge = judgeOf([fresh]);
  judge.begin({ preset: "dii" }, null);
  model.reset({ preset: "dii" });
  assembleProgram(text.replaceAll("; ", "\n")).words.forEach((word, step) => {
    const event = model.inject(word);
    expect(judge.step(step === at ? tamper(event) : event)).toBeNull();
  });
  return (clause, place) => fresh.counts[fresh.clauses.indexOf(clause) * COUNTS_PER_CLAUSE + place]!;
}

describe("where a hypothesis does not hold that is counted, and", () => {
  const inside = `${confined}; csetboundsimm c1, c9, 16; cmove c2, c1`;
  const last = assembleProgram(inside.replaceAll("; ", "\n")).words.length - 1;

  test("nothing is said of malformed capabilities", () => {
    // The step that makes c9.
    const counts = counted(
      inside,
      5,
      register(({ base }) => ({ top: base - 1n })),
    );
    expect(counts("hypothesis_invariant", COUNT_VACUOUS)).toBe(2);
    expect(counts("reachable_step", COUNT_TRUE)).toBe(0);
  });

  test("nothing is said under translation", () => {
    const satp: Tamper = (event) => ({ ...event, csr: { number: 0x180, value: 8n << 60n } });
    const counts = counted(`csrrw x0, mscratch, x0; ${inside}`, 0, satp);
    expect(counts("hypothesis_no_translation", COUNT_VACUOUS)).toBe(2);
    expect(counts("reachable_step", COUNT_TRUE)).toBe(0);
  });

  test("what comes from nowhere must still be reachable", () => {
    const nowhere: Tamper = (event) => ({ ...event, source: null });
    const counts = counted(inside, last, nowhere);
    expect(counts("hypothesis_known_origin", COUNT_VACUOUS)).toBe(1);
    expect(counts("reachable_register", COUNT_TRUE)).toBe(2);
  });

  test("what an invocation opened is reachable from then on", () => {
    // Code with the authority of PCC: only the data is new.
    const text = `${confined}; cseal c8, c10, c11; cinvoke c8, c12; csetboundsimm c1, c31, 16`;
    const nowhere: Tamper = (event) => ({ ...event, source: null });
    const counts = counted(text, assembleProgram(text.replaceAll("; ", "\n")).words.length - 1, nowhere);
    expect(counts("hypothesis_invoked_reachable", COUNT_VACUOUS)).toBe(1);
    expect(counts("hypothesis_known_origin", COUNT_VACUOUS)).toBe(1);
  });

  test("a return opens also a sentry to data, which nobody can execute", () => {
    const text = [
      "lui x6, 262144; slli x6, x6, 1; csetaddr c10, c30, c6; lui x7, 16; csetbounds c10, c10, c7",
      "lui x6, 262160; slli x6, x6, 1; csetaddr c12, c30, c6; csetboundsimm c12, c12, 256",
      "addi x6, x0, -3; candperm c12, c12, c6; csealentry c12, c12",
      "cspecialrw c0, mepcc, c12; cspecialrw c0, mtcc, c10; cspecialrw c0, stcc, c10; cspecialrw c0, sepcc, c10",
      "cclear 0, 255; cclear 1, 251; cclear 2, 255; cclear 3, 255; jalr.cap c0, c10; mret",
    ].join("; ");
    const counts = counted(text, -1, same);
    expect(counts("hypothesis_invoked_reachable", COUNT_VACUOUS)).toBe(1);
    expect(counts("hypothesis_known_origin", COUNT_VACUOUS)).toBe(0);
  });

  test("a sealed PCC can only trap", () => {
    const text = [
      "addi x6, x0, 2; csetaddr c11, c30, c6; cspecialrw c12, pcc, c0; cseal c12, c12, c11",
      "cspecialrw c0, mepcc, c12; cclear 0, 255; cclear 1, 255; cclear 2, 255; cclear 3, 255; mret; addi x0, x0, 0",
    ].join("; ");
    const counts = counted(text, -1, same);
    expect(counts("hypothesis_unsealed_pcc", COUNT_VACUOUS)).toBe(1);
    expect(counts("hypothesis_no_trap", COUNT_VACUOUS)).toBe(1);
  });
});
