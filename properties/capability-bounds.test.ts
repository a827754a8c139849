import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bitsOf, fieldsOf, lawFormat, toyFormat } from "../fuzz/oracle/law/format.ts";
import { enclosing, exponentRead, rangeRead, regionAround } from "../fuzz/oracle/law/reading.ts";
import {
  incrementFast,
  isIncrementFast,
  isRepresentableFast,
  moved,
  withAddressExact,
  withOffsetFast,
} from "../model/capability/address.ts";
import {
  alignmentMask,
  boundsAt,
  boundsRounded,
  exponentOf,
  representableLength,
} from "../model/capability/bounds.ts";
import {
  bitsFromCapability,
  capabilityFromBits,
  capabilityFromMemory,
  memoryFromCapability,
  nullWithAddress,
} from "../model/capability/capability.ts";
import { formatFromWidths } from "../model/capability/format.ts";
import { range } from "./capability-samples.ts";

/** Three exponents below those whose region is the whole address space, and each half of the exponent in use. */
const reading = lawFormat("eight bits", { ...toyFormat.widths, address: 8, mantissa: 5, exponent: 4 });
const format = formatFromWidths(reading.widths);
const addresses = range(0n, reading.addressMask);
const fields = range(0n, reading.boundsMask);

// The reading that laws judge by is written apart from the model: it searches where the model computes.
describe("bounds of eight-bit addresses, all of them", () => {
  // Broken by any change of a shift, a mask or a carry of the decoder.
  test("what a bounds field means at an address is what the manual says", () => {
    for (const field of fields) {
      expect(exponentOf(format, field)).toBe(BigInt(exponentRead(reading, field)));
      for (const address of [0n, 1n, 37n, 128n, 200n, 255n]) {
        const { base, top } = boundsAt(format, field, address);
        const expected = rangeRead(reading, field, address);
        if (base !== expected.base || top !== expected.top) expect({ field, base, top }).toEqual(expected);
      }
    }
  });

  // So it is the same whether base, top or both are compared to see if a capability still means what it did.
  test("from one address to another base and top change together, or not at all", () => {
    for (const field of fields) {
      const ranges = addresses.map((address) => boundsAt(format, field, address));
      const bases = new Set(ranges.map(({ base }) => base));
      const tops = new Set(ranges.map(({ top }) => top));
      const both = new Set(ranges.map(({ base, top }) => `${base} ${top}`));
      if (bases.size !== both.size || tops.size !== both.size) expect({ field, bases, tops }).toEqual(both);
    }
    expect(fields.length).toBe(512);
  });

  // Broken by rounding a base up, a top down, or by an exponent that is one too large.
  test("rounding gives the narrowest field around a range, and says whether it is exact", () => {
    for (const base of addresses) {
      for (const top of range(base, reading.space)) {
        const tight = enclosing(reading, base, top);
        const { field, exact } = boundsRounded(format, base, top);
        const isExact = tight.base === base && tight.top === top;
        if (field !== tight.field || exact !== isExact) expect({ base, top, field, exact }).toEqual(tight);
      }
    }
    expect(boundsRounded(format, 3n, 7n)).toEqual({ field: enclosing(reading, 3n, 7n).field, exact: true });
  });

  // Broken by a mask that is one bit short, or not all ones where any base will do.
  test("alignment masks and representable lengths are those of the narrowest range", () => {
    for (const length of addresses) {
      const { unit, top } = enclosing(reading, 0n, length);
      expect(alignmentMask(format, length)).toBe(reading.space - unit);
      expect(representableLength(format, length)).toBe(top % reading.space);
    }
  });
});

/** A field with some exponent, an address, and a signed increment; the top says nothing here. */
const step = fc.tuple(
  fc.bigInt({ min: 0n, max: reading.boundsMask }),
  fc.bigInt({ min: 0n, max: reading.addressMask }),
  fc.bigInt({ min: -128n, max: 127n }),
);

describe("the fast check of an increment", () => {
  // Broken by an off-by-one in either direction: the check may be strict, but only as strict as the manual says.
  test("allows exactly what stays within the region, with one unit to spare above", () => {
    let allowed = 0;
    fc.assert(
      fc.property(step, ([field, address, increment]) => {
        const cap = capabilityFromBits(format, true, (field << 8n) | address);
        const expected = isAllowed(field, address, increment);
        if (expected) allowed++;
        expect(isIncrementFast(format, cap, increment)).toBe(expected);

        const to = BigInt.asUintN(8, address + increment);
        const isInside = to >= cap.base && to <= cap.top;
        expect(isRepresentableFast(format, cap, to)).toBe(isInside || expected);
      }),
      { numRuns: 4_000 },
    );
    expect(allowed).toBeGreaterThan(500);
  });

  // Broken by adding to the base where the address is meant, by subtracting, and by a mask that is left out.
  test("decides on the tag of what is moved by an increment or to an offset; the exact check on that of an address", () => {
    let kept = 0;
    fc.assert(
      fc.property(step, ([field, address, by]) => {
        const cap = at(field, address);
        const moves = [
          { to: address + by, make: () => incrementFast(format, cap, BigInt.asUintN(8, by)), exact: false },
          { to: cap.base + by, make: () => withOffsetFast(format, cap, BigInt.asUintN(8, by)), exact: false },
          {
            to: address + by,
            make: () => withAddressExact(format, cap, BigInt.asUintN(8, address + by)),
            exact: true,
          },
        ];
        for (const { to, make, exact } of moves) {
          const expected = at(field, BigInt.asUintN(8, to));
          const isSame = expected.base === cap.base && expected.top === cap.top;
          const isInside = expected.address >= cap.base && expected.address <= cap.top;
          const signed = BigInt.asIntN(8, expected.address - address);
          const tag = exact ? isSame : isInside || isAllowed(field, address, signed);
          if (tag) kept++;
          expect(make()).toEqual({ ...expected, tag });
        }
      }),
      { numRuns: 1_000 },
    );
    expect(kept).toBeGreaterThan(500);
  });

  /** Tagged and unsealed, with no permissions. */
  function at(field: bigint, address: bigint) {
    return capabilityFromBits(format, true, (((format.otypeMask << 9n) | field) << 8n) | address);
  }

  /** In units of 2^E: the address moves by the increment's units, and a carry from below must not matter. */
  function isAllowed(field: bigint, address: bigint, increment: bigint): boolean {
    const exponent = exponentRead(reading, field);
    if (exponent >= reading.exponentMax - 2) return true;
    const { base } = rangeRead(reading, field, address);
    const { start, size } = regionAround(reading, exponent, base);
    const unit = 2n ** BigInt(exponent);
    const at = BigInt.asUintN(8, address - start) / unit;
    const by = (increment - (((increment % unit) + unit) % unit)) / unit;
    if (by >= 0n) return by < size / unit && at + by < size / unit - 1n;
    return by >= -size / unit && at + by >= 0n && at !== 0n;
  }
});

describe("encodings of eight-bit addresses", () => {
  const bits = fc.bigInt({ min: 0n, max: (1n << BigInt(fullWidth())) - 1n });

  function fullWidth(): number {
    const { address, mantissa, otype, flags, reserved, perms } = reading.widths;
    return address + 2 * mantissa - 1 + otype + flags + reserved + perms;
  }

  // Broken by a field that lies one bit off.
  test("every field lies where the format has it, and is written back", () => {
    fc.assert(
      fc.property(bits, fc.boolean(), (pattern, tag) => {
        const cap = capabilityFromBits(format, tag, pattern);
        const { perms, reserved, flags, otype, bounds, address } = cap;
        expect({ perms, reserved, flags, otype, bounds, address }).toEqual(fieldsOf(reading, pattern));
        expect(cap.tag).toBe(tag);
        expect({ base: cap.base, top: cap.top }).toEqual(rangeRead(reading, bounds, address));
        expect(bitsFromCapability(format, cap)).toBe(pattern);
      }),
    );
  });

  test("memory holds null as zeros, and every encoding XORed with null's", () => {
    const zero = { perms: 0n, reserved: 0n, flags: 0n, address: 0n, otype: reading.unsealed };
    const whole = bitsOf(reading, { ...zero, bounds: format.boundsWhole });
    expect(reading.nullBits).toBe(whole);
    expect(memoryFromCapability(format, nullWithAddress(format, 0n))).toBe(0n);
    expect(capabilityFromMemory(format, false, 0n)).toEqual(nullWithAddress(format, 0n));
    fc.assert(
      fc.property(bits, (pattern) => {
        const cap = capabilityFromBits(format, false, pattern);
        expect(memoryFromCapability(format, cap)).toBe(pattern ^ reading.nullBits);
      }),
    );
  });

  // Broken by decoding again where the address stays within bounds, or by not doing so where it leaves them.
  test("a moved capability is the same bits at another address", () => {
    fc.assert(
      fc.property(step, ([field, from, away]) => {
        const cap = capabilityFromBits(format, true, (field << 8n) | from);
        const to = BigInt.asUintN(8, from + away);
        expect(moved(format, cap, to)).toEqual(capabilityFromBits(format, true, (field << 8n) | to));
      }),
    );
  });
});
