import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hexOf } from "../intravisor/bytes.ts";
import type { System } from "../intravisor/state.ts";
import { emptySystem, transition } from "../intravisor/system.ts";
import type { Step } from "../system-contract.ts";
import { footprint } from "./accounting.ts";
import { buildObject } from "./sample-object.ts";
import { data, minus, worldOf } from "./sample-world.ts";

const RETURN = "cjalr c0, 0(c1)";
const file = (value: number, bss = 16) =>
  buildObject({ functions: { get: `addi x10, x0, ${value}\n${RETURN}` }, bss });

describe("an object", () => {
  test("is its content: the same bytes are the same object, whoever brings them (I-107)", () => {
    const { call, load, objects } = worldOf("a", "b");
    const [ofA, ofB] = [load("a", file(1)), load("b", file(1))];
    expect(objects()).toHaveLength(1);
    expect(objects()[0]).toMatchObject({
      number: 0,
      hash: createHash("sha256").update(file(1)).digest("hex"),
      base: 0x8400_0000n,
      references: 2,
      bindings: [],
    });
    load("a", file(2));
    expect(objects().map(({ number, base }) => [number, base])).toEqual([
      [0, 0x8400_0000n],
      [1, 0x8400_2000n],
    ]);
    expect(call("a", "sco_bind", ofA)).toEqual([0n, 0n, 0n]);
    expect(call("b", "sco_bind", ofB)).toEqual([0n, 0n, 0n]);
    expect(call("a", "sco_call", ofA, 0n)[0]).toBe(1n);
  });

  test("can be found by its hash while it lives, and only then", () => {
    const { call, load, objects, act } = worldOf("a", "b");
    const handle = load("a", file(1));
    const bytes = objects()[0]!.hash;
    const address = { kind: "at", cvm: null, part: "data", offset: 0x100n } as const;
    act("b", { do: "place", address, bytes });
    const [found] = call("b", "sco_lookup", data(0x100n));
    expect(call("b", "sco_bind", found!)[0]).toBe(0n);
    expect(objects()[0]!.references).toBe(3);
    expect(call("b", "sco_lookup", data(0x101n))[0]).toBe(minus("ENOENT"));
    expect(call("b", "sco_lookup", 8n)[0]).toBe(minus("EFAULT"));
    for (const [cvm, one] of [
      ["a", handle],
      ["b", found!],
    ] as const)
      call(cvm, "sco_close", one);
    expect(objects()[0]!.references).toBe(1);
    const [again] = call("b", "sco_lookup", data(0x100n));
    expect(call("b", "sco_unbind", again!)[0]).toBe(0n);
    call("b", "sco_close", again!);
    expect(objects()).toEqual([]);
    expect(call("b", "sco_lookup", data(0x100n))[0]).toBe(minus("ENOENT"));
  });

  test("is there as long as something refers to it; its number and place are another's then (I-108)", () => {
    const { call, load, objects } = worldOf("a");
    const [first, second] = [load("a", file(1)), load("a", file(2))];
    call("a", "sco_bind", first);
    expect(objects()[0]!.bindings[0]).toMatchObject({ base: 0x8400_4000n, size: 16 });
    call("a", "sco_close", first);
    expect(objects().map(({ references }) => references)).toEqual([1, 1]);
    call("a", "sco_close", second);
    expect(objects().map(({ number }) => number)).toEqual([0]);
    const third = load("a", file(3));
    expect(objects()[1]).toMatchObject({ number: 1, base: 0x8400_2000n });
    expect(call("a", "sco_bind", third)).toEqual([0n, 1n, 0n]);
    expect(call("a", "sco_close", second)[0]).toBe(minus("EBADF"));
  });

  test("is refused before anything is made of it, with what is wrong (I-98)", () => {
    const { call, act, objects, load } = worldOf("a");
    const create = (at: bigint, size: bigint) => call("a", "sco_create", data(at), size);
    expect(create(0n, 0n)).toEqual([minus("ENOEXEC"), 1n, 0n]);
    expect(create(0xfc000n, 1n)[0]).toBe(minus("EFAULT"));
    expect(create(0n, 1n << 63n)[0]).toBe(minus("EFAULT"));
    // A name is written with a space.
    const bytes = file(1).fill(0x20, -1);
    const address = { kind: "at", cvm: null, part: "data", offset: 0n } as const;
    act("a", { do: "place", address, bytes: Buffer.from(bytes).toString("hex") });
    expect(create(0n, BigInt(bytes.length))).toEqual([minus("ENOEXEC"), 1n, 0n]);
    expect(objects()).toEqual([]);
    // Handles are used up at last, and then no object is made either.
    for (let number = 0; number < 8; number++)
      expect(load("a", file(number))).toBe(BigInt(number) | 0x10000n);
    expect(load("a", file(9))).toBe(minus("ENOSPC"));
    expect(load("a", file(7))).toBe(minus("ENOSPC"));
    expect(objects()).toHaveLength(8);
  });
});

describe("a binding", () => {
  test("is one for each client, and its state begins anew each time (I-105)", () => {
    const counter = buildObject({
      functions: { add: `@cls c5 0 8\nld x10, 0(c5)\naddi x10, x10, 1\nsd x10, 0(c5)\n${RETURN}` },
      bss: 16,
    });
    const { call, loadAndBind, event, load } = worldOf("a", "b");
    const handle = loadAndBind("a", counter);
    expect(call("a", "sco_bind", handle)[0]).toBe(minus("EEXIST"));
    expect(call("a", "sco_call", handle, 0n)[0]).toBe(1n);
    expect(call("a", "sco_unbind", handle)[0]).toBe(0n);
    expect(call("a", "sco_unbind", handle)[0]).toBe(minus("ENOENT"));
    call("a", "sco_bind", handle);
    expect(call("a", "sco_call", handle, 0n)[0]).toBe(1n);
    // Whoever has the place next begins with zeros too.
    event({ do: "kill", cvm: "a" });
    const ofB = load("b", counter);
    call("b", "sco_bind", ofB);
    expect(call("b", "sco_call", ofB, 0n)[0]).toBe(1n);
  });

  test("is charged to its client, up to what that may have (I-45, I-111)", () => {
    const { call, load, loadAndBind, objects } = worldOf("a", "b");
    const big = (value: number) => file(value, 1 << 16);
    for (let number = 0; number < 4; number++) loadAndBind("a", big(number));
    const fifth = load("a", big(5));
    expect(call("a", "sco_bind", fifth)[0]).toBe(minus("ENOMEM"));
    expect(call("a", "sco_bind", load("a", file(6, 0)))[0]).toBe(0n);
    expect(objects().at(-1)!.bindings).toMatchObject([{ base: 0n, size: 0 }]);
    loadAndBind("b", big(5));
    expect(
      objects()
        .find(({ number }) => number === 4)!
        .bindings.map(({ cvm }) => cvm),
    ).toEqual(["b"]);
  });

  test("has the bytes that bounds can cover (I-4, I-101)", () => {
    const { loadAndBind, objects } = worldOf("a");
    loadAndBind("a", file(1, 0x4010));
    expect(objects()[0]!.bindings[0]!.size).toBe(0x4020);
  });
});

test("memory is what the formula says, at once: R + n * (S + entry) (I-115)", () => {
  const [code, state, entry] = [16, 48, 16];
  const bytes = file(1, state);
  const cvms = ["a", "b", "c"];
  const quotas = { threads: 1, handles: 2, grants: 0, endpoints: 0, timers: 0 };
  const take = (system: System, step: Step) => transition(system, step, []).system;
  const number = (value: bigint) => ({ kind: "number", value }) as const;
  const steps = (name: string): Step[] => [
    {
      by: null,
      event: {
        do: "create",
        cvm: { name, size: 0x10000, codeSize: 0x4000, image: "", parent: null, quotas },
      },
    },
    ...[
      {
        do: "place",
        address: { kind: "at", cvm: null, part: "data", offset: 0n },
        bytes: hexOf(bytes),
      } as const,
      {
        do: "call",
        call: "sco_create",
        args: [{ kind: "at", cvm: null, part: "data", offset: 0n }, number(BigInt(bytes.length))],
      } as const,
      { do: "call", call: "sco_bind", args: [number(0x10000n)] } as const,
    ].map((action) => ({ by: { cvm: name, thread: 0 }, action })),
  ];
  let system = emptySystem;
  for (const [index, name] of cvms.entries()) {
    system = steps(name).reduce(take, system);
    const clients = index + 1;
    expect(footprint(system)).toEqual({
      separate: clients * (code + state),
      shared: code + clients * (state + entry),
    });
  }
  system = take(system, { by: null, event: { do: "kill", cvm: "b" } });
  expect(footprint(system)).toEqual({ separate: 2 * (code + state), shared: code + 2 * (state + entry) });
});
