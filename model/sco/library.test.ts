import { describe, expect, test } from "vitest";
import { buildObject } from "./sample-object.ts";
import { minus, worldOf } from "./sample-world.ts";

const RETURN = "cjalr c0, 0(c1)";
const LIBRARY = 1n;
const object = buildObject({
  functions: {
    // Counts in its state, and stores the count where the client says, with the authority of the client.
    tell: `@cls c5 0 8
      ld x6, 0(c5)
      addi x6, x6, 1
      sd x6, 0(c5)
      sd.ddc x6, (x10)
      cspecialrw c7, ddc, c0
      cgetlen x10, c7
      ${RETURN}`,
    // What stands in the table for an object.
    look: `slli x10, x10, 4
      cincoffset c5, c26, x10
      lc c5, 0(c5)
      cgettag x10, c5
      ${RETURN}`,
    leave: `cspecialrw c0, ddc, c28
      addi x10, x0, 3
      ${RETURN}`,
  },
  bss: 16,
});
const [TELL, LOOK, LEAVE] = [0n, 1n, 2n];

describe("an object that a client has bound as a library", () => {
  test("runs in the domain of its client, with a state of its own there (5.5)", () => {
    const { call, load, view } = worldOf("a", "b");
    const handle = load("a", object);
    expect(call("a", "sco_bind", handle, LIBRARY)).toEqual([0n, 0n, 0n]);
    const { dataBase, size, codeSize } = view().cvms[0]!;
    const covered = BigInt(size - codeSize);
    expect(call("a", "sco_call", handle, TELL, dataBase + 0x100n)).toEqual([covered, 0n, 0n]);
    expect(call("a", "sco_call", handle, TELL, dataBase + 0x108n)[0]).toBe(covered);
    const { data: runs } = view().cvms[0]!;
    expect(runs).toContainEqual({ offset: 0x100, bytes: "01" });
    expect(runs).toContainEqual({ offset: 0x108, bytes: "02" });
    expect(view().objects[0]!.bindings).toMatchObject([{ cvm: "a", mode: "library", inside: 0 }]);
  });

  test("reaches nothing of others: their data, or what is beyond DDC (I-1, I-6)", () => {
    const { act, call, load, view } = worldOf("a", "b");
    const handle = load("a", object);
    call("a", "sco_bind", handle, LIBRARY);
    const [a, b] = view().cvms;
    const outOfBounds = [minus("EFAULT"), 0x1cn, (0x21n << 5n) | 1n];
    expect(call("a", "sco_call", handle, TELL, b!.dataBase)).toEqual(outOfBounds);
    act("a", {
      do: "narrow",
      address: { kind: "number", value: a!.dataBase },
      length: { kind: "number", value: 0x1000n },
    });
    expect(call("a", "sco_call", handle, TELL, a!.dataBase + 0x1000n)).toEqual(outOfBounds);
    expect(call("a", "sco_call", handle, TELL, a!.dataBase)).toEqual([0x1000n, 0n, 0n]);
    expect(view().cvms[1]!.data).toEqual([]);
  });

  test("leaves the DDC of its client as it was, and needs one that covers something", () => {
    const { act, call, load, view } = worldOf("a");
    const handle = load("a", object);
    call("a", "sco_bind", handle, LIBRARY);
    const { dataBase } = view().cvms[0]!;
    expect(call("a", "sco_call", handle, LEAVE)).toEqual([3n, 0n, 0n]);
    expect(call("a", "sco_call", handle, TELL, dataBase)[1]).toBe(0n);
    const nothing = { kind: "number", value: 0n } as const;
    act("a", { do: "narrow", address: { kind: "number", value: dataBase }, length: nothing });
    expect(call("a", "sco_call", handle, LEAVE)).toEqual([minus("EFAULT"), 0n, 0n]);
  });

  test("does not see the states of compartments; these see all states of their client (5.5)", () => {
    const { call, load, loadAndBind } = worldOf("a");
    const compartment = loadAndBind("a", buildObject({ functions: { nothing: RETURN }, bss: 32 }));
    const handle = load("a", object);
    expect(call("a", "sco_bind", handle, LIBRARY)[1]).toBe(1n);
    const seen = () => [0n, 1n, 2n].map((number) => call("a", "sco_call", handle, LOOK, number)[0]);
    expect(seen()).toEqual([0n, 1n, 0n]);
    call("a", "sco_unbind", handle);
    call("a", "sco_bind", handle);
    expect(seen()).toEqual([1n, 1n, 0n]);
    call("a", "sco_unbind", compartment);
    expect(seen()).toEqual([0n, 1n, 0n]);
  });

  test("calls nobody, and is called by its client alone", () => {
    const asks = buildObject({
      functions: { ask: `@import 0\n${RETURN}` },
      bss: 32,
      imports: ["client"],
      relocations: [[6, 2, 0, 0, 32, 0]],
    });
    const { call, load, loadAndBind } = worldOf("a");
    const other = loadAndBind("a", object);
    const handle = load("a", asks);
    expect(call("a", "sco_bind", handle, 2n)[0]).toBe(minus("EINVAL"));
    call("a", "sco_bind", handle, LIBRARY);
    expect(call("a", "sco_bind", handle, 0n)[0]).toBe(minus("EEXIST"));
    expect(call("a", "sco_import", handle, 0n, other, 0n)[0]).toBe(minus("EINVAL"));
    const entry = { kind: "at", cvm: null, part: "code", offset: 0x2000n } as const;
    expect(call("a", "sco_callback", handle, 0n, entry)[0]).toBe(minus("EINVAL"));
    expect(call("a", "sco_call", handle, 0n)).toEqual([minus("EFAULT"), 0x1cn, 0xc2n]);
    call("a", "sco_unbind", other);
    call("a", "sco_bind", other, LIBRARY);
    call("a", "sco_unbind", handle);
    call("a", "sco_bind", handle);
    expect(call("a", "sco_import", handle, 0n, other, 0n)[0]).toBe(minus("EINVAL"));
  });
});
