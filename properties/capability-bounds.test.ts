import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundsAt, boundsRounded, exponentOf } from "../model/capability/bounds.ts";
import { format128 } from "../model/capability/format.ts";
import { setBounds, setBoundsExact } from "../model/capability/narrow.ts";
import { sealEntry } from "../model/capability/seal.ts";
import type { Capability } from "../model/contract.ts";
import {
  held,
  pattern,
  request,
  toy,
  toyAddresses,
  toyHeld,
  toyPatterns,
  word,
} from "./capability-samples.ts";

const toySpace = toy.addressMask + 1n;

/** Every request that a held toy capability covers: a length from its address. */
const toyRequests: readonly { source: Capability; length: bigint }[] = toyHeld
  .filter(({ address, base, top }) => address >= base && address <= top)
  .flatMap((source) => {
    const longest = source.top - source.address;
    const lengths = toyAddresses.filter((length) => length <= longest);
    return lengths.map((length) => ({ source, length }));
  });

describe("csetbounds", () => {
  // Broken by computing the old top from the address in the place of the base, or by rounding the top down.
  test("the result contains the request and lies inside the source", () => {
    const wrong = toyRequests.filter(({ source, length }) => {
      const { base, top } = setBounds(toy, source, length);
      const contains = base <= source.address && top >= source.address + length;
      return !contains || base < source.base || top > source.top;
    });
    expect(toyRequests.length).toBeGreaterThan(10_000);
    expect(wrong).toEqual([]);
    fc.assert(
      fc.property(request, ({ source, length }) => {
        const { base, top } = setBounds(format128, source, length);
        expect(base <= source.address && top >= source.address + length).toBe(true);
        expect(base >= source.base && top <= source.top).toBe(true);
      }),
    );
  });

  // Broken by taking an exponent that is one too large.
  test("the result is the least range that any encoding can give", () => {
    for (const base of toyAddresses) {
      const ranges = toyPatterns.filter((cap) => cap.address === base && isOrdered(cap));
      for (let top = base; top <= toySpace; top++) {
        const result = boundsAt(toy, boundsRounded(toy, base, top).field, base);
        const covering = ranges.filter((range) => range.base <= base && range.top >= top);
        const least = Math.min(...covering.map((range) => Number(range.top - range.base)));
        expect(Number(result.top - result.base)).toBe(least);
      }
    }
  });

  // Broken by leaving the tag of a request that begins below the base, or ends above the top.
  test("the tag stays exactly when the source is tagged, unsealed and covers the request", () => {
    const isCovered = ({ address, base, top }: Capability, length: bigint) =>
      address >= base && address + length <= top;
    const wrong = toyHeld.filter((source) =>
      [0n, 1n, 7n, 30n].some((length) => setBounds(toy, source, length).tag !== isCovered(source, length)),
    );
    expect(wrong).toEqual([]);
    fc.assert(
      fc.property(fc.oneof(held, pattern), word, fc.boolean(), (given, length, sealed) => {
        const source = sealed ? sealEntry(format128, given) : given;
        const isUnsealed = source.otype === format128.otypeMask;
        const expected = source.tag && isUnsealed && isCovered(source, length);
        expect(setBounds(format128, source, length).tag).toBe(expected);
      }),
    );
  });

  // Broken by an exponent chosen from the base.
  test("narrowing never takes a larger exponent", () => {
    const grown = toyRequests.filter(({ source, length }) => {
      return exponentOf(toy, setBounds(toy, source, length).bounds) > exponentOf(toy, source.bounds);
    });
    expect(grown).toEqual([]);
  });

  // Broken by an encoder that does not keep the bits of T that the decoder reads.
  test("asking again for the present bounds changes nothing", () => {
    const changed = toyHeld.filter((cap) => {
      if (cap.address !== cap.base || cap.top - cap.base > toy.addressMask) return false;
      const again = setBoundsExact(toy, cap, cap.top - cap.base);
      return !again.tag || again.bounds !== cap.bounds;
    });
    expect(changed).toEqual([]);
    fc.assert(
      fc.property(request, ({ source, length }) => {
        const once = setBounds(format128, source, length);
        fc.pre(once.address === once.base);
        expect(setBoundsExact(format128, once, once.top - once.base)).toEqual(once);
      }),
    );
  });
});

describe("csetboundsexact", () => {
  // Broken by ignoring the exact flag, and by setting it when only the base was rounded.
  test("the tag stays exactly when the bounds are those asked for", () => {
    const wrong = toyRequests.filter(({ source, length }) => {
      const result = setBoundsExact(toy, source, length);
      const isExact = result.base === source.address && result.top === source.address + length;
      return result.tag !== isExact;
    });
    expect(wrong).toEqual([]);
    fc.assert(
      fc.property(request, ({ source, length }) => {
        const result = setBoundsExact(format128, source, length);
        expect(result.tag).toBe(result.base === source.address && result.top === source.address + length);
      }),
    );
  });

  // The other half: a machine that rounds everything away would satisfy the law above.
  test("lengths shorter than a quarter of the mantissa are exact", () => {
    fc.assert(
      fc.property(request, ({ source, length }) => {
        fc.pre(length < 2n ** 12n);
        expect(setBoundsExact(format128, source, length).tag).toBe(true);
      }),
    );
  });

  // It rounds as csetbounds does: only the tag differs.
  test("differs from csetbounds in nothing but the tag", () => {
    fc.assert(
      fc.property(fc.oneof(held, pattern), word, (source, length) => {
        const { tag: _, ...exact } = setBoundsExact(format128, source, length);
        expect(setBounds(format128, source, length)).toMatchObject(exact);
      }),
    );
  });
});

function isOrdered({ base, top }: Capability): boolean {
  return base <= top && top <= toySpace;
}
