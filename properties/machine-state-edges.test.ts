import { describe, expect, test } from "vitest";
import { stateOracle } from "../fuzz/oracle/state/oracle.ts";
import type { Capability, MemoryAccess, StepEvent } from "../model/contract.ts";
import { createModel } from "../model/machine/reference.ts";
import { type Tamper, tampered } from "./judged-runs.ts";

const model = createModel();
const oracle = stateOracle(model.ramBase, model.ramSize);

const SPACE = 1n << 64n;
const LOAD = "auipc x5, 1; csetaddr c1, c1, x5; lw.cap x2, (c1)";

/** The rule that a step of a text breaks when it reports something else, or null. */
function brokenBy(text: string, tamper: Tamper): string | null {
  return tampered(text, model, oracle, tamper)?.rule ?? null;
}

const stepWith = (text: string, change: Partial<StepEvent>) =>
  brokenBy(text, (event) => ({ ...event, ...change }));

const loadOf = (change: Partial<MemoryAccess>) =>
  brokenBy(LOAD, (event) => ({ ...event, read: { ...event.read!, ...change } }));

const received = (change: Partial<Capability>) =>
  brokenBy("cmove c2, c1", (event) => {
    const register = event.register!;
    if (register.kind === "integer") throw new Error("the register received an integer");
    return { ...event, register: { ...register, value: { ...register.value, ...change } } };
  });

/** Sorts values by whether they hold. */
function holding(values: readonly bigint[], broken: (value: bigint) => string | null): bigint[] {
  return values.filter((value) => broken(value) === null);
}

/** Privileged manual, mcause: what a machine without virtual memory and supervisor mode can trap with. */
const CAUSES = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 11n];
/** CHERI ISAv9, capability exception codes, without those of what is not there. */
const VIOLATIONS = [1n, 2n, 3n, 4n, 0x11n, 0x12n, 0x13n, 0x14n, 0x15n, 0x16n, 0x18n, 0x19n];

describe("what a step tells holds up to its last value, and no further:", () => {
  test("the next instruction's address", () => {
    const values = [-2n, 0n, 1n, SPACE - 2n, SPACE - 1n, SPACE];
    expect(holding(values, (pcAfter) => stepWith("fence", { pcAfter }))).toEqual([0n, SPACE - 2n]);
  });

  test("a register's number and value", () => {
    const written = (index: number, value: bigint) =>
      stepWith("addi x1, x0, 1", { register: { kind: "integer", index, value } });
    expect(holding([-1n, 0n, 1n, 31n, 32n], (index) => written(Number(index), 1n))).toEqual([1n, 31n]);
    expect(holding([-1n, 0n, SPACE - 1n, SPACE], (value) => written(1, value))).toEqual([0n, SPACE - 1n]);
  });

  test("data of each size, in RAM from its first byte to its last", () => {
    const end = model.ramBase + BigInt(model.ramSize);
    for (const size of [1, 2, 4, 8, 16]) {
      const most = (1n << BigInt(8 * size)) - 1n;
      const address = model.ramBase;
      const data = holding([-1n, 0n, most, most + 1n], (data) => loadOf({ address, size, data }));
      expect([size, data]).toEqual([size, [0n, most]]);
      const [first, last] = [model.ramBase, end - BigInt(size)];
      const step = size === 16 ? 16n : 1n;
      const places = [first - step, first, last, last + step];
      expect(holding(places, (address) => loadOf({ address, size, data: 0n }))).toEqual([first, last]);
    }
  });

  test("the fields of a capability", () => {
    expect(holding([-1n, 0n, 1n, 2n], (flags) => received({ flags }))).toEqual([0n, 1n]);
    expect(holding([-1n, 0n, 0xffffn, 0x10000n], (perms) => received({ perms }))).toEqual([0n, 0xffffn]);
    expect(holding([-1n, 0n, SPACE - 1n, SPACE], (address) => received({ address }))).toEqual([
      0n,
      SPACE - 1n,
    ]);
    expect([-1n, 0x800_0000n].map((bounds) => received({ bounds }))).toEqual(["fields_fit", "fields_fit"]);
    expect([1n << 64n, -1n].map((top) => received({ top, base: 0n }))).toEqual([null, "bounds_ordered"]);
    expect(received({ base: -1n })).toBe("bounds_ordered");
    expect([{ base: 1n }, { top: SPACE - 1n }].map(received)).toEqual(["bounds_encoded", "bounds_encoded"]);
    const types = [-1n, 0n, 0x3fffbn, 0x3fffcn, 0x3fffdn, 0x3fffen, 0x3ffffn, 0x40000n];
    expect(holding(types, (otype) => received({ otype }))).toEqual([0n, 0x3fffbn, 0x3fffen, 0x3ffffn]);
  });
});

test("traps are those of the manuals, with values that fit", () => {
  const trapped = (cause: bigint, value: bigint) => stepWith("ecall", { trap: { cause, value } });
  const numbers = Array.from({ length: 64 }, (_, number) => BigInt(number));
  expect(holding(numbers, (cause) => trapped(cause, 1n))).toEqual([...CAUSES, 0x1cn]);
  expect(holding([-1n, 0n, SPACE - 1n, SPACE], (value) => trapped(2n, value))).toEqual([0n, SPACE - 1n]);
  expect(holding(numbers.slice(0, 32), (violation) => trapped(0x1cn, violation))).toEqual(VIOLATIONS);
  // The register that is at fault stands above the violation.
  const [highest, least] = [(1n << 11n) - 32n, 2n];
  expect(
    holding([highest + least, (1n << 11n) + least, least - 32n], (value) => trapped(0x1cn, value)),
  ).toEqual([highest + least]);
});

test("a trap comes with MEPCC and PCC, in this order, and nothing else", () => {
  const order = brokenBy("ecall", (event) => ({ ...event, specials: event.specials.toReversed() }));
  const other = brokenBy("ecall", ({ specials: [epcc, pcc], ...event }) => ({
    ...event,
    specials: [epcc!, { ...pcc!, scr: 1 }],
  }));
  expect([order, other, stepWith("ecall", { cleared: 2 })]).toEqual([
    "trap_alone",
    "trap_alone",
    "trap_alone",
  ]);
});

test("of a line four tags are read", () => {
  const text = "auipc x5, 1; csetaddr c1, c1, x5; cloadtags x2, (c1)";
  const read = (data: bigint) => brokenBy(text, (event) => ({ ...event, read: { ...event.read!, data } }));
  expect(holding([-1n, 0n, 15n, 16n], read)).toEqual([0n, 15n]);
});
