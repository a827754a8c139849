import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alignmentMask, boundsRounded, representableLength } from "../model/capability/bounds.ts";
import { format128 } from "../model/capability/format.ts";
import { toy, toyAddresses, word } from "./capability-samples.ts";

const toySpace = toy.addressMask + 1n;

/** What crrl says, with the whole address space in the place of the 0 it wraps to. */
function toyRounded(length: bigint): bigint {
  const rounded = representableLength(toy, length);
  return rounded === 0n && length !== 0n ? toySpace : rounded;
}

describe("crrl", () => {
  // Broken by rounding down, and by adding one unit too many.
  test("is the least length, not below the one asked for, that is exact from an address of zero", () => {
    for (const length of toyAddresses) {
      let least = length;
      while (!boundsRounded(toy, 0n, least).exact) least++;
      expect(toyRounded(length)).toBe(least);
    }
  });

  // Broken by a mask that is one bit too short for lengths just below a power of two.
  test("changes nothing the second time", () => {
    fc.assert(
      fc.property(word, (length) => {
        const once = representableLength(format128, length);
        expect(representableLength(format128, once)).toBe(once);
        expect(once === 0n || once >= length).toBe(true);
      }),
    );
  });

  // The other half: it does not round what needs no rounding.
  test("keeps exactly the lengths that are exact from an address of zero", () => {
    fc.assert(
      fc.property(word, (length) => {
        const kept = representableLength(format128, length) === length;
        expect(kept).toBe(boundsRounded(format128, 0n, length).exact);
      }),
    );
  });
});

describe("cram", () => {
  // Broken by taking the mask of the length before rounding makes it one bit longer.
  test("aligning the base with it and rounding the length with crrl makes bounds exact", () => {
    const inexact = toyAddresses.flatMap((length) =>
      toyAddresses.filter((address) => {
        const base = address & alignmentMask(toy, length);
        const top = base + toyRounded(length);
        return top <= toySpace && !boundsRounded(toy, base, top).exact;
      }),
    );
    expect(inexact).toEqual([]);
    fc.assert(
      fc.property(word, word, (address, length) => {
        const base = address & alignmentMask(format128, length);
        const top = base + representableLength(format128, length);
        fc.pre(top <= 2n ** 64n);
        expect(boundsRounded(format128, base, top).exact).toBe(true);
      }),
    );
  });

  // The other half: a mask of zeros would make everything exact.
  test("demands no more alignment than some length of that size needs", () => {
    for (const length of toyAddresses) {
      const mask = alignmentMask(toy, length);
      if (mask === toy.addressMask) continue;
      const looser = (mask >> 1n) | (1n << (toy.addressBits - 1n));
      const rounded = toyRounded(length);
      const bases = toyAddresses.filter((base) => (base & ~looser) === 0n && base + rounded <= toySpace);
      const isEnough = bases.every((base) => boundsRounded(toy, base, base + rounded).exact);
      expect({ length, isEnough: isEnough && rounded < toySpace && bases.length > 1 }).toEqual({
        length,
        isEnough: false,
      });
    }
  });

  test("is ones above zeros, and all ones for every length that is exact everywhere", () => {
    fc.assert(
      fc.property(word, (length) => {
        const zeros = alignmentMask(format128, length) ^ format128.addressMask;
        expect(zeros & (zeros + 1n)).toBe(0n);
        if (length < 2n ** 12n) expect(zeros).toBe(0n);
      }),
    );
  });
});
