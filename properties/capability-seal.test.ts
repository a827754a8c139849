import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  incrementFast,
  withAddressExact,
  withAddressFast,
  withOffsetFast,
} from "../model/capability/address.ts";
import { type Format, format128 } from "../model/capability/format.ts";
import { andPerms, buildCap, setBounds, setBoundsExact, setFlags } from "../model/capability/narrow.ts";
import { permission } from "../model/capability/permission.ts";
import {
  hasReservedOtype,
  isSealed,
  sealEntry,
  sealWith,
  sealWithIfPossible,
  unseal,
  unsealWith,
} from "../model/capability/seal.ts";
import type { Capability } from "../model/contract.ts";
import { held, pattern, range, root, toy, word } from "./capability-samples.ts";

/** An authority that points at an object type, with its bounds around it. */
function authority(format: Format, type: bigint): Capability {
  return { ...root(format), address: type };
}

const ordinaryType = fc.bigInt({ min: 0n, max: 2n ** 18n - 5n });

describe("sealing", () => {
  // Broken by any instruction that forgets the seal of its source.
  test("a sealed capability cannot be changed, only unsealed", () => {
    fc.assert(
      fc.property(
        held,
        fc.bigInt({ min: 0n, max: 2n ** 18n - 2n }),
        word,
        held,
        (cap, otype, value, other) => {
          const sealed = { ...cap, otype };
          const changed = [
            incrementFast(format128, sealed, value),
            withAddressExact(format128, sealed, value),
            withAddressFast(format128, sealed, sealed.address),
            withOffsetFast(format128, sealed, value),
            setBounds(format128, sealed, value),
            setBoundsExact(format128, sealed, 0n),
            andPerms(format128, sealed, format128.permsMask),
            setFlags(format128, sealed, value),
            sealWith(format128, sealed, authority(format128, 1n)),
            buildCap(format128, sealed, { ...other, tag: false }),
          ];
          expect(changed.map(({ tag }) => tag)).toEqual(changed.map(() => false));
        },
      ),
    );
  });

  // The other half: the same changes of the same capability, unsealed, are allowed.
  test("the same capability without its seal can be changed", () => {
    fc.assert(
      fc.property(held, (cap) => {
        const changed = [
          incrementFast(format128, cap, 0n),
          withAddressExact(format128, cap, cap.address),
          andPerms(format128, cap, format128.permsMask),
          setFlags(format128, cap, cap.flags),
        ];
        expect(changed).toEqual(changed.map(() => cap));
      }),
    );
  });

  // Broken by an authority test that looks at the permission and not at the seal, tag or bounds.
  test("sealing keeps the tag exactly under a tagged, unsealed authority in bounds that may seal", () => {
    fc.assert(
      fc.property(held, anyAuthority(permission.seal), (cap, by) => {
        const allowed =
          by.tag && by.otype === format128.otypeMask && (by.perms & permission.seal) !== 0n && isPointing(by);
        expect(sealWith(format128, cap, by)).toEqual({
          ...cap,
          otype: by.address & format128.otypeMask,
          tag: allowed && by.address <= 2n ** 18n - 5n,
        });
      }),
    );
  });

  // Broken by unsealing with a greater or equal type in the place of an equal one.
  test("unsealing undoes sealing under an authority for just that type, and under no other", () => {
    fc.assert(
      fc.property(held, ordinaryType, ordinaryType, (cap, type, other) => {
        const sealed = sealWith(format128, cap, authority(format128, type));
        expect(isSealed(format128, sealed)).toBe(true);
        expect(unsealWith(format128, sealed, authority(format128, type))).toEqual(cap);
        expect(unsealWith(format128, sealed, authority(format128, other)).tag).toBe(other === type);
      }),
    );
  });

  // Broken by keeping Global under an authority without it: a local capability would leave its domain.
  test("unsealing never grants Global that the authority lacks", () => {
    fc.assert(
      fc.property(held, ordinaryType, (cap, type) => {
        const by = authority(format128, type);
        const local = { ...by, perms: by.perms & ~permission.global };
        const result = unsealWith(format128, sealWith(format128, cap, by), local);
        expect(result).toEqual({ ...cap, perms: cap.perms & ~permission.global });
      }),
    );
  });

  // Broken by testing the reserved types against a constant that is off by one.
  test("the four greatest types, and only they, are reserved: no authority seals or unseals with them", () => {
    for (const type of range(0n, toy.otypeMask)) {
      const isReserved = type > toy.otypeMask - 4n;
      const by = authority(toy, type);
      const sealed = { ...root(toy), otype: type };
      expect(hasReservedOtype(toy, sealed)).toBe(isReserved);
      expect(sealWith(toy, root(toy), by).tag).toBe(!isReserved);
      expect(unsealWith(toy, sealed, by).tag).toBe(!isReserved);
    }
  });
});

describe("ccseal", () => {
  // Broken by clearing the tag where the instruction has to pass its source on.
  test("either passes its source on unchanged or does what cseal does", () => {
    fc.assert(
      fc.property(held, fc.boolean(), anyAuthority(permission.seal), (given, sealed, by) => {
        const cap = sealed ? sealEntry(format128, given) : given;
        const passes = !by.tag || sealed || !isPointing(by) || by.address === 2n ** 64n - 1n;
        const expected = passes ? cap : sealWith(format128, cap, by);
        expect(sealWithIfPossible(format128, cap, by)).toEqual(expected);
      }),
    );
  });
});

describe("sentries", () => {
  test("sealing as a sentry changes only the type, and unsealing gives back what was sealed", () => {
    fc.assert(
      fc.property(held, (cap) => {
        const sentry = sealEntry(format128, cap);
        expect(sentry).toEqual({ ...cap, otype: 2n ** 18n - 2n });
        expect(unseal(format128, sentry)).toEqual(cap);
      }),
    );
  });

  // Broken by treating a sentry as an ordinary type.
  test("no authority unseals a sentry", () => {
    fc.assert(
      fc.property(held, word, (cap, address) => {
        const by = { ...root(format128), address };
        expect(unsealWith(format128, sealEntry(format128, cap), by).tag).toBe(false);
        const exact = { ...root(format128), address: 2n ** 18n - 2n };
        expect(unsealWith(format128, sealEntry(format128, cap), exact).tag).toBe(false);
      }),
    );
  });
});

/** Authorities that fit, and ones that almost fit: one flaw in a few. */
function anyAuthority(needed: bigint): fc.Arbitrary<Capability> {
  const fitting = fc
    .tuple(
      ordinaryType,
      fc.constantFrom("none", "tag", "seal", "permission", "below", "above", "large", "all"),
    )
    .map(([type, flaw]): Capability => {
      const by = { ...authority(format128, type), base: type, top: type + 1n };
      if (flaw === "tag") return { ...by, tag: false };
      if (flaw === "seal") return sealEntry(format128, by);
      if (flaw === "permission") return { ...by, perms: by.perms & ~needed };
      if (flaw === "below") return { ...by, base: type + 1n, top: type + 2n };
      if (flaw === "above") return { ...by, base: 0n, top: type };
      if (flaw === "large") return authority(format128, 2n ** 18n - 4n + (type & 7n));
      return flaw === "all" ? authority(format128, 2n ** 64n - 1n) : by;
    });
  return fc.oneof(fitting, held, pattern);
}

function isPointing({ address, base, top }: Capability): boolean {
  return address >= base && address < top;
}
