import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundsAt, exponentOf } from "../model/capability/bounds.ts";
import {
  bitsFromCapability,
  capabilityFromBits,
  capabilityFromMemory,
  memoryFromCapability,
  nullWithAddress,
} from "../model/capability/capability.ts";
import { format128 } from "../model/capability/format.ts";
import { held, pattern, range, root, toy, toyHeld, toyPatterns, word } from "./capability-samples.ts";

describe("encoding", () => {
  // Broken by losing a bit of the exponent on the way to memory.
  test("every pattern comes back from its bits as it was", () => {
    const changed = toyPatterns.filter((cap) => {
      const again = capabilityFromBits(toy, false, bitsFromCapability(toy, cap));
      return again.bounds !== cap.bounds || again.base !== cap.base || again.top !== cap.top;
    });
    expect(changed).toEqual([]);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), fc.boolean(), (bits, tag) => {
        const cap = capabilityFromBits(format128, tag, bits);
        expect(bitsFromCapability(format128, cap)).toBe(bits);
        expect(cap.tag).toBe(tag);
      }),
    );
  });

  // Broken by XORing only on the way to memory, or with root in the place of null.
  test("memory gives back what it was given", () => {
    fc.assert(
      fc.property(fc.oneof(pattern, held), (cap) => {
        expect(capabilityFromMemory(format128, cap.tag, memoryFromCapability(format128, cap))).toEqual(cap);
      }),
    );
  });

  // Broken by a null pattern with another exponent than null's.
  test("an integer in memory is the integer, and nothing else has a high word of zero", () => {
    fc.assert(
      fc.property(word, fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), (address, high) => {
        expect(memoryFromCapability(format128, nullWithAddress(format128, address))).toBe(address);
        const other = capabilityFromMemory(format128, false, (high << 64n) | address);
        expect(other).not.toEqual(nullWithAddress(format128, address));
      }),
    );
  });
});

describe("bounds", () => {
  const spaceEnd = toy.addressMask + 1n;

  // Broken by a greatest exponent that is one too small: root then covers half the space.
  test("root and null cover the whole address space, at every address", () => {
    fc.assert(
      fc.property(word, (address) => {
        const whole = { base: 0n, top: 2n ** 64n };
        expect(boundsAt(format128, root(format128).bounds, address)).toEqual(whole);
        expect(nullWithAddress(format128, address)).toMatchObject(whole);
      }),
    );
  });

  // Broken by dropping the correction of the top's highest bit.
  test("a held capability never has its base above its top, nor its top beyond the address space", () => {
    expect(toyHeld.filter(({ base, top }) => base > top || top > spaceEnd)).toEqual([]);
    fc.assert(
      fc.property(held, ({ base, top }) => {
        expect(base <= top && top <= 2n ** 64n).toBe(true);
      }),
    );
  });

  // The other half: every range that starts and ends where small lengths are exact can be held.
  test("every range shorter than a quarter of the mantissa can be held exactly", () => {
    const ranges = new Set(toyHeld.map(({ base, top }) => `${base} ${top}`));
    const longest = 2n ** (toy.mantissaBits - 2n) - 1n;
    for (const base of range(0n, toy.addressMask)) {
      for (const length of range(0n, longest)) {
        if (base + length <= spaceEnd) expect(ranges).toContain(`${base} ${base + length}`);
      }
    }
  });

  // Broken by comparing the low three bits in the place of the high three.
  test("bounds follow the address when it moves by many representable regions", () => {
    fc.assert(
      fc.property(pattern, (cap) => {
        fc.pre(exponentOf(format128, cap.bounds) < 50n);
        const { base, top } = boundsAt(format128, cap.bounds, cap.address ^ (1n << 63n));
        expect(base).toBe(cap.base ^ (1n << 63n));
        expect(BigInt.asUintN(63, top)).toBe(BigInt.asUintN(63, cap.top));
      }),
    );
  });
});
