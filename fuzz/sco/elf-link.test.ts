import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { verify as verifyImpl } from "../../impl/sco/verifier.ts";
import { authority, bytesOfCapability, over } from "../../model/sco/capabilities.ts";
import { enter } from "../../model/sco/execution.ts";
import { relocateShared, relocateState } from "../../model/sco/relocation.ts";
import { zeroedStack } from "../../model/sco/stack.ts";
import { verify } from "../../model/sco/verification.ts";
import { BadInput } from "../bad-input.ts";
import { linkUnits } from "./link.ts";
import { unitsOf } from "./link-units.ts";

function link(...names: readonly string[]): Uint8Array {
  const inputs = names.map((name) => ({ file: name, bytes: readFileSync(`corpora/elf/${name}`) }));
  return linkUnits(unitsOf(inputs), "out.obj");
}

/** The functions of an object for a client of its own, on the reference, without a system around it. */
function callable(bytes: Uint8Array): (name: string, ...args: readonly bigint[]) => bigint {
  const verdict = verify(bytes);
  if (!verdict.ok) throw new Error(`reason ${verdict.reason}`);
  const file = verdict.object;
  const shared = relocateShared(file, 3, 0x8400_0000n);
  const object = { number: 3, hash: "", file, ...shared, bindings: [] };
  let state = relocateState(file, 0x8480_0000n, shared.rodata);
  return (name, ...args) => {
    const entry = bytesOfCapability(over(state.base, BigInt(state.bytes.length), authority.state));
    const binding = { client: { slot: 0, generation: 0 }, mode: "compartment", state, entry } as const;
    const client = { bound: [{ object, binding }], shared: null, mayCallBack: false, framesBelow: 0 };
    const number = file.exports.findIndex((one) => one.name === name);
    const run = enter(client, {
      object: 3,
      export: number,
      args: [args[0] ?? 0n, 0n, 0n, 0n],
      buffer: { base: 0n, size: 0n },
      ddc: null,
      stackTop: zeroedStack.base + 1024n,
    });
    if (run.end.kind !== "returned")
      throw new Error(`${name}: ${JSON.stringify(run.end, (_, one) => `${one}`)}`);
    state = run.states.get(3)!;
    return run.end.value;
  };
}

describe("an assembled source as an object", () => {
  test("counts, sums, and reads through pointers of its state, its text and its read-only data", () => {
    const source = { file: "counter.s", bytes: readFileSync("corpora/sco/counter.s") };
    const call = callable(linkUnits(unitsOf([source]), "out.obj"));
    expect([call("count", 10n), call("count", 4n), call("total")]).toEqual([6n, 7n, 14n]);
    // "T" of Tuesday, and one for the tag of a function.
    expect([call("day", 1n), call("day", 10n)]).toEqual([85n, 88n]);
  });
});

describe("compiled code as an object", () => {
  test.each(["counters.o", "counters-compressed.o"])(
    "%s counts, sums and weighs as its C source says",
    (name) => {
      const call = callable(link(name));
      expect(call("count", 7n)).toBe(1n);
      expect(call("count", 5n)).toBe(2n);
      expect(call("total")).toBe(112n);
      expect(call("weigh", 12n)).toBe(7n * 12n);
      expect(call("again", 11n)).toBe(7n * 12n);
      expect(call("weigh", 31n)).toBe(19n * 31n);
      expect(call("asked")).toBe(3n);
      call("reset");
      expect([call("asked"), call("total"), call("count", 0n)]).toEqual([0n, 0n, 1n]);
    },
  );

  test("two clients have each a state of their own", () => {
    const file = link("counters.o");
    const [one, other] = [callable(file), callable(file)];
    expect([one("count", 1n), one("count", 1n), other("count", 1n)]).toEqual([1n, 2n, 1n]);
  });

  test.each(["checksum.o", "checksum-compressed.o"])(
    "%s has a loop, a table in its state and a stack frame",
    (name) => {
      const call = callable(link(name));
      expect(BigInt.asUintN(32, call("checksum", 0x3837363534333231n))).toBe(0x9ae0daafn);
      expect(BigInt.asUintN(32, call("checksum", 0n))).toBe(0x6522df69n);
    },
  );

  test("two files make one object", () => {
    const file = link("counters.o", "checksum.o");
    expect(verifyImpl(file)).toBe(0);
    const call = callable(file);
    expect(call("count", 1n)).toBe(1n);
    expect(BigInt.asUintN(32, call("checksum", 0n))).toBe(0x6522df69n);
  });

  test.each([
    [1, ".text+0x8 (address): leaves an address in a0"],
    [2, ".text+0x4 (call): keeps or changes its return address"],
    [3, ".text+0x0 (load): loads from x10, which holds a number"],
    [4, ".data.rel.local+0x0: relocation of type 2 for first: an address in data has 8 bytes here"],
    [5, "(keep): stores an address"],
    [6, "objects have no thread-local data"],
    [7, ".rodata+0x0: relocation of type 35"],
    [8, ".init_array: nothing runs before the first call of an object"],
    [9, "(read): large: expected 1 to 4095 bytes at most 2047 from the start of the state, found 16000"],
  ])("what cannot be shared is refused with a reason: %i", (number, reason) => {
    expect(() => link(`unshared-${number}.o`)).toThrow(reason);
  });

  test("an address that nothing holds is refused", () => {
    const bytes = Uint8Array.from(readFileSync("corpora/elf/counters.o"));
    // The register of the first instruction.
    bytes[0x41] = 0;
    expect(() => unitsOf([{ file: "x.o", bytes }])).toThrow("x.o: .text+0x0 (count): expected a register");
  });

  test("a file that is cut anywhere, or has a byte changed, is linked or refused, and nothing else", () => {
    const bytes = readFileSync("corpora/elf/counters.o");
    const outcomes = { linked: 0, refused: 0 };
    const attempt = (changed: Uint8Array) => {
      try {
        const file = linkUnits(unitsOf([{ file: "x.o", bytes: changed }]), "out.obj");
        // What is linked is an object, whatever the file was.
        expect(verifyImpl(file)).toBe(0);
        outcomes.linked++;
      } catch (error) {
        if (!(error instanceof BadInput)) throw error;
        outcomes.refused++;
      }
    };
    for (let size = 4; size < bytes.length; size += 37) attempt(bytes.subarray(0, size));
    for (let at = 4; at < bytes.length; at += 9) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1 << (at % 8);
      attempt(changed);
    }
    expect(outcomes.linked).toBeGreaterThan(50);
    expect(outcomes.refused).toBeGreaterThan(100);
  });
});
