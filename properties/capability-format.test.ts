import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as law from "../fuzz/oracle/law/format.ts";
import * as address from "../model/capability/address.ts";
import * as bounds from "../model/capability/bounds.ts";
import * as value from "../model/capability/capability.ts";
import { format128, formatFromWidths } from "../model/capability/format.ts";
import * as rv64 from "../model/capability/index.ts";
import * as narrow from "../model/capability/narrow.ts";
import * as seal from "../model/capability/seal.ts";
import { held, pattern, word } from "./capability-samples.ts";

describe("the format of capabilities", () => {
  // Broken by a width that is one off: the reading of laws has the layout written apart from the model.
  test.each([law.toyFormat, law.smallFormat, law.format64, law.format128])(
    "of $name has its fields where the manual has them",
    (reading) => {
      const format = formatFromWidths(reading.widths);
      const { address, mantissa, exponent, otype, flags, reserved } = reading.widths;
      const boundsBits = 2 * mantissa - 1;
      const whole = law.fieldsOf(reading, reading.nullBits).bounds;
      expect(format).toEqual({
        widths: reading.widths,
        addressBits: BigInt(address),
        addressMask: reading.addressMask,
        lengthMask: 2n * reading.space - 1n,
        mantissaBits: BigInt(mantissa),
        mantissaMask: law.ones(mantissa),
        exponentHalf: BigInt(exponent) / 2n,
        exponentHalfMask: law.ones(exponent / 2),
        exponentMax: BigInt(reading.exponentMax),
        otypeAt: BigInt(address + boundsBits),
        flagsAt: BigInt(address + boundsBits + otype),
        reservedAt: BigInt(address + boundsBits + otype + flags),
        permsAt: BigInt(address + boundsBits + otype + flags + reserved),
        boundsMask: reading.boundsMask,
        otypeMask: reading.unsealed,
        flagsMask: law.ones(flags),
        reservedMask: law.ones(reserved),
        permsMask: reading.permsMask,
        boundsWhole: whole,
        nullPattern: reading.nullBits,
      });
    },
  );

  test("of RV64 has the widths of ISAv9", () => {
    expect(format128).toEqual(formatFromWidths(law.format128.widths));
  });

  // The toy format needs exactly the exponents that two bits hold.
  test("is refused when its exponents do not fit, and only then", () => {
    const fitting = law.toyFormat.widths;
    expect(formatFromWidths(fitting).exponentMax).toBe(3n);
    expect(() => formatFromWidths({ ...fitting, address: fitting.address + 1 })).toThrow(
      new RangeError("exponent 4 does not fit its field"),
    );
  });
});

describe("capabilities of RV64", () => {
  // CHERI ISAv9, capability permissions.
  test("have each permission at the bit that the manual gives it", () => {
    expect(rv64.permission).toEqual({
      global: 0x001n,
      execute: 0x002n,
      load: 0x004n,
      store: 0x008n,
      loadCap: 0x010n,
      storeCap: 0x020n,
      storeLocalCap: 0x040n,
      seal: 0x080n,
      cinvoke: 0x100n,
      unseal: 0x200n,
      accessSystemRegisters: 0x400n,
      setCid: 0x800n,
    });
  });

  test("are null's and root's fields", () => {
    const whole = { address: 0n, base: 0n, top: 2n ** 64n, flags: 0n, reserved: 0n, otype: 2n ** 18n - 1n };
    const bounds = law.fieldsOf(law.format128, law.format128.nullBits).bounds;
    expect(rv64.nullCapability).toEqual({ ...whole, bounds, tag: false, perms: 0n });
    expect(rv64.rootCapability).toEqual({ ...whole, bounds, tag: true, perms: 0xffffn });
    expect(rv64.integerCapability(5n)).toEqual({ ...rv64.nullCapability, address: 5n });
  });

  // Broken by a function that forgets what it is given, or answers for another.
  test("follow the rules of every format, at 128 bits", () => {
    const f = format128;
    fc.assert(
      fc.property(
        fc.oneof(held, pattern),
        fc.oneof(held, pattern),
        word,
        fc.boolean(),
        (cap, other, n, tag) => {
          const data = value.memoryFromCapability(f, cap);
          const perms = n & f.permsMask;
          expect({
            fromMemory: rv64.capabilityFromMemory(tag, data),
            toMemory: rv64.memoryFromCapability(cap),
            address: rv64.withAddressExact(cap, n),
            increment: rv64.incrementFast(cap, n),
            offset: rv64.withOffsetFast(cap, n),
            length: rv64.representableLength(n),
            mask: rv64.alignmentMask(n),
            sealed: [
              rv64.isSealed(cap),
              rv64.isSentry(cap),
              rv64.hasReservedOtype(cap),
              rv64.otypeShown(cap),
            ],
            unsealing: [rv64.clearTagIfSealed(cap), rv64.unseal(cap), rv64.unsealWith(cap, other)],
            sealing: [rv64.sealEntry(cap), rv64.sealWith(cap, other), rv64.sealWithIfPossible(cap, other)],
            bounds: [rv64.setBounds(cap, n), rv64.setBoundsExact(cap, n)],
            fields: [rv64.andPerms(cap, perms), rv64.setFlags(cap, n), rv64.buildCap(cap, other)],
          }).toEqual({
            fromMemory: { ...cap, tag },
            toMemory: data,
            address: address.withAddressExact(f, cap, n),
            increment: address.incrementFast(f, cap, n),
            offset: address.withOffsetFast(f, cap, n),
            length: bounds.representableLength(f, n),
            mask: bounds.alignmentMask(f, n),
            sealed: [
              cap.otype !== 0x3ffffn,
              cap.otype === 0x3fffen,
              cap.otype >= 0x3fffcn,
              cap.otype >= 0x3fffcn ? cap.otype + (2n ** 64n - 2n ** 18n) : cap.otype,
            ],
            unsealing: [
              { ...cap, tag: cap.tag && cap.otype === 0x3ffffn },
              { ...cap, otype: 0x3ffffn },
              seal.unsealWith(f, cap, other),
            ],
            sealing: [
              { ...cap, otype: 0x3fffen },
              seal.sealWith(f, cap, other),
              seal.sealWithIfPossible(f, cap, other),
            ],
            bounds: [narrow.setBounds(f, cap, n), narrow.setBoundsExact(f, cap, n)],
            fields: [
              narrow.andPerms(f, cap, perms),
              narrow.setFlags(f, cap, n),
              narrow.buildCap(f, cap, other),
            ],
          });
        },
      ),
    );
  });

  // The types of most patterns are ordinary: the reserved ones need a look of their own.
  test("show the four reserved object types as negative numbers, all others as they are", () => {
    for (const [otype, shown] of [
      [0n, 0n],
      [0x3fffbn, 0x3fffbn],
      [0x3fffcn, 2n ** 64n - 4n],
      [0x3ffffn, 2n ** 64n - 1n],
    ] as const)
      expect(rv64.otypeShown({ ...rv64.rootCapability, otype })).toBe(shown);
  });
});
