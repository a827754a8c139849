import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { format128 } from "../model/capability/format.ts";
import { andPerms, setFlags } from "../model/capability/narrow.ts";
import { permission, permits, permsFromShown, permsShown } from "../model/capability/permission.ts";
import { held, pattern, range, word } from "./capability-samples.ts";

describe("candperm", () => {
  // Safety: whatever the operands, the result holds nothing its source lacked. Broken by OR, or by replacing.
  test("never grants a permission, a tag or an unsealing", () => {
    fc.assert(
      fc.property(fc.oneof(held, pattern), word, (source, mask) => {
        const result = andPerms(format128, source, permsFromShown(mask));
        expect(result.perms & ~source.perms).toBe(0n);
        expect(result.tag && !source.tag).toBe(false);
        expect(result.otype).toBe(source.otype);
      }),
    );
  });

  // Its other half: a machine that drops everything is safe too.
  test("keeps exactly the permissions that both operands name, and all else", () => {
    fc.assert(
      fc.property(held, fc.bigInt({ min: 0n, max: 0xffffn }), (source, kept) => {
        const result = andPerms(format128, source, permsFromShown(permsShown(kept)));
        expect(result).toEqual({ ...source, perms: source.perms & kept });
      }),
    );
  });
});

describe("permissions as they are shown", () => {
  // Broken by user permissions shown from bit 12, where they are encoded.
  test("every set of permissions is read back from what is shown, and bits 14:12 show zero", () => {
    for (const perms of range(0n, 0xffffn)) {
      const shown = permsShown(perms);
      if (permsFromShown(shown) !== perms || (shown & 0x7000n) !== 0n) throw new Error(`perms ${perms}`);
    }
    expect(permsShown(0xffffn)).toBe(0x78fffn);
  });

  test("bits that show no permission are ignored", () => {
    fc.assert(
      fc.property(word, (mask) => {
        expect(permsFromShown(mask)).toBe(permsFromShown(mask & 0x78fffn));
      }),
    );
  });

  test("a capability permits a set exactly when it has each of its bits", () => {
    const bits = Object.values(permission);
    fc.assert(
      fc.property(held, fc.subarray(bits), (cap, wanted) => {
        const all = wanted.reduce((set, bit) => set | bit, 0n);
        expect(permits(cap, all)).toBe(wanted.every((bit) => (cap.perms & bit) !== 0n));
      }),
    );
  });
});

describe("csetflags", () => {
  // Broken by writing more bits than the format has.
  test("keeps bit 0 of the operand and nothing else of it", () => {
    fc.assert(
      fc.property(held, word, (cap, flags) => {
        expect(setFlags(format128, cap, flags)).toEqual({ ...cap, flags: flags & 1n });
      }),
    );
  });
});
