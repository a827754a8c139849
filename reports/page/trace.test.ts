import { describe, expect, test } from "vitest";
import type { Capability, StepEvent } from "../records.ts";
import { type Derived, derivationsOf, fieldsOf, heldBefore, writtenBy } from "./trace.ts";

const cap = (change: Partial<Capability> = {}): Capability => ({
  tag: true,
  address: "0x10",
  base: "0x10",
  top: "0x20",
  perms: "0xffff",
  otype: "0x3ffff",
  flags: "0x0",
  ...change,
});

const event = (change: Partial<StepEvent>): StepEvent => ({
  word: 0x13,
  mode: 3,
  pcBefore: "0x80000000",
  pcAfter: "0x80000004",
  trap: null,
  register: null,
  cleared: 0,
  specials: [],
  csr: null,
  read: null,
  write: null,
  authority: null,
  source: null,
  ...change,
});

const writes = (index: number, source: number | null, change: Partial<Capability> = {}) =>
  event({ register: { kind: "capability", index, value: cap(change) }, source });

describe("what is held before a step", () => {
  const events = [
    writes(5, 1),
    event({ register: { kind: "integer", index: 5, value: "0x7" } }),
    event({ cleared: 1 << 6 }),
  ];

  test("begins with roots or with nothing, as the program does", () => {
    expect(heldBefore("dii", events, 0)(5)).toMatchObject({ tag: true, top: "0x10000000000000000" });
    expect(heldBefore("bare", events, 0)(5).tag).toBe(false);
    expect(heldBefore("bare", events, 0)(0x21).tag).toBe(true);
    expect(heldBefore("dii", events, 0)(0).tag).toBe(false);
  });

  test("is what the steps before it wrote", () => {
    expect(heldBefore("dii", events, 1)(5)).toEqual(cap());
    expect(heldBefore("dii", events, 2)(5)).toMatchObject({ tag: false, address: "0x7" });
    expect(heldBefore("dii", events, 3)(6).tag).toBe(false);
    expect(heldBefore("dii", events, 3)(0x20).address).toBe("0x80000004");
  });
});

describe("the derivation tree", () => {
  const told = (nodes: readonly Derived[]): unknown[] =>
    nodes.map(({ name, at, children }) => [name, at, ...told(children)]);

  test("hangs each capability from its source as it was then", () => {
    const events = [writes(5, 1), writes(6, 5), writes(5, 2), writes(7, 5)];
    expect(told(derivationsOf("dii", events))).toEqual([
      ["c1 at the start", null, ["c5", 0, ["c6", 1]]],
      ["c2 at the start", null, ["c5", 2, ["c7", 3]]],
    ]);
  });

  test("follows a capability through memory", () => {
    const access = { address: "0x1000", size: 16, data: "0x0", tag: true };
    const load = event({ register: { kind: "capability", index: 8, value: cap() }, read: access });
    const events = [writes(5, 1), event({ write: access, source: 5 }), load];
    expect(told(derivationsOf("dii", events))).toEqual([["c1 at the start", null, ["c5", 0, ["c8", 2]]]]);
  });

  test("leaves integers out", () => {
    expect(derivationsOf("dii", [event({ register: { kind: "integer", index: 5, value: "0x7" } })])).toEqual(
      [],
    );
  });
});

test("a step spells everything that it did", () => {
  const one = event({
    register: { kind: "integer", index: 5, value: "0x7" },
    cleared: 3,
    specials: [{ scr: 31, value: cap() }],
    csr: { number: 0x305, value: "0x8" },
    trap: { cause: "0x1c", value: "0x21" },
    authority: 0x21,
  });
  const fields = Object.fromEntries(fieldsOf(one));
  expect(fields).toMatchObject({
    word: "0x00000013",
    trap: "cause 28, value 0x21",
    register: "x5 = 0x7",
    cleared: "0x3",
    MEPCC: "tagged 0x10 in [0x10, 0x20), perms 0xffff",
    csr: "0x305 = 0x8",
    authority: "DDC",
    source: "none",
  });
  expect(writtenBy(one).map(([index]) => index)).toEqual([5, 1, 0x3f]);
  expect(fieldsOf(undefined)).toEqual([]);
});
