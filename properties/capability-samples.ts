/**
 * Capabilities to hold the laws against: every one of a toy format, and arbitrary ones of the 128-bit format.
 *
 * Two kinds matter. A *pattern* is anything that memory can hold, untagged. A *held* capability is one that a
 * program can own: made from root by narrowing, and tagged.
 */

import * as fc from "fast-check";
import { moved } from "../model/capability/address.ts";
import { boundsAt, boundsRounded } from "../model/capability/bounds.ts";
import { capabilityFromBits, nullWithAddress } from "../model/capability/capability.ts";
import { type Format, format128, formatFromWidths } from "../model/capability/format.ts";
import { andPerms, setBounds } from "../model/capability/narrow.ts";
import type { Capability } from "../model/contract.ts";

/**
 * A format so small that every bounds field at every address can be tried. As in the large one, exponents beyond
 * the greatest useful one can be encoded, and mantissas lose bits to the exponent.
 */
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

/** Every address of the toy format. */
export const toyAddresses: readonly bigint[] = range(0n, toy.addressMask);

/** Every bounds field of the toy format at every address, untagged. */
export const toyPatterns: readonly Capability[] = range(0n, toy.boundsMask).flatMap((field) =>
  toyAddresses.map((address) => {
    const bits = (toy.otypeMask << toy.otypeAt) | (field << toy.addressBits) | address;
    return capabilityFromBits(toy, false, bits);
  }),
);

/** Every tagged capability of the toy format: what set-bounds can give, at every address that leaves it so. */
export const toyHeld: readonly Capability[] = [...toyHeldFields()].flatMap((field) =>
  toyAddresses.flatMap((base) => {
    const made = { ...root(toy), address: base, bounds: field, ...boundsAt(toy, field, base) };
    if (made.base !== base || !isRounded(made)) return [];
    return toyAddresses
      .map((address) => moved(toy, made, address))
      .filter((cap) => cap.base === made.base && cap.top === made.top);
  }),
);

function toyHeldFields(): Set<bigint> {
  const fields = new Set<bigint>();
  for (const base of toyAddresses) {
    for (let top = base; top <= toy.addressMask + 1n; top++) fields.add(boundsRounded(toy, base, top).field);
  }
  return fields;
}

/** Whether set-bounds gives just this field for these bounds. */
function isRounded({ base, top, bounds }: Capability): boolean {
  return base <= top && top <= toy.addressMask + 1n && boundsRounded(toy, base, top).field === bounds;
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

/** A held capability that points within its bounds, and a length that it covers from there. */
export const request: fc.Arbitrary<{ source: Capability; length: bigint }> = fc
  .tuple(held, word, word)
  .map(([cap, skip, size]) => {
    const address = minimum(cap.base + (skip % (cap.top - cap.base + 1n)), MASK64);
    const length = minimum(size % (cap.top - address + 1n), MASK64);
    return { source: { ...cap, address }, length };
  });

function minimum(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
