import { describe, expect, test } from "vitest";
import { buildObject } from "./sample-object.ts";
import { code, data, minus, worldOf } from "./sample-world.ts";

const RETURN = "cjalr c0, 0(c1)";
const FOREVER = (1n << 64n) - 1n;
const at = (offset: bigint) => ({ kind: "at", cvm: null, part: "data", offset }) as const;

describe("an object that calls back in a callee", () => {
  const caller = buildObject({
    functions: { ask: `@import 0\naddi x10, x10, 1\n${RETURN}`, nothing: RETURN },
    bss: 32,
    imports: ["client"],
    relocations: [[6, 2, 0, 0, 32, 0]],
  });

  /** Thread 0 of a is in b, in a callback of an object of b. */
  function inCallee(timeout: bigint) {
    const world = worldOf("a", "b");
    const { act, call, loadAndBind, view } = world;
    const place = (cvm: string, offset: bigint, bytes: string) =>
      act(cvm, { do: "place", address: at(offset), bytes });
    const word = (value: bigint) => Buffer.from(BigUint64Array.of(value).buffer).toString("hex");
    place("b", 0x10n, "6b");
    place("b", 0x20n, word(1n << 32n));
    const [own] = call("b", "cp_call_register", data(0x10n), 1n, code(0x2000n), 0n, 0n, data(0x20n), 1n);
    const object = loadAndBind("b", caller);
    call("b", "sco_callback", object, 0n, code(0x2100n));
    place("a", 0x10n, "6b");
    place("a", 0x100n, word(0n).repeat(9) + word(timeout));
    const [endpoint] = call("a", "cp_call_open", data(0x10n), 1n);
    const number = (value: bigint) => ({ kind: "number", value }) as const;
    act("a", { do: "call", call: "cp_call", args: [number(endpoint!), at(0x100n)] });
    const entered = act("a", { do: "call", call: "sco_call", args: [number(object)] });
    expect(entered).toMatchObject({ kind: "entered", cvm: "b" });
    const domains = (name: string) =>
      view()
        .cvms.find((cvm) => cvm.name === name)
        ?.threads.filter(({ state }) => state !== "dead")
        .map((thread) => [thread.thread, ...thread.domains]);
    expect(domains("a")).toEqual([[0, "a", "b", "b"]]);
    return { ...world, own: own!, object, domains };
  }

  test("finds the state of the callee, in whose name the thread is there (I-103)", () => {
    const { call, objects } = inCallee(FOREVER);
    expect(objects()[0]!.bindings).toMatchObject([{ cvm: "b", inside: 1 }]);
    // What it is at home is nothing to the callee.
    expect(call("a", "thread_self")).toEqual([3n, 1n | (1n << 32n), 0n]);
    expect(call("a", "cp_call_return", 5n)[0]).toBe(minus("EPERM"));
    expect(call("a", "sco_return", 7n)[0]).toBe(8n);
    expect(call("a", "cp_call_return", 5n)[0]).toBe(5n);
  });

  test("is over with the endpoint that the thread has come through (I-72)", () => {
    const { call, own, object, domains, objects } = inCallee(FOREVER);
    expect(call("b", "cp_call_unregister", own)[0]).toBe(0n);
    expect(domains("a")).toEqual([[0, "a"]]);
    expect(domains("b")).toEqual([[0, "b"]]);
    expect(objects()[0]!.bindings).toMatchObject([{ inside: 0 }]);
    expect(call("b", "sco_unbind", object)[0]).toBe(0n);
  });

  test("goes on with the callee when its caller has given up, or is over (I-39, I-69)", () => {
    const ends = [
      { event: { do: "advance", ns: 100n }, left: [[0, "a"]] },
      { event: { do: "kill", cvm: "a" }, left: [] },
    ] as const;
    for (const { event, left } of ends) {
      const { call, event: happen, domains, objects } = inCallee(100n);
      happen(event);
      expect(domains("a")).toEqual(left);
      expect(domains("b")).toEqual([
        [0, "b"],
        [3, "b", "b"],
      ]);
      expect(objects()[0]!.bindings).toMatchObject([{ inside: 1 }]);
      expect(call("b.3", "sco_return", 7n)[0]).toBe(8n);
      expect(call("b.3", "cp_call_return", 5n)[0]).toBe(0n);
      expect(domains("b")).toEqual([[0, "b"]]);
    }
  });
});

test("what code writes in slices may lie in the states of its own cVM, and unmakes pointers there (I-11, I-99)", () => {
  const pointer = buildObject({
    functions: { nothing: RETURN },
    bss: 32,
    relocations: [[4, 2, 0, 16, 16, 0]],
  });
  const { adopt, loadAndBind, objects } = worldOf("a", "b");
  for (const cvm of ["a", "b"]) loadAndBind(cvm, pointer);
  const [ofA, ofB] = objects()[0]!.bindings;
  const bytes = Uint8Array.of(1, 2);
  expect(adopt("a", [{ address: ofA!.base + 15n, bytes }])).toEqual([]);
  expect(objects()[0]!.bindings.map(({ tags }) => tags)).toEqual([[], [0]]);
  expect(objects()[0]!.bindings[0]!.data.at(-1)!.bytes).toMatch(/0102$/);
  const refused = [ofB!.base, ofA!.base + 31n, objects()[0]!.base];
  for (const address of refused) expect(adopt("a", [{ address, bytes }])).toHaveLength(1);
  expect(objects()[0]!.bindings[1]!.tags).toEqual([0]);
});
