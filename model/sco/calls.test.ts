import { describe, expect, test } from "vitest";
import { buildObject } from "./sample-object.ts";
import { code, data, minus, worldOf } from "./sample-world.ts";

const RETURN = "cjalr c0, 0(c1)";
/** Adds x0 to a counter that begins with 5, and gives the sum. */
const counter = buildObject({
  functions: {
    add: `@cls c5 0 8
      ld x6, 0(c5)
      add x10, x10, x6
      sd x10, 0(c5)
      ${RETURN}`,
  },
  init: Uint8Array.from({ length: 16 }, (_, at) => (at === 0 ? 5 : 0)),
});

describe("a call", () => {
  test("finds the state of the client that calls, and of no other (I-99, I-103)", () => {
    const { call, loadAndBind, objects } = worldOf("a", "b");
    const [ofA, ofB] = [loadAndBind("a", counter), loadAndBind("b", counter)];
    expect(call("a", "sco_call", ofA, 0n, 1n)).toEqual([6n, 0n, 0n]);
    expect(call("a", "sco_call", ofA, 0n, 10n)).toEqual([16n, 0n, 0n]);
    expect(call("b", "sco_call", ofB, 0n, 3n)).toEqual([8n, 0n, 0n]);
    expect(objects()).toHaveLength(1);
    expect(objects()[0]!.bindings.map(({ cvm, data }) => [cvm, data])).toEqual([
      ["a", [{ offset: 0, bytes: "10" }]],
      ["b", [{ offset: 0, bytes: "08" }]],
    ]);
  });

  test("finds the same state from all threads of the client, whenever they were made (I-104)", () => {
    const { call, loadAndBind } = worldOf("a");
    expect(call("a", "thread_create", code(0x2000n), 0n)[0]).toBe(1n);
    const handle = loadAndBind("a", counter);
    expect(call("a", "thread_create", code(0x2000n), 0n)[0]).toBe(2n);
    const sums = ["a.1", "a.2", "a"].map((thread) => call(thread, "sco_call", handle, 0n, 1n)[0]);
    expect(sums).toEqual([6n, 7n, 8n]);
  });

  test("reaches what pointers in the state lead to, and they are gone once written over (I-11, I-112)", () => {
    const pointers = buildObject({
      functions: {
        follow: `@cls c5 0 48
          lc c6, 0(c5)
          ld x7, 0(c6)
          lc c8, 16(c5)
          ld x9, 0(c8)
          addi x7, x7, 1
          sd x7, 0(c6)
          add x10, x7, x9
          ${RETURN}`,
        overwrite: `@cls c5 0 48
          sb x10, 0(c5)
          ${RETURN}`,
      },
      rodata: Uint8Array.from({ length: 16 }, (_, at) => (at === 8 ? 100 : 0)),
      init: Uint8Array.from({ length: 48 }, (_, at) => (at === 40 ? 7 : 0)),
      relocations: [
        [4, 2, 0, 32, 16, 8],
        [5, 2, 16, 0, 16, 8],
      ],
    });
    const { call, loadAndBind, objects } = worldOf("a", "b");
    const [ofA, ofB] = [loadAndBind("a", pointers), loadAndBind("b", pointers)];
    expect(call("a", "sco_call", ofA, 0n)[0]).toBe(108n);
    expect(call("a", "sco_call", ofA, 0n)[0]).toBe(109n);
    expect(call("b", "sco_call", ofB, 0n)[0]).toBe(108n);
    expect(objects()[0]!.bindings.map(({ tags }) => tags)).toEqual([
      [0, 16],
      [0, 16],
    ]);
    expect(call("a", "sco_call", ofA, 1n, 0n)[0]).toBe(0n);
    expect(objects()[0]!.bindings.map(({ tags }) => tags)).toEqual([[16], [0, 16]]);
    expect(call("a", "sco_call", ofA, 0n)).toEqual([minus("EFAULT"), 0x1cn, (6n << 5n) | 2n]);
    expect(call("b", "sco_call", ofB, 0n)[0]).toBe(109n);
  });

  test("reads shared data through its pool, and jumps to its own functions (I-95)", () => {
    const tables = buildObject({
      functions: {
        first: `@pool c5 0
          ld x10, 0(c5)
          ${RETURN}`,
        through: `@pool c5 1
          cjalr c0, 0(c5)`,
        store: `@pool c5 0
          sd x10, 0(c5)
          ${RETURN}`,
      },
      pool: [{ target: 16, size: 16, addend: 0 }, "first"],
      rodata: Uint8Array.from({ length: 32 }, (_, at) => (at === 16 ? 77 : 0)),
    });
    const { call, loadAndBind } = worldOf("a");
    const handle = loadAndBind("a", tables);
    expect(call("a", "sco_call", handle, 0n)).toEqual([77n, 0n, 0n]);
    expect(call("a", "sco_call", handle, 1n)).toEqual([77n, 0n, 0n]);
    expect(call("a", "sco_call", handle, 2n)).toEqual([minus("EFAULT"), 0x1cn, (5n << 5n) | 0x13n]);
  });

  test("has the client's buffer, all of it and nothing beside it (I-51)", () => {
    const fill = buildObject({
      functions: {
        last: `cincoffset c5, c27, x14
          sb x10, -1(c5)
          addi x10, x14, 0
          ${RETURN}`,
        beyond: `cincoffset c5, c27, x14
          sb x10, 0(c5)
          ${RETURN}`,
      },
    });
    const { call, loadAndBind, act } = worldOf("a");
    const handle = loadAndBind("a", fill);
    const at = (offset: bigint) =>
      act("a", { do: "load", address: { kind: "at", cvm: null, part: "data", offset }, size: 1 });
    expect(call("a", "sco_call", handle, 0n, 9n, 0n, 0n, 0n, data(0x101n), 7n)[0]).toBe(7n);
    expect(at(0x107n)).toEqual({ kind: "returned", values: [9n, 0n, 0n] });
    const [error, cause, value] = call("a", "sco_call", handle, 1n, 9n, 0n, 0n, 0n, data(0x101n), 7n);
    expect([error, cause, value]).toEqual([minus("EFAULT"), 0x1cn, (5n << 5n) | 1n]);
    // No buffer, no capability.
    expect(call("a", "sco_call", handle, 1n)[2]).toBe((5n << 5n) | 2n);
    // Bounds that would be rounded are refused before those beyond DDC.
    expect(call("a", "sco_call", handle, 0n, 0n, 0n, 0n, 0n, data(1n), 0x2000n)[0]).toBe(minus("EINVAL"));
    expect(call("a", "sco_call", handle, 0n, 0n, 0n, 0n, 0n, 8n, 8n)[0]).toBe(minus("EFAULT"));
  });

  test("finds nothing of its caller's in registers, and may use no system register (I-26, I-27)", () => {
    const others = [5, 3, 4, 6, 7, 8, 9, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 27, 28, 29, 30, 31];
    const seen = others.map((one) => `or x10, x10, x${one}\ncgettag x5, c${one}\nor x10, x10, x5`);
    const look = buildObject({
      functions: {
        registers: `${seen.join("\n")}
          cspecialrw c5, ddc, c0
          cgettag x5, c5
          or x10, x10, x5
          ${RETURN}`,
        system: "cspecialrw c5, mtcc, c0",
        environment: "ecall",
      },
    });
    const { call, loadAndBind } = worldOf("a");
    const handle = loadAndBind("a", look);
    expect(call("a", "sco_call", handle, 0n)).toEqual([0n, 0n, 0n]);
    expect(call("a", "sco_call", handle, 1n)).toEqual([minus("EFAULT"), 0x1cn, (0x3cn << 5n) | 0x18n]);
    expect(call("a", "sco_call", handle, 2n)).toEqual([minus("EFAULT"), 11n, 0n]);
  });

  test("that goes on for too long ends, and one that ends a step before that does not (I-39)", () => {
    const loop = buildObject({
      functions: { count: `loop:\naddi x10, x10, -1\nbne x10, x0, loop\n${RETURN}`, forever: "cjal c0, .+0" },
    });
    const { call, loadAndBind } = worldOf("a");
    const handle = loadAndBind("a", loop);
    expect(call("a", "sco_call", handle, 0n, 2047n)).toEqual([0n, 0n, 0n]);
    expect(call("a", "sco_call", handle, 0n, 2048n)).toEqual([minus("ETIMEDOUT"), 0n, 0n]);
    expect(call("a", "sco_call", handle, 1n)).toEqual([minus("ETIMEDOUT"), 0n, 0n]);
  });

  test("of what is not bound, or not exported, is refused (I-102)", () => {
    const { call, load } = worldOf("a", "b");
    const handle = load("a", counter);
    expect(call("a", "sco_call", handle, 0n)[0]).toBe(minus("EBADF"));
    call("a", "sco_bind", handle);
    expect(call("a", "sco_call", handle, 1n)[0]).toBe(minus("EINVAL"));
    expect(call("b", "sco_call", handle, 0n)[0]).toBe(minus("EBADF"));
    expect(call("a", "sco_call", handle + 1n, 0n)[0]).toBe(minus("EBADF"));
  });

  test("cannot store a capability anywhere (I-13, I-106)", () => {
    const keep = buildObject({
      functions: { state: `@cls c5 0 16\nsc c1, 0(c5)`, stack: "sc c1, -16(c2)" },
      bss: 16,
    });
    const { call, loadAndBind } = worldOf("a");
    const handle = loadAndBind("a", keep);
    expect(call("a", "sco_call", handle, 0n)).toEqual([minus("EFAULT"), 0x1cn, (5n << 5n) | 0x15n]);
    expect(call("a", "sco_call", handle, 1n)).toEqual([minus("EFAULT"), 0x1cn, (2n << 5n) | 0x15n]);
  });
});

describe("the stack of objects", () => {
  const push = buildObject({
    functions: {
      push: `ld x5, -8(c2)
        sd x10, -8(c2)
        addi x10, x5, 0
        ${RETURN}`,
      below: `cgetbase x5, c2
        cgetaddr x6, c2
        sub x10, x6, x5
        ${RETURN}`,
    },
  });

  test("is zero for each call of a client (I-99)", () => {
    const { call, loadAndBind } = worldOf("a");
    const handle = loadAndBind("a", push);
    expect(call("a", "sco_call", handle, 0n, 4n)[0]).toBe(0n);
    expect(call("a", "sco_call", handle, 0n, 5n)[0]).toBe(0n);
    expect(call("a", "sco_call", handle, 1n)[0]).toBe(1024n);
  });

  test("is for another object what the first has left below its pointer (I-109)", () => {
    const outer = buildObject({
      functions: { outer: `cincoffsetimm c2, c2, -24\n@import 0\n${RETURN}` },
      bss: 32,
      imports: ["inner"],
      relocations: [[6, 2, 0, 0, 32, 0]],
    });
    const { call, loadAndBind } = worldOf("a");
    const [first, second] = [loadAndBind("a", outer), loadAndBind("a", push)];
    expect(call("a", "sco_import", first, 0n, second, 1n)[0]).toBe(0n);
    expect(call("a", "sco_call", first, 0n)[0]).toBe(1024n - 32n);
  });
});

describe("imports", () => {
  /** Adds x0 to its own counter, and passes the sum on to its import. */
  const chain = buildObject({
    functions: {
      pass: `@cls c5 32 8
        ld x6, 0(c5)
        add x10, x10, x6
        sd x10, 0(c5)
        @import 0
        ${RETURN}`,
    },
    bss: 48,
    imports: ["next"],
    relocations: [[6, 2, 0, 0, 32, 0]],
  });

  test("lead where the client has put them, for itself alone (I-103, I-109)", () => {
    const { call, loadAndBind, objects } = worldOf("a", "b");
    const ofA = [loadAndBind("a", chain), loadAndBind("a", counter)] as const;
    const ofB = [loadAndBind("b", chain), loadAndBind("b", counter)] as const;
    // An import that leads nowhere traps.
    expect(call("a", "sco_call", ofA[0], 0n, 1n)).toEqual([minus("EFAULT"), 0x1cn, (6n << 5n) | 2n]);
    expect(call("a", "sco_import", ofA[0], 0n, ofA[1], 0n)).toEqual([0n, 0n, 0n]);
    expect(call("a", "sco_call", ofA[0], 0n, 1n)[0]).toBe(7n);
    expect(call("a", "sco_call", ofA[0], 0n, 1n)[0]).toBe(10n);
    expect(call("b", "sco_call", ofB[0], 0n, 1n)[0]).toBe(minus("EFAULT"));
    expect(call("b", "sco_call", ofB[1], 0n, 1n)[0]).toBe(6n);
    // What stands in the place of an import is shown as a tag and not as bytes.
    expect(objects()[0]!.bindings.map(({ tags, data }) => [tags, data.map(({ offset }) => offset)])).toEqual([
      [[0, 16], [32]],
      [[], [32]],
    ]);
  });

  test("are refused where there is no place for them", () => {
    const { call, loadAndBind, load } = worldOf("a");
    const [first, second] = [loadAndBind("a", chain), loadAndBind("a", counter)];
    const unbound = load("a", buildObject({ functions: { nothing: RETURN } }));
    expect(call("a", "sco_import", first, 1n, second, 0n)[0]).toBe(minus("EINVAL"));
    expect(call("a", "sco_import", first, 0n, second, 1n)[0]).toBe(minus("EINVAL"));
    expect(call("a", "sco_import", second, 0n, first, 0n)[0]).toBe(minus("EINVAL"));
    expect(call("a", "sco_import", first, 0n, unbound, 0n)[0]).toBe(minus("ENOENT"));
    expect(call("a", "sco_import", first, 0n, 99n, 9n)[0]).toBe(minus("EBADF"));
    expect(call("a", "sco_callback", first, 0n, 8n)[0]).toBe(minus("EINVAL"));
    expect(call("a", "sco_callback", first, 0n, code(0x101n))[0]).toBe(minus("EINVAL"));
    expect(call("a", "sco_callback", unbound, 0n, code(0x100n))[0]).toBe(minus("ENOENT"));
  });

  test("may lead in a circle, as deep as there is room for (I-33, I-109)", () => {
    const { call, loadAndBind, objects } = worldOf("a", "b");
    const other = buildObject({
      functions: { pass: `addi x10, x10, 100\n@import 0\n${RETURN}` },
      bss: 32,
      imports: ["next"],
      relocations: [[6, 2, 0, 0, 32, 0]],
    });
    const [first, second] = [loadAndBind("a", chain), loadAndBind("a", other)];
    call("a", "sco_import", first, 0n, second, 0n);
    call("a", "sco_import", second, 0n, first, 0n);
    // The ninth does not begin: the eighth has the error as the result, and so have all below it.
    expect(call("a", "sco_call", first, 0n, 1n)[0]).toBe(minus("ELOOP"));
    // The first was in four times, with one counter: 1, 102, 304, 708.
    expect(objects()[0]!.bindings[0]!.data).toEqual([{ offset: 32, bytes: "c402" }]);
    const alone = loadAndBind("b", chain);
    expect(call("b", "sco_import", alone, 0n, alone, 0n)[0]).toBe(0n);
    expect(call("b", "sco_call", alone, 0n, 1n)[0]).toBe(minus("ELOOP"));
  });

  test("are gone when what they lead to is unbound (I-106)", () => {
    const { call, loadAndBind } = worldOf("a");
    const [first, second] = [loadAndBind("a", chain), loadAndBind("a", counter)];
    call("a", "sco_import", first, 0n, second, 0n);
    expect(call("a", "sco_unbind", second)).toEqual([0n, 0n, 0n]);
    expect(call("a", "sco_call", first, 0n, 1n)).toEqual([minus("EFAULT"), 0x1cn, (6n << 5n) | 2n]);
    // Bound again the object begins anew, and the import is still nowhere (I-105).
    call("a", "sco_bind", second);
    expect(call("a", "sco_call", second, 0n, 0n)[0]).toBe(5n);
    expect(call("a", "sco_call", first, 0n, 1n)[0]).toBe(minus("EFAULT"));
  });
});
