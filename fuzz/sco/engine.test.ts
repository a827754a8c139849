import { describe, expect, test } from "vitest";
import { eachTagged } from "../../impl/intravisor/probe.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { ThreadName } from "../../model/system-contract.ts";
import { BEYOND, CHAIN, counter, FAR, LOOP, many, SEEN, STACKLESS, SUM, TOUCH } from "./engine-samples.ts";
import { objectOf, own, World } from "./engine-world.ts";

const A: ThreadName = { cvm: "a", thread: 0 };
const B: ThreadName = { cvm: "b", thread: 0 };
const [ENOENT, EBADF, EFAULT, EEXIST, EINVAL, ENOEXEC] = [-2, -9, -14, -17, -22, -8];
const [ENOMEM, ENOSPC, ELOOP, ETIMEDOUT] = [-12, -28, -40, -110];
const SIZE_MAX = 2n ** 64n - 1n;

const world = new World();
const objects = () => world.system.view().objects;

/** Numbers of the registers of a thread that hold capabilities. */
function held(by: ThreadName): number[] {
  const found: number[] = [];
  const thread = world.system.probe
    .threads()
    .find(({ cvm, number }) => cvm === by.cvm && number === by.thread)!;
  eachTagged(thread.context, (register) => found.push(register));
  return found;
}

describe("objects", () => {
  test("are there once for all, and their state once for each client", () => {
    world.begin("a", "b");
    const [a, b] = [world.bound(A, counter), world.bound(B, counter)];
    expect([1, 2, 3].map(() => world.value(A, "sco_call", a, 0, 1))).toEqual([1001, 1002, 1003]);
    expect(world.value(B, "sco_call", b, 0, 5)).toBe(1005);
    expect(objects().map(({ number, references }) => [number, references])).toEqual([[0, 4]]);
    expect(objects()[0]!.bindings.map(({ cvm, data }) => [cvm, data[0]!.bytes])).toEqual([
      ["a", "eb03"],
      ["b", "ed03"],
    ]);
  });

  test("are known by their bytes: found by the hash, made again only once they are gone", () => {
    world.begin("a", "b");
    const a = world.load(A, counter);
    const { hash } = objects()[0]!;
    world.take(B, { do: "place", address: own(0), bytes: hash });
    const b = world.value(B, "sco_lookup", own(0));
    expect(world.value(A, "sco_close", a)).toBe(0);
    expect(world.value(B, "sco_lookup", own(64))).toBe(ENOENT);
    expect(objects()).toHaveLength(1);
    expect(world.value(B, "sco_close", b)).toBe(0);
    expect(objects()).toHaveLength(0);
    expect(world.value(B, "sco_lookup", own(0))).toBe(ENOENT);
  });

  test("are refused for the first reason there is", () => {
    world.begin("a");
    expect(world.value(A, "sco_create", own(0x1f000), 0x2000)).toBe(EFAULT);
    expect(world.value(A, "sco_create", own(0), 1n << 40n)).toBe(EFAULT);
    expect(world.values(A, "sco_create", own(0), 0)).toEqual([ENOEXEC, 1, 0]);
    const broken = counter.slice();
    broken[broken.length - 20 - "count".length + 1] = 9;
    expect(world.load(A, broken)).toBe(ENOEXEC);
    expect(objects()).toHaveLength(0);
    expect(world.value(A, "sco_bind", 0x10000)).toBe(EBADF);
    const handles = Array.from({ length: 9 }, () => world.load(A, counter));
    expect(handles.at(-1)).toBe(ENOSPC);
    expect(objects()[0]!.references).toBe(8);
  });

  test("are bound once, as far as the budget goes", () => {
    world.begin("a");
    const big = (seed: number) =>
      objectOf(`.export f\n.text\nf: ret\n.data\n.8byte ${seed}\n.bss\n.zero 65520\n`);
    const handles = [1, 2, 3, 4, 5].map((seed) => world.load(A, big(seed)));
    expect(handles.map((handle) => world.value(A, "sco_bind", handle))).toEqual([0, 0, 0, 0, ENOMEM]);
    expect(world.value(A, "sco_bind", handles[0]!)).toBe(EEXIST);
    expect(world.value(A, "sco_unbind", handles[0]!)).toBe(0);
    expect(world.value(A, "sco_unbind", handles[0]!)).toBe(ENOENT);
    expect(world.values(A, "sco_bind", handles[4]!)).toEqual([0, 4, 0]);
  });
});

describe("a call into an object", () => {
  test("takes four arguments and a buffer, and gives one value back", () => {
    world.begin("a");
    const handle = world.bound(A, many);
    expect(world.values(A, "sco_call", handle, SUM, 1, 2, 4, 8)).toEqual([15, 0, 0]);
    world.take(A, { do: "store", address: own(64), size: 8, value: { kind: "number", value: 7n } });
    expect(world.value(A, "sco_call", handle, TOUCH, 0, 9, 0, 0, own(64), 40)).toBe(47);
    expect(world.take(A, { do: "load", address: own(64), size: 8 })).toMatchObject({ values: [9n, 0n, 0n] });
  });

  test("shows the object nothing else of its client, and the client nothing of the object", () => {
    world.begin("a");
    const handle = world.bound(A, many);
    world.value(A, "time");
    const before = held(A);
    expect(world.value(A, "sco_call", handle, SEEN, 1, 2, 3, 4)).toBe(1024);
    expect(held(A)).toEqual(before);
  });

  test("is refused for the first reason there is", () => {
    world.begin("a");
    const handle = world.load(A, many);
    expect(world.value(A, "sco_call", handle, SUM)).toBe(EBADF);
    world.value(A, "sco_bind", handle);
    expect(world.value(A, "sco_call", handle + 0x10000, SUM)).toBe(EBADF);
    expect(world.value(A, "sco_call", handle, 8)).toBe(EINVAL);
    expect(world.value(A, "sco_call", handle, SIZE_MAX)).toBe(EINVAL);
    const buffer = (at: number, size: number | bigint) =>
      world.value(A, "sco_call", handle, SUM, 0, 0, 0, 0, own(at), size);
    expect([buffer(0, 4097), buffer(8, SIZE_MAX), buffer(0x1f000, 0x2000), buffer(-8, 16)]).toEqual([
      EINVAL,
      EINVAL,
      EFAULT,
      EFAULT,
    ]);
    expect(world.value(A, "cp_file_pread", handle, 0, own(0), 8)).toBe(EBADF);
  });

  test("that traps tells the client why; one that does not end is ended", () => {
    world.begin("a");
    const handle = world.bound(A, many);
    expect(world.values(A, "sco_call", handle, BEYOND, 0, 0, 0, 0, own(0), 12)).toEqual([
      EFAULT,
      28,
      27 * 32 + 1,
    ]);
    expect(world.values(A, "sco_call", handle, BEYOND)).toEqual([EFAULT, 28, 27 * 32 + 2]);
    expect(world.values(A, "sco_call", handle, CHAIN)).toEqual([EFAULT, 28, 6 * 32 + 2]);
    expect(world.values(A, "sco_call", handle, FAR)).toEqual([EFAULT, 28, 32 + 2]);
    expect(world.values(A, "sco_call", handle, LOOP)).toEqual([ETIMEDOUT, 0, 0]);
    expect(world.value(A, "sco_call", handle, SUM, 1, 1)).toBe(2);
  });

  test("may lead on to another object, to the same one, and no deeper than there are frames", () => {
    world.begin("a");
    const [first, second] = [world.bound(A, many), world.bound(A, counter)];
    expect(world.value(A, "sco_import", first, 0, second, 0)).toBe(0);
    expect(world.value(A, "sco_call", first, CHAIN, 3)).toBe(1003 + 77);
    expect(world.value(A, "sco_call", second, 0, 1)).toBe(1004);
    world.value(A, "sco_import", first, 0, first, CHAIN);
    expect(world.value(A, "sco_call", first, CHAIN)).toBe(ELOOP + 8 * 77);
    expect(world.values(A, "sco_call", first, STACKLESS)).toEqual([EFAULT, 28, 2 * 32 + 2]);
    expect(world.value(A, "sco_import", first, 0, second, 1)).toBe(EINVAL);
    expect(world.value(A, "sco_import", first, 1, second, 0)).toBe(EINVAL);
    world.value(A, "sco_unbind", second);
    expect(world.value(A, "sco_import", first, 0, second, 0)).toBe(ENOENT);
  });

  test("is what it is, whatever a client's own code holds and asks for", () => {
    world.begin("a");
    const handle = world.bound(A, many);
    const { places } = world.system.probe;
    const view = world.system.view().cvms[0]!;
    const store = Number(view.base) + view.codeSize - places.storeSize;
    const [entry, half] = [store + places.entryPlace * places.pairBytes, store + places.handlesAt];
    const by = (before: string) =>
      assembleProgram(
        `lui x5, ${entry >>> 12}
        slli x5, x5, 32
        srli x5, x5, 32
        addi x6, x5, ${entry & 0xfff}
        lui x7, 1
        add x7, x7, x5
        addi x7, x7, ${(half & 0xfff) - 0x1000}
        cspecialrw c8, pcc, c0
        csetaddr c9, c8, x6
        lc.cap c28, (c9)
        csetaddr c9, c8, x7
        lc.cap c31, (c9)
        auipc x1, 0
        addi x1, x1, ${4 * (before.split("\n").length + 4)}
        ${before}
        cmove c5, c31
        cinvoke c28, c5`,
        { capabilityMode: false },
      ).words;
    expect(handle).toBe(0x10000);
    const refused = world.take(A, { do: "body", words: by("addi x11, x0, -1") });
    expect(refused).toEqual({ kind: "returned", values: [BigInt.asUintN(64, -22n), 0n, 0n] });
    // A half that is sealed is no buffer, and code is none to write to.
    expect(world.take(A, { do: "body", words: by("addi x11, x0, 1\ncmove c7, c28") })).toMatchObject({
      values: [BigInt.asUintN(64, -14n), 28n, 27n * 32n + 2n],
    });
    expect(world.take(A, { do: "body", words: by("addi x11, x0, 1\ncmove c7, c8") })).toMatchObject({
      values: [BigInt.asUintN(64, -14n), 28n, 27n * 32n + 0x13n],
    });
    expect(world.value(A, "sco_call", handle, SUM, 1, 1)).toBe(2);
  });
});
