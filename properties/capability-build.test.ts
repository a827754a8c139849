import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lawFormat, toyFormat } from "../fuzz/oracle/law/format.ts";
import { enclosing } from "../fuzz/oracle/law/reading.ts";
import { boundsAt } from "../model/capability/bounds.ts";
import { capabilityFromBits } from "../model/capability/capability.ts";
import { formatFromWidths } from "../model/capability/format.ts";
import {
  andPerms,
  areEqual,
  buildCap,
  isWithin,
  setBounds,
  setBoundsExact,
  setFlags,
} from "../model/capability/narrow.ts";
import type { Capability } from "../model/contract.ts";
import { root } from "./capability-samples.ts";

/** Small numbers of everything, so that what is drawn meets often; two flags, so that one is no mask. */
const reading = lawFormat("eight bits", {
  ...toyFormat.widths,
  address: 8,
  mantissa: 5,
  exponent: 4,
  otype: 3,
  flags: 2,
  perms: 4,
});
const format = formatFromWidths(reading.widths);
const { unsealed, sentry } = reading;

const byte = fc.bigInt({ min: 0n, max: reading.addressMask });
const perms = fc.bigInt({ min: 0n, max: reading.permsMask });
const flags = fc.bigInt({ min: 0n, max: 3n });
const seal = fc.constantFrom(unsealed, unsealed, unsealed, sentry, 0n, 5n);

/** Bounds as a program gets them: the narrowest around some range. */
const range = fc
  .tuple(byte, byte)
  .map(([one, other]) => (one < other ? enclosing(reading, one, other) : enclosing(reading, other, one)));

/** What a program can hold, tagged or not, sealed or not. */
const owned = fc
  .tuple(range, byte, perms, flags, seal, fc.boolean())
  .map(([{ base, top, field }, away, perms, flags, otype, tag]): Capability => {
    const address = base + (away % (top - base + 1n));
    const cap = { ...root(format), base, top, bounds: field, perms, flags, otype, tag };
    return { ...cap, address: address > reading.addressMask ? base : address };
  });

const LONG = { numRuns: 2_000 };

describe("narrowing, of capabilities with eight-bit addresses", () => {
  // Broken by bounds that are taken from elsewhere, and by each part of the tag's condition that is left out.
  test("setting bounds gives the narrowest around the address, tagged exactly if the source may", () => {
    const counts = { kept: 0, inexact: 0 };
    fc.assert(
      fc.property(owned, byte, (cap, length) => {
        const top = cap.address + length;
        const allowed = cap.tag && cap.otype === unsealed && cap.address >= cap.base && top <= cap.top;
        const result = setBounds(format, cap, length);
        const exact = setBoundsExact(format, cap, length);
        expect(result.tag).toBe(allowed);
        expect(result).toMatchObject({ address: cap.address, perms: cap.perms, otype: cap.otype });

        fc.pre(top <= reading.space);
        const tight = enclosing(reading, cap.address, top);
        const isExact = tight.base === cap.address && tight.top === top;
        const bounded = { ...cap, base: tight.base, top: tight.top, bounds: tight.field };
        expect(result).toEqual({ ...bounded, tag: allowed });
        expect(exact).toEqual({ ...bounded, tag: allowed && isExact });
        if (allowed) counts[isExact ? "kept" : "inexact"]++;
      }),
      LONG,
    );
    expect(counts.kept).toBeGreaterThan(50);
    expect(counts.inexact).toBeGreaterThan(20);
  });

  test("permissions can only go, flags are replaced, and a seal costs the tag", () => {
    fc.assert(
      fc.property(owned, perms, byte, (cap, kept, value) => {
        const tag = cap.tag && cap.otype === unsealed;
        const left = Array.from({ length: 4 }, (_, bit) => 1n << BigInt(bit))
          .filter((bit) => (cap.perms & bit) !== 0n && (kept & bit) !== 0n)
          .reduce((sum, bit) => sum + bit, 0n);
        expect(andPerms(format, cap, kept)).toEqual({ ...cap, tag, perms: left });
        expect(setFlags(format, cap, value)).toEqual({ ...cap, tag, flags: value % 4n });
      }),
      LONG,
    );
  });

  test("a capability is within another exactly if its range and each of its permissions are", () => {
    const counts = [0, 0];
    fc.assert(
      fc.property(owned, owned, (inner, outer) => {
        const bits = Array.from({ length: 4 }, (_, bit) => 1n << BigInt(bit));
        const permitted = bits.every((bit) => (inner.perms & bit) === 0n || (outer.perms & bit) !== 0n);
        const isInside = inner.base >= outer.base && inner.top <= outer.top && permitted;
        counts[Number(isInside)]!++;
        expect(isWithin(inner, outer)).toBe(isInside);
      }),
      LONG,
    );
    expect(Math.min(...counts)).toBeGreaterThan(50);
  });
});

/** What may be asked for under an authority: a part of it, the same with one flaw, or anything. */
type Request = { readonly authority: Capability; readonly requested: Capability };

const request: fc.Arbitrary<Request> = fc
  .tuple(
    owned,
    range,
    perms,
    flags,
    seal,
    fc.constantFrom("none", "none", "perms", "bounds", "spelling", "reserved", "order", "any", "authority"),
    fc.bigInt({ min: 0n, max: (1n << 30n) - 1n }),
  )
  .map(([given, inner, perms, flags, otype, flaw, bits]) => {
    const authority = flaw === "authority" ? given : { ...given, otype: unsealed, tag: true };
    const { base, top, field } = flaw === "bounds" ? inner : within(authority, inner);
    const part: Capability = {
      ...{ tag: false, address: base > reading.addressMask ? 0n : base, base, top, bounds: field },
      ...{ perms: flaw === "perms" ? perms : perms & authority.perms, otype, flags },
      reserved: flaw === "reserved" ? 1n : 0n,
    };
    if (flaw === "any") return { authority, requested: capabilityFromBits(format, false, bits) };
    // Another field that means the same, or a field whose top lies below its base.
    if (flaw === "spelling") return { authority, requested: respelt(part, part.bounds ^ 1n) };
    return { authority, requested: flaw === "order" ? respelt(part, bits & reading.boundsMask) : part };
  });

function respelt(cap: Capability, bounds: bigint): Capability {
  return { ...cap, bounds, ...boundsAt(format, bounds, cap.address) };
}

/** The part of a range that lies in an authority, if it can be said exactly; all of the authority otherwise. */
function within(authority: Capability, { base, top }: { base: bigint; top: bigint }) {
  const low = base > authority.base ? base : authority.base;
  const high = top < authority.top ? top : authority.top;
  const tight = low <= high ? enclosing(reading, low, high) : null;
  const isInside = tight !== null && tight.base >= authority.base && tight.top <= authority.top;
  return isInside ? tight : { base: authority.base, top: authority.top, field: authority.bounds };
}

describe("rebuilding a capability from its bits", () => {
  // Broken by every condition that is left out, and by a seal that is carried over.
  test("gives what was asked for, tagged exactly if the authority could have made it", () => {
    const counts = [0, 0];
    fc.assert(
      fc.property(request, ({ authority, requested }) => {
        const wanted = { ...requested, otype: requested.otype === sentry ? sentry : unsealed, tag: true };
        const isSpelt =
          wanted.base <= wanted.top &&
          wanted.top <= reading.space &&
          enclosing(reading, wanted.base, wanted.top).field === wanted.bounds;
        const tag =
          isSpelt &&
          authority.tag &&
          authority.otype === unsealed &&
          wanted.base >= authority.base &&
          wanted.top <= authority.top &&
          (wanted.perms & ~authority.perms) === 0n &&
          wanted.reserved === authority.reserved;
        counts[Number(tag)]!++;
        expect(buildCap(format, authority, requested)).toEqual({ ...wanted, tag });
      }),
      { numRuns: 6_000 },
    );
    expect(Math.min(...counts)).toBeGreaterThan(500);
  });

  // Broken by leaving out any field.
  test("and two capabilities are equal exactly when tag and every encoded field are", () => {
    fc.assert(
      fc.property(owned, (cap) => {
        expect(areEqual(cap, { ...cap, base: 1n, top: 2n })).toBe(true);
        for (const field of ["address", "bounds", "perms", "otype", "flags", "reserved"] as const)
          expect(areEqual(cap, { ...cap, [field]: cap[field] ^ 1n })).toBe(false);
        expect(areEqual(cap, { ...cap, tag: !cap.tag })).toBe(false);
      }),
    );
  });
});
