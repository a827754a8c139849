import { describe, expect, test } from "vitest";
import type { ThreadName } from "../../model/system-contract.ts";
import { code, objectOf, own, World } from "./engine-world.ts";

const A: ThreadName = { cvm: "a", thread: 0 };
const B: ThreadName = { cvm: "b", thread: 0 };
/** What goes on in b when the call has lost its caller. */
const LEFT: ThreadName = { cvm: "b", thread: 3 };
const PATIENCE = 50n;
const EPERM = -1;

/** Its second export keeps something on its stack while it calls back. */
const object = objectOf(`.export sum
.export ask
.import client
.text
sum: add a0, a0, a1
  ret
ask: cmove c18, c1
  cls c5, hook
  lc c6, 0(c5)
  lc c7, 16(c5)
  addi s4, x0, 77
  cincoffsetimm c2, c2, -32
  sd s4, 0(c2)
  auipcc c1, 0
  cincoffsetimm c1, c1, 12
  cinvoke c6, c7
  ld s4, 0(c2)
  add a0, a0, s4
  cjalr c0, 0(c18)
.data
hook: .importslot client
`);
const [SUM, ASK] = [0, 1];

const world = new World();

function store(by: ThreadName, offset: number, value: bigint): void {
  world.take(by, { do: "store", address: own(offset), size: 8, value: { kind: "number", value } });
}

/** a and b have the object, and a can call b, for so long as it has patience. */
function begin(): { readonly endpoint: number; readonly a: number; readonly b: number } {
  world.begin("a", "b");
  store(B, 0, 0x6bn);
  store(B, 16, 1n << 32n);
  world.value(B, "cp_call_register", own(0), 1, code(0x1000), 0, 2, own(16), 1);
  store(A, 0, 0x6bn);
  store(A, 0x200 + 72, PATIENCE);
  const endpoint = world.value(A, "cp_call_open", own(0), 1);
  const [a, b] = [world.bound(A, object), world.bound(B, object)];
  for (const [by, handle] of [
    [A, a],
    [B, b],
  ] as const)
    world.value(by, "sco_callback", handle, 0, code(0x1000));
  return { endpoint, a, b };
}

const wait = () => world.happen({ do: "advance", ns: PATIENCE });
const domains = ({ cvm, thread }: ThreadName) =>
  world.system.view().cvms.find(({ name }) => name === cvm)?.threads[thread]?.domains;

describe("a callee whose caller waits no longer", () => {
  test("keeps its objects and what they have on their stack; the caller keeps its own", () => {
    const { endpoint, a, b } = begin();
    world.call(A, "sco_call", a, ASK);
    world.call(A, "cp_call", endpoint, own(0x200));
    world.call(A, "sco_call", b, ASK);
    world.call(A, "sco_call", b, ASK);
    expect(domains(A)).toEqual(["a", "a", "b", "b", "b"]);
    wait();
    expect([domains(A), domains(LEFT)]).toEqual([
      ["a", "a"],
      ["b", "b", "b"],
    ]);
    expect(world.value(LEFT, "sco_call", b, SUM, 40, 2)).toBe(42);
    expect(world.value(A, "sco_return", 1)).toBe(78);
    expect([1, 2, 3].map((value) => world.value(LEFT, "sco_return", value))).toEqual([78, 79, EPERM]);
    expect(world.value(LEFT, "cp_call_return", 0)).toBe(0);
    expect(world.value(A, "sco_return", 1)).toBe(EPERM);
  });

  test("goes on in them when the caller is over", () => {
    const { endpoint, a, b } = begin();
    world.call(A, "sco_call", a, ASK);
    world.call(A, "cp_call", endpoint, own(0x200));
    world.call(A, "sco_call", b, ASK);
    world.happen({ do: "kill", cvm: "a" });
    expect(world.value(LEFT, "sco_return", 5)).toBe(82);
    const [left] = world.system.view().objects;
    expect(left!.bindings.map(({ cvm, inside }) => [cvm, inside])).toEqual([["b", 0]]);
    // Who has never been is not taken for one who has something.
    const threads = world.system.probe.threads().filter(({ cvm }) => cvm === "b");
    expect(threads.map(({ number, objectPage }) => [number, objectPage !== 0])).toEqual([
      [0, false],
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  test("may be anywhere in an object, or on its way there or back", () => {
    for (let steps = 1; ; steps += 2) {
      const { endpoint, b } = begin();
      world.call(A, "cp_call", endpoint, own(0x200));
      world.set(A, "sco_call", b, SUM, 40, 2);
      if (world.system.run(A, steps).end.kind !== "preempted") break;
      wait();
      let report = world.system.run(LEFT, 1000);
      while (report.end.kind === "preempted") report = world.system.run(LEFT, 1000);
      expect(report.end).toEqual({ kind: "returned", values: [42n, 0n, 0n] });
      expect(world.value(LEFT, "sco_call", b, SUM, 1, 1)).toBe(2);
    }
  });

  test("leaves them when its endpoint is, in the middle of a callback", () => {
    const { endpoint, a, b } = begin();
    world.call(A, "sco_call", a, ASK);
    world.call(A, "cp_call", endpoint, own(0x200));
    world.call(A, "sco_call", b, ASK);
    world.call(A, "sco_call", b, ASK);
    expect(world.value(B, "cp_call_unregister", 0x10000)).toBe(0);
    expect([domains(A), domains(LEFT)]).toEqual([["a", "a"], undefined]);
    expect(world.value(A, "sco_return", 1)).toBe(78);
    expect(world.system.view().objects[0]!.bindings.map(({ inside }) => inside)).toEqual([0, 0]);
  });

  test("leaves its objects when it is over itself, and the caller is told", () => {
    const { endpoint, a, b } = begin();
    world.call(A, "sco_call", a, ASK);
    world.call(A, "cp_call", endpoint, own(0x200));
    world.call(A, "sco_call", b, ASK);
    world.happen({ do: "kill", cvm: "b" });
    expect(domains(A)).toEqual(["a", "a"]);
    expect(world.value(A, "sco_call", a, SUM, 1, 2)).toBe(3);
    expect(world.value(A, "sco_return", 1)).toBe(78);
    expect(world.system.view().objects.map(({ references }) => references)).toEqual([2]);
  });
});
