import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rootCapability } from "../model/capability/index.ts";
import { areEqual } from "../model/capability/narrow.ts";
import { permission, permits, permsFromShown, permsShown } from "../model/capability/permission.ts";

describe("permissions as they are shown", () => {
  // Broken by user permissions shown from bit 12, where they are encoded.
  test("every set of permissions is read back from what is shown, and bits 14:12 show zero", () => {
    for (let perms = 0n; perms <= 0xffffn; perms++) {
      const shown = permsShown(perms);
      if (permsFromShown(shown) !== perms || (shown & 0x7000n) !== 0n) throw new Error(`perms ${perms}`);
    }
    expect(permsShown(0xffffn)).toBe(0x78fffn);
  });

  test("bits that show no permission are ignored", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (mask) => {
        expect(permsFromShown(mask)).toBe(permsFromShown(mask & 0x78fffn));
      }),
    );
  });

  test("a capability permits a set exactly when it has each of its bits", () => {
    const bits = Object.values(permission);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 0xffffn }), fc.subarray(bits), (perms, wanted) => {
        const all = wanted.reduce((set, bit) => set | bit, 0n);
        const expected = wanted.every((bit) => (perms & bit) !== 0n);
        expect(permits({ ...rootCapability, perms }, all)).toBe(expected);
      }),
    );
  });
});

describe("cseqx", () => {
  // Broken by leaving out any field.
  test("two capabilities are equal exactly when tag and every encoded field are", () => {
    const changes = [
      { tag: false },
      { address: 1n },
      { bounds: rootCapability.bounds ^ 1n },
      { perms: 1n },
      { otype: 1n },
      { flags: 1n },
      { reserved: 1n },
    ];
    expect(areEqual(rootCapability, { ...rootCapability })).toBe(true);
    for (const change of changes)
      expect(areEqual(rootCapability, { ...rootCapability, ...change })).toBe(false);
  });
});
