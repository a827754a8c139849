import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { incrementFast, withAddressExact, withOffsetFast } from "../model/capability/address.ts";
import { boundsAt } from "../model/capability/bounds.ts";
import { capabilityFromMemory, memoryFromCapability } from "../model/capability/capability.ts";
import { format128 } from "../model/capability/format.ts";
import { andPerms, areEqual, buildCap, isWithin, setBounds, setFlags } from "../model/capability/narrow.ts";
import { isSealed, isSentry, sealEntry, sealWith, unseal } from "../model/capability/seal.ts";
import type { Capability } from "../model/contract.ts";
import { held, pattern, request, root, toy, toyHeld, toyPatterns, word } from "./capability-samples.ts";

const untagged = (cap: Capability): Capability => ({ ...cap, tag: false });

describe("cbuildcap", () => {
  // Broken by exchanging source and authority, by forgetting base or permissions, by an untagged authority.
  test("never gives a tag to more than the authority has", () => {
    fc.assert(
      fc.property(fc.oneof(held, pattern), fc.oneof(held, pattern), (authority, requested) => {
        const result = buildCap(format128, authority, untagged(requested));
        fc.pre(result.tag);
        expect(authority.tag && !isSealed(format128, authority)).toBe(true);
        expect(isWithin(result, authority)).toBe(true);
      }),
    );
  });

  // The other half: what was held under an authority comes back from its bits.
  test("gives back what was narrowed from the authority, wherever its address is", () => {
    fc.assert(
      fc.property(request, fc.nat(0xffff), word, fc.boolean(), ({ source, length }, perms, away, sentry) => {
        const bounded = setBounds(format128, source, length);
        const narrowed = setFlags(format128, andPerms(format128, bounded, BigInt(perms)), away);
        const placed = incrementFast(format128, narrowed, away);
        fc.pre(placed.tag);
        const wanted = sentry ? sealEntry(format128, placed) : placed;
        const swapped = capabilityFromMemory(format128, false, memoryFromCapability(format128, wanted));
        expect(buildCap(format128, source, swapped)).toEqual(wanted);
      }),
    );
  });

  // Broken by keeping the tag of a pattern that set-bounds would have written otherwise.
  test("rebuilds exactly the patterns that can be held, of all there are", () => {
    const key = (cap: Capability): string => `${cap.bounds} ${cap.address}`;
    const holdable = new Set(toyHeld.map(key));
    const wrong = toyPatterns.filter((cap) => buildCap(toy, root(toy), cap).tag !== holdable.has(key(cap)));
    expect(wrong.map(key)).toEqual([]);
  });

  test("drops a seal but a sentry's, tagged or not, and changes nothing else of the bits", () => {
    fc.assert(
      fc.property(held, pattern, (authority, requested) => {
        const { tag: _, ...result } = buildCap(format128, authority, requested);
        const wanted = isSentry(format128, requested) ? requested : unseal(format128, requested);
        expect(wanted).toMatchObject(result);
      }),
    );
  });

  // Broken by not comparing the reserved bits.
  test("never gives a tag to reserved bits", () => {
    fc.assert(
      fc.property(held, fc.bigInt({ min: 1n, max: 3n }), (cap, reserved) => {
        expect(buildCap(format128, root(format128), { ...cap, reserved }).tag).toBe(false);
        expect(buildCap(format128, root(format128), cap).tag).toBe(true);
      }),
    );
  });
});

describe("derivation", () => {
  type Step = (cap: Capability, value: bigint, other: Capability) => Capability;
  const steps: readonly Step[] = [
    (cap, value) => setBounds(format128, cap, value),
    (cap, value) => incrementFast(format128, cap, value),
    (cap, value) => withAddressExact(format128, cap, value),
    (cap, value) => withOffsetFast(format128, cap, value),
    (cap, value) => andPerms(format128, cap, value),
    (cap, value) => setFlags(format128, cap, value),
    (cap, _, other) => buildCap(format128, cap, other),
    (cap) => sealEntry(format128, cap),
    (cap, value) => sealWith(format128, cap, { ...root(format128), address: value & 0xffn }),
  ];

  // The theorem of the field, for values: authority never grows. Broken by every widening there is.
  test("no sequence of steps leads from a capability to one that covers or permits more", () => {
    fc.assert(
      fc.property(
        held,
        fc.array(fc.tuple(fc.nat(steps.length - 1), word, fc.oneof(held, pattern)), { maxLength: 12 }),
        (start, choices) => {
          let cap = start;
          for (const [index, value, other] of choices) {
            const next = steps[index]!(cap, value, other);
            if (!next.tag) continue;
            expect(isWithin(next, cap)).toBe(true);
            cap = next;
          }
          expect(isWithin(cap, start)).toBe(true);
        },
      ),
    );
  });

  // Bounds travel with a capability; this is what keeps them true.
  test("the bounds of a result are those its encoding means", () => {
    fc.assert(
      fc.property(
        fc.oneof(held, pattern),
        fc.nat(steps.length - 1),
        word,
        fc.oneof(held, pattern),
        (cap, index, value, other) => {
          const result = steps[index]!(cap, value, other);
          expect(boundsAt(format128, result.bounds, result.address)).toEqual({
            base: result.base,
            top: result.top,
          });
        },
      ),
    );
  });
});

describe("ctestsubset and cseqx", () => {
  // Broken by a top clamped to 64 bits: 2^64 then looks like 2^64 - 1.
  test("the whole address space is within itself and not within anything less", () => {
    const whole = root(format128);
    expect(isWithin(whole, whole)).toBe(true);
    fc.assert(
      fc.property(held, (cap) => {
        expect(isWithin(cap, whole)).toBe(true);
        expect(isWithin(whole, cap)).toBe(cap.base === 0n && cap.top === 2n ** 64n && cap.perms === 0xffffn);
      }),
    );
  });

  test("being within one another, with address, flags, type and tag the same, is being equal in meaning", () => {
    fc.assert(
      fc.property(held, held, (one, other) => {
        expect(areEqual(one, one)).toBe(true);
        expect(areEqual(one, untagged(one))).toBe(false);
        if (areEqual(one, other)) expect(one).toEqual(other);
        else expect(one).not.toEqual(other);
      }),
    );
  });
});
