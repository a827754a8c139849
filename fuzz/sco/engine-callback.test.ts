import { describe, expect, test } from "vitest";
import type { ThreadName } from "../../model/system-contract.ts";
import { CHAIN, counter, LOOP, many, SUM } from "./engine-samples.ts";
import { code, own, World } from "./engine-world.ts";

const A: ThreadName = { cvm: "a", thread: 0 };
const B: ThreadName = { cvm: "b", thread: 0 };
const [EPERM, EBADF, EFAULT, EBUSY, EINVAL, ETIMEDOUT] = [-1, -9, -14, -16, -22, -110];

const world = new World();
const objects = () => world.system.view().objects;

describe("a callback", () => {
  const callback = () => {
    world.begin("a", "b");
    const handle = world.bound(A, many);
    expect(world.value(A, "sco_callback", handle, 0, code(0x1000))).toBe(0);
    expect(world.call(A, "sco_call", handle, CHAIN, 5, 6)).toMatchObject({
      kind: "entered",
      cvm: "a",
      values: [5n, 6n, 0n, 0n, 0n, 0n, 1n << 32n, 0n],
    });
    return handle;
  };
  const domains = () => world.system.view().cvms[0]!.threads[0]!.domains;

  test("is a domain of the client's own, and goes back into the object", () => {
    const handle = callback();
    expect(domains()).toEqual(["a", "a"]);
    expect(world.value(A, "thread_exit", 0)).toBe(EPERM);
    expect(world.value(A, "cp_call_return", 0)).toBe(EPERM);
    expect(world.value(A, "sco_unbind", handle)).toBe(EBUSY);
    expect(world.value(A, "sco_call", handle, SUM, 1, 2)).toBe(3);
    expect(world.value(A, "sco_return", 100)).toBe(177);
    expect(domains()).toEqual(["a"]);
    expect(world.value(A, "sco_return", 100)).toBe(EPERM);
  });

  test("may call again, and be ended with its client", () => {
    const handle = callback();
    const second = world.bound(B, many);
    expect(world.call(A, "sco_call", handle, CHAIN)).toMatchObject({ kind: "entered" });
    expect(objects()[0]!.references).toBe(5);
    expect(world.value(A, "sco_return", 1)).toBe(78);
    world.happen({ do: "kill", cvm: "a" });
    expect(objects().map(({ references, bindings }) => [references, bindings.length])).toEqual([[2, 1]]);
    expect(world.value(B, "sco_call", second, SUM, 4)).toBe(4);
  });

  test("is refused outside the client's code", () => {
    const handle = callback();
    expect(world.value(A, "sco_callback", handle, 0, own(0))).toBe(EINVAL);
    expect(world.value(A, "sco_callback", handle, 0, code(0x1001))).toBe(EINVAL);
    expect(world.value(A, "sco_callback", handle, 1, code(0x1000))).toBe(EINVAL);
  });
});

describe("what ends", () => {
  const { probe } = world.system;
  const { objectsBase, objectsTop, ownBase, ownSize } = probe.places;
  const tagged = () => [
    ...probe.tagged(objectsBase, objectsTop - objectsBase),
    ...probe.tagged(ownBase, ownSize),
  ];

  test("leaves nothing behind: no entry, no state, no number", () => {
    world.begin("a", "b");
    const [first, second] = [world.bound(A, many), world.bound(A, counter)];
    world.value(A, "sco_import", first, 0, second, 0);
    world.value(A, "sco_call", first, CHAIN, 3);
    world.value(A, "sco_unbind", second);
    expect(world.values(A, "sco_call", first, CHAIN, 3)).toEqual([EFAULT, 28, 6 * 32 + 2]);
    expect(world.value(A, "sco_call", second, 0)).toBe(EBADF);
    world.value(A, "sco_bind", second);
    expect(world.value(A, "sco_call", second, 0, 1)).toBe(1001);
    for (const handle of [first, second]) {
      world.value(A, "sco_unbind", handle);
      world.value(A, "sco_close", handle);
    }
    expect(tagged()).toEqual([]);
    world.bound(B, counter);
    expect(objects()[0]!.number).toBe(0);
    world.happen({ do: "kill", cvm: "b" });
    expect(tagged()).toEqual([]);
    expect(probe.bytes(objectsBase, 0x10000).every((byte) => byte === 0)).toBe(true);
  });

  test("never harms an object, wherever in it or on the way a thread is stopped for good", () => {
    for (let steps = 1; steps < 360; steps += 7) {
      world.begin("a", "b");
      const [first, second] = [world.bound(A, many), world.bound(A, counter)];
      world.value(A, "sco_import", first, 0, second, 0);
      const other = world.bound(B, counter);
      world.set(A, "sco_call", first, CHAIN, 3);
      world.system.run(A, steps);
      world.happen({ do: "kill", cvm: "a" });
      expect(objects().map(({ bindings }) => bindings.map(({ cvm }) => cvm))).toEqual([["b"]]);
      expect(world.value(B, "sco_call", other, 0, 1)).toBe(1001);
    }
  });
});

describe("in slices", () => {
  test("a call comes to the same, wherever it is interrupted", () => {
    for (const piece of [1, 2, 3, 5, 37]) {
      world.begin("a");
      const [first, second] = [world.bound(A, many), world.bound(A, counter)];
      world.value(A, "sco_import", first, 0, second, 0);
      world.set(A, "sco_call", first, CHAIN, 3);
      const places = new Set<string | null>();
      let report = world.system.run(A, piece);
      while (report.end.kind === "preempted") {
        places.add(report.place);
        expect(report.ddc?.base).toBe(world.system.view().cvms[0]!.dataBase);
        report = world.system.run(A, piece);
      }
      expect(report.end).toEqual({ kind: "returned", values: [1080n, 0n, 0n] });
      expect([...places].sort()).toEqual(["code", "gate"]);
    }
  });

  test("an object that does not come back is ended", () => {
    world.begin("a");
    const handle = world.bound(A, many);
    world.set(A, "sco_call", handle, LOOP);
    let slices = 0;
    let report = world.system.run(A, 10_000);
    for (; report.end.kind === "preempted"; slices++) report = world.system.run(A, 10_000);
    expect(report.end).toMatchObject({ values: [BigInt.asUintN(64, BigInt(ETIMEDOUT)), 0n, 0n] });
    expect(slices).toBeLessThan(20);
  });

  test("an object can be unbound by another thread only while nobody is in it", () => {
    world.begin("a");
    const handle = world.bound(A, counter);
    const other = { cvm: "a", thread: world.value(A, "thread_create", code(0x1000), 0) };
    const outcomes = new Set<number>();
    for (let steps = 1; ; steps += 3) {
      world.set(A, "sco_call", handle, 0, 1);
      if (world.system.run(A, steps).end.kind !== "preempted") break;
      const answer = world.value(other, "sco_unbind", handle);
      outcomes.add(answer);
      let report = world.system.run(A, 1000);
      while (report.end.kind === "preempted") report = world.system.run(A, 1000);
      const expected = answer === 0 ? [EBADF, 1001] : [1001];
      const { values } = report.end as { values: readonly bigint[] };
      expect(expected).toContain(Number(BigInt.asIntN(64, values[0]!)));
      if (answer === EBUSY) world.value(other, "sco_unbind", handle);
      world.value(other, "sco_bind", handle);
    }
    expect([...outcomes].sort()).toEqual([EBUSY, 0]);
  });

  test("an object that is unbound is not entered by who was on the way there for the first time", () => {
    const outcomes = new Set<number>();
    for (let steps = 24; steps < 48; steps++) {
      world.begin("a");
      const handle = world.bound(A, counter);
      const other = { cvm: "a", thread: world.value(A, "thread_create", code(0x1000), 0) };
      world.set(A, "sco_call", handle, 0, 1);
      world.system.run(A, steps);
      const answer = world.value(other, "sco_unbind", handle);
      const value = BigInt.asUintN(64, answer === EBUSY ? 1001n : BigInt(EBADF));
      expect(world.system.run(A, 1000).end, `${steps}`).toMatchObject({ values: [value, 0n, 0n] });
      outcomes.add(answer);
    }
    expect([...outcomes].sort()).toEqual([EBUSY, 0]);
  });
});
