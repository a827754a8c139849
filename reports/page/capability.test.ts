import { describe, expect, test } from "vitest";
import type { Capability } from "../records.ts";
import { gainOf, gainText, isGain } from "./capability.ts";

const cap = (change: Partial<Capability> = {}): Capability => ({
  tag: true,
  address: "0x1000",
  base: "0x1000",
  top: "0x2000",
  perms: "0xf",
  otype: "0x3ffff",
  flags: "0x0",
  ...change,
});

describe("what is gained", () => {
  test("is nothing by what is the same, smaller, or untagged", () => {
    const smaller = cap({ base: "0x1800", perms: "0x3" });
    const untagged = cap({ tag: false, base: "0x0", perms: "0xffff" });
    for (const one of [cap(), smaller, untagged]) {
      expect(isGain(gainOf(one, cap()))).toBe(false);
      expect(gainText(gainOf(one, cap()))).toBe("");
    }
  });

  test("is what lies beyond either end", () => {
    expect(gainOf(cap({ base: "0xfff", top: "0x2001" }), cap()).ranges).toEqual([
      { low: 0xfffn, high: 0x1000n },
      { low: 0x2000n, high: 0x2001n },
    ]);
    expect(gainOf(cap({ base: "0x3000", top: "0x10000000000000000" }), cap()).ranges).toEqual([
      { low: 0x3000n, high: 1n << 64n },
    ]);
    expect(gainOf(cap({ base: "0x0", top: "0x10" }), cap()).ranges).toEqual([{ low: 0n, high: 0x10n }]);
  });

  test("is every permission that was not there", () => {
    expect(gainText(gainOf(cap({ perms: "0x1f" }), cap()))).toBe("permission load capability");
  });

  test("is everything where there was no tag", () => {
    const gain = gainOf(cap({ perms: "0x1" }), cap({ tag: false }));
    expect(gainText(gain)).toBe("its tag, addresses 0x1000 to 0x2000, permission global");
    const all = gainOf(cap({ perms: "0xffff" }), cap({ tag: false }));
    expect(gainText(all)).toBe("its tag, addresses 0x1000 to 0x2000, all permissions");
  });

  test("is being usable, where it was sealed", () => {
    expect(gainText(gainOf(cap(), cap({ otype: "0x5" })))).toBe("is no longer sealed");
    expect(isGain(gainOf(cap({ otype: "0x5" }), cap()))).toBe(false);
  });
});
