import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromMemory, highOf, movedQuickly, movedTo } from "../fuzz/oracle/exact/capability.ts";
import { boundsAt, covering } from "../fuzz/oracle/exact/encoding.ts";
import * as reference from "../model/capability/index.ts";

const ONES = 2n ** 64n - 1n;

/** Numbers of every magnitude, and their neighbours below zero. */
const word = fc
  .tuple(fc.bigInt({ min: 0n, max: ONES }), fc.nat(63), fc.boolean())
  .map(([value, shift, isNegated]) => {
    const part = value >> BigInt(shift);
    return isNegated ? BigInt.asUintN(64, -part) : part;
  });

/** Anything that memory can hold, tagged or not. */
const capability = fc
  .tuple(fc.boolean(), word, fc.bigInt({ min: 0n, max: ONES }))
  .map(([tag, address, high]) => reference.capabilityFromMemory(tag, (high << 64n) | address));

const runs = { numRuns: 5_000 };

/*
 * The oracle's own reading of the encoding shares nothing with the model's, so that their agreement says
 * something of both. Broken by planting E01, E06 or E18 in the model.
 */
describe("the encoding as the exactness oracle reads it is that of the model", () => {
  test("for any pattern in memory", () =>
    fc.assert(
      fc.property(capability, (cap) => {
        const data = reference.memoryFromCapability(cap);
        expect(fromMemory(cap.tag, cap.address, data >> 64n)).toEqual(cap);
        expect(highOf(cap)).toBe(data >> 64n);
      }),
      runs,
    ));

  test("for any change of address, by the exact and by the quick check", () =>
    fc.assert(
      fc.property(capability, word, (cap, change) => {
        const to = BigInt.asUintN(64, cap.address + change);
        expect(movedTo(cap, to)).toEqual(reference.withAddressExact(cap, to));
        expect(movedQuickly(cap, to)).toEqual(reference.incrementFast(cap, change));
      }),
      runs,
    ));

  test("for any length set on root, rounded or exact", () =>
    fc.assert(
      fc.property(word, word, (address, length) => {
        const { field, isExact } = covering(address, length);
        const expected = reference.setBoundsExact({ ...reference.rootCapability, address }, length);
        expect(field).toBe(expected.bounds);
        expect(boundsAt(field, address)).toEqual({ base: expected.base, top: expected.top });
        if (address + length <= 2n ** 64n) expect(isExact).toBe(expected.tag);
      }),
      runs,
    ));
});
