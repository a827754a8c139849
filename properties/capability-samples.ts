/**
 * Arbitrary capabilities of the 128-bit format.
 *
 * Two kinds matter. A *pattern* is anything that memory can hold, untagged. A *held* capability is one that a
 * program can own: made from root by narrowing, and tagged.
 */

import * as fc from "fast-check";
import { moved } from "../model/capability/address.ts";
import { capabilityFromBits, nullWithAddress } from "../model/capability/capability.ts";
import { type Format, format128, formatFromWidths } from "../model/capability/format.ts";
import { andPerms, setBounds } from "../model/capability/narrow.ts";
import type { Capability } from "../model/contract.ts";

/** A format so small that every object type can be tried. */
export const toy = formatFromWidths({
  address: 6,
  mantissa: 5,
  exponent: 4,
  otype: 4,
  flags: 1,
  reserved: 1,
  perms: 16,
});

export function root(format: Format): Capability {
  return { ...nullWithAddress(format, 0n), tag: true, perms: format.permsMask };
}

/** The numbers from `least` to `greatest`, both included. */
export function range(least: bigint, greatest: bigint): bigint[] {
  return Array.from({ length: Number(greatest - least) + 1 }, (_, index) => least + BigInt(index));
}

const MASK64 = 2n ** 64n - 1n;

/** Any 64-bit number: of every magnitude, and around the powers of two. */
export const word: fc.Arbitrary<bigint> = fc.oneof(
  fc.tuple(fc.bigInt({ min: 0n, max: MASK64 }), fc.nat(63)).map(([value, shift]) => value >> BigInt(shift)),
  fc
    .tuple(fc.nat(64), fc.integer({ min: -16, max: 16 }))
    .map(([power, away]) => BigInt.asUintN(64, (1n << BigInt(power)) + BigInt(away))),
);

/** Any 128-bit pattern, untagged. Exponents are drawn apart from the rest, so that large and small ones occur. */
export const pattern: fc.Arbitrary<Capability> = fc
  .tuple(fc.bigInt({ min: 0n, max: MASK64 }), fc.nat(60), word)
  .map(([high, exponent, address]) => {
    const halves = (BigInt(exponent >> 3) << 14n) | BigInt(exponent & 7);
    const metadata = (high & ~((7n << 14n) | 7n)) | halves;
    return capabilityFromBits(format128, false, (metadata << 64n) | address);
  });

/** A capability that a program can hold: root, narrowed up to three times, at a representable address. */
export const held: fc.Arbitrary<Capability> = fc
  .tuple(
    fc.array(fc.record({ skip: word, length: word, perms: fc.nat(0xffff) }), { maxLength: 3 }),
    word,
    fc.constantFrom("above base", "below base", "around top"),
    fc.nat(1),
  )
  .map(([steps, away, from, flags]) => {
    let cap: Capability = { ...root(format128), flags: BigInt(flags) };
    for (const { skip, length, perms } of steps) cap = narrowed(cap, skip, length, BigInt(perms));
    const address =
      from === "above base"
        ? cap.base + away
        : from === "below base"
          ? cap.base - away
          : cap.top - (away & 15n);
    const elsewhere = moved(format128, cap, BigInt.asUintN(64, address));
    return elsewhere.base === cap.base && elsewhere.top === cap.top ? elsewhere : cap;
  });

function narrowed(cap: Capability, skip: bigint, length: bigint, perms: bigint): Capability {
  const span = cap.top - cap.base;
  const address = cap.base + (skip % (span + 1n));
  if (address > MASK64) return cap;
  const left = cap.top - address;
  const bounded = setBounds(format128, { ...cap, address }, (length % (left + 1n)) & MASK64);
  return andPerms(format128, bounded, perms | (cap.perms & 0xffn));
}
