import { describe, expect, test } from "vitest";
import { buildObject } from "./sample-object.ts";
import { code, data, minus, worldOf } from "./sample-world.ts";

const RETURN = "cjalr c0, 0(c1)";
/** Pushes x0, adds 1 to its counter, calls its import with six integers, and gives x0 plus what comes back. */
const caller = buildObject({
  functions: {
    ask: `sd x10, -8(c2)
      cincoffsetimm c2, c2, -16
      @cls c5 32 8
      ld x6, 0(c5)
      addi x6, x6, 1
      sd x6, 0(c5)
      addi x11, x0, 11
      addi x12, x0, 12
      addi x13, x0, 13
      addi x14, x0, 14
      addi x15, x0, 15
      @import 0
      ld x6, 8(c2)
      add x10, x10, x6
      ${RETURN}`,
    count: `@cls c5 32 8
      ld x10, 0(c5)
      ${RETURN}`,
    trap: "ebreak",
  },
  bss: 48,
  imports: ["client"],
  relocations: [[6, 2, 0, 0, 32, 0]],
});

/** A client in the middle of a callback. */
function calledBack() {
  const world = worldOf("a", "b");
  const handle = world.loadAndBind("a", caller);
  const ask = () =>
    world.act("a", {
      do: "call",
      call: "sco_call",
      args: [handle, 0n, 5n].map((value) => ({ kind: "number", value })),
    });
  expect(world.call("a", "sco_callback", handle, 0n, code(0x2000n))).toEqual([0n, 0n, 0n]);
  const outcome = ask();
  const domains = () => world.view().cvms.find(({ name }) => name === "a")!.threads[0]!.domains;
  return { ...world, handle, ask, outcome, domains };
}

describe("a callback", () => {
  test("takes the thread to its client, and sco_return back into the object (I-30)", () => {
    const { call, outcome, domains, objects } = calledBack();
    expect(outcome).toEqual({
      kind: "entered",
      cvm: "a",
      values: [5n, 11n, 12n, 13n, 14n, 15n, 1n << 32n, 0n],
    });
    expect(domains()).toEqual(["a", "a"]);
    expect(objects()[0]).toMatchObject({ references: 3, bindings: [{ inside: 1 }] });
    expect(call("a", "sco_return", 100n)).toEqual([105n, 0n, 0n]);
    expect(domains()).toEqual(["a"]);
    expect(objects()[0]).toMatchObject({ references: 2, bindings: [{ inside: 0 }] });
    expect(call("a", "sco_return", 0n)[0]).toBe(minus("EPERM"));
  });

  test("may call objects itself, below the stack of those that wait (I-109)", () => {
    const { call, loadAndBind, ask, handle, domains, objects } = calledBack();
    const look = buildObject({
      functions: {
        look: `cgetbase x5, c2\ncgetaddr x6, c2\nsub x10, x6, x5\nsd x10, -8(c2)\n${RETURN}`,
      },
    });
    expect(call("a", "sco_call", loadAndBind("a", look), 0n)[0]).toBe(1024n - 16n);
    // The object that waits is called again, and has its state as it left it.
    expect(call("a", "sco_call", handle, 1n)[0]).toBe(1n);
    expect(ask()).toMatchObject({ kind: "entered" });
    expect(domains()).toEqual(["a", "a", "a"]);
    // A thread is inside once.
    expect(objects()[0]).toMatchObject({ references: 3, bindings: [{ inside: 1 }] });
    // A trap ends what the callback has called, and no more.
    expect(call("a", "sco_call", handle, 2n)).toEqual([minus("EFAULT"), 3n, expect.anything()]);
    expect(call("a", "sco_return", 1n)[0]).toBe(6n);
    expect(call("a", "sco_return", 2n)[0]).toBe(7n);
    expect(call("a", "sco_call", handle, 1n)[0]).toBe(2n);
  });

  test("is one of eight domains that a thread can be in (I-33)", () => {
    const { call, ask, domains } = calledBack();
    for (let depth = 2; depth < 8; depth++) expect(ask()).toMatchObject({ kind: "entered" });
    expect(domains()).toHaveLength(8);
    // The object has the error where the result would be.
    expect(ask()).toMatchObject({ kind: "returned", values: [minus("ELOOP") + 5n, 0n, 0n] });
    for (let depth = 8; depth > 1; depth--) expect(call("a", "sco_return", 0n)[0]).toBe(5n);
  });

  test("ends by its own return only (I-31)", () => {
    const { call, handle } = calledBack();
    expect(call("a", "thread_exit", 0n)[0]).toBe(minus("EPERM"));
    expect(call("a", "cp_call_return", 0n)[0]).toBe(minus("EPERM"));
    expect(call("a", "exception_return", code(0x100n))[0]).toBe(minus("EPERM"));
    expect(call("a", "sco_unbind", handle)[0]).toBe(minus("EBUSY"));
    expect(call("a", "thread_self")[0]).toBe(0n);
  });

  test("that faults ends the cVM, handler or not", () => {
    const { act, call, view, objects } = calledBack();
    call("a", "exception_register", code(0x100n));
    expect(act("a", { do: "load", address: { kind: "number", value: 0n }, size: 8 })).toMatchObject({
      kind: "faulted",
    });
    expect(view().cvms[0]).toMatchObject({ name: "a", state: "quarantine" });
    expect(objects()).toEqual([]);
  });

  test("sees what the client stores in the buffer while it waits", () => {
    const echo = buildObject({
      functions: { echo: `@import 0\nld x10, 0(c27)\n${RETURN}` },
      bss: 32,
      imports: ["client"],
      relocations: [[6, 2, 0, 0, 32, 0]],
    });
    const { act, call, loadAndBind } = worldOf("a");
    const handle = loadAndBind("a", echo);
    call("a", "sco_callback", handle, 0n, code(0x2000n));
    const number = (value: bigint) => ({ kind: "number", value }) as const;
    const address = data(0x100n) as Extract<ReturnType<typeof data>, object>;
    const args = [handle, 0n, 0n, 0n, 0n, 0n].map(number);
    act("a", { do: "call", call: "sco_call", args: [...args, address, number(8n)] });
    act("a", { do: "store", address, size: 8, value: number(42n) });
    expect(call("a", "sco_return", 0n)[0]).toBe(42n);
  });
});

describe("objects that wait", () => {
  test("go with their client, and leave the object sound for others (I-108)", () => {
    const { loadAndBind, call, event, objects } = calledBack();
    const ofB = loadAndBind("b", caller);
    expect(objects()[0]!.references).toBe(5);
    event({ do: "kill", cvm: "a" });
    expect(objects()[0]).toMatchObject({ references: 2, bindings: [{ cvm: "b", inside: 0 }] });
    expect(call("b", "sco_call", ofB, 1n)[0]).toBe(0n);
    event({ do: "kill", cvm: "b" });
    expect(objects()).toEqual([]);
  });

  test("have no way any more into what their client unbinds meanwhile (I-106)", () => {
    // Keeps the pair of its second import over the callback, then invokes it.
    const keeper = buildObject({
      functions: {
        late: `@cls c19 32 32
          lc c20, 0(c19)
          lc c21, 16(c19)
          @import 0
          cmove c22, c1
          auipcc c1, 0
          cincoffsetimm c1, c1, 12
          cinvoke c20, c21
          cjalr c0, 0(c22)`,
      },
      bss: 64,
      imports: ["client", "other"],
      relocations: [
        [6, 2, 0, 0, 32, 0],
        [6, 2, 32, 1, 32, 0],
      ],
    });
    const other = buildObject({ functions: { six: `addi x10, x0, 6\n${RETURN}` } });
    const { call, act, loadAndBind } = worldOf("a");
    const [first, second] = [loadAndBind("a", keeper), loadAndBind("a", other)];
    call("a", "sco_callback", first, 0n, code(0x2000n));
    call("a", "sco_import", first, 1n, second, 0n);
    const start = () => act("a", { do: "call", call: "sco_call", args: [{ kind: "number", value: first }] });
    expect(start().kind).toBe("entered");
    expect(call("a", "sco_return", 0n)[0]).toBe(6n);
    expect(start().kind).toBe("entered");
    expect(call("a", "sco_unbind", second)[0]).toBe(0n);
    expect(call("a", "sco_return", 0n)).toEqual([minus("EFAULT"), 0x1cn, (21n << 5n) | 2n]);
  });
});
