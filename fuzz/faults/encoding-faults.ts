/** Mistakes in using bounds, and in the encoding of capabilities. */
import { ofKind } from "./planted-fault.ts";

export const encoding = ofKind("encoding and bounds", [
  {
    id: "E04",
    source: "microsoft/cheriot-ibex#12",
    effect: "an access is refused only if it is both below the base and beyond the top",
    difficulty: 1,
    expect: ["A", "D"],
    impl: [
      {
        file: "impl/engine/access.ts",
        from: "isZero(contains(slot, address, size))",
        to: `isZero(
        or(geU(address, load64(slot, field.base)), leU(add(address, size), load64(slot, field.top))),
      )`,
      },
    ],
    model: [
      {
        file: "model/machine/checks.ts",
        from: "return inBounds(authority, address, size) ? null",
        to: `const end = BigInt.asUintN(64, address + BigInt(size));
  return address >= authority.base || end <= BigInt.asUintN(64, authority.top) ? null`,
      },
    ],
  },
  {
    id: "E23",
    source: "CTSRD-CHERI/cheri-cap-lib c51cd15",
    effect: "CBuildCap exchanges what is asked for and the authority: it makes what holds more, not less",
    difficulty: 2,
    expect: ["M"],
    impl: [
      {
        file: "impl/capability/authority.ts",
        from: "and(and(geU(inner.base, outer.base), isTopWithin(inner, outer)), isOrdered)",
        to: "and(and(geU(outer.base, inner.base), isTopWithin(outer, inner)), isOrdered)",
      },
      {
        file: "impl/capability/authority.ts",
        from: "permsWithin(requested, authority)",
        to: "permsWithin(authority, requested)",
      },
    ],
    model: [
      {
        file: "model/capability/narrow.ts",
        from: "isWithin(wanted, authority)",
        to: "isWithin(authority, wanted)",
      },
    ],
  },
  {
    id: "E24",
    source: "CTSRD-CHERI/cheri-cap-lib 033135b",
    effect: "a capability with an exponent loses a bit of its top on the way to memory",
    difficulty: 3,
    expect: ["L"],
    impl: [
      {
        file: "impl/engine/ops-cheri-memory.ts",
        from: "memoryForm(highOf(from))",
        to: `choose(
    eq(and(highOf(from), 1n << 26n), 0n),
    memoryForm(highOf(from)),
    and(memoryForm(highOf(from)), ~(1n << 17n)),
  )`,
      },
    ],
    model: [
      {
        file: "model/machine/access.ts",
        from: "const data = memoryFromCapability(value);",
        to: "const data = memoryFromCapability(value) & ~((value.bounds >> 26n) << 81n);",
      },
    ],
  },
  {
    id: "E25",
    source: "CTSRD-CHERI/qemu e700ba3",
    effect: "CBuildCap accepts a pattern of bounds that nothing else makes",
    difficulty: 3,
    expect: ["M", "L"],
    impl: [
      { file: "impl/capability/authority.ts", from: "BOUNDS_MASK | RESERVED_MASK)", to: "RESERVED_MASK)" },
    ],
    model: [
      {
        file: "model/capability/narrow.ts",
        from: "areEqual(derived, wanted);",
        to: "derived.tag && derived.reserved === wanted.reserved;",
      },
    ],
  },
  {
    id: "E28",
    source: "CTSRD-CHERI/qemu 02fe050",
    effect: "CTestSubset takes a top of 2^64 for 2^64-1",
    difficulty: 5,
    expect: ["D", "L"],
    impl: [
      {
        file: "impl/capability/authority.ts",
        from: "isTopWithin(inner, outer)), permsWithin",
        to: "or(isTopWithin(inner, outer), and(inner.topBit, or(outer.topBit, eq(outer.top, -1n))))), permsWithin",
      },
    ],
    model: [
      {
        file: "model/isa/cheri-compare.ts",
        from: "outer.tag === inner.tag && isWithin(inner, outer)",
        to: "outer.tag === inner.tag && isWithin({ ...inner, top: clamped(inner.top) }, { ...outer, top: clamped(outer.top) })",
      },
      {
        file: "model/isa/cheri-compare.ts",
        from: "/** rd receives 1 if the tag and every",
        to: `function clamped(top: bigint): bigint {
  return top > 2n ** 64n - 1n ? 2n ** 64n - 1n : top;
}

/** rd receives 1 if the tag and every`,
      },
    ],
  },
  {
    id: "E29",
    source: "CTSRD-CHERI/qemu acf11e5",
    effect:
      "the end of an access is compared modulo 2^64: the last bytes of the address space are in any bounds",
    difficulty: 3,
    expect: ["D", "A"],
    impl: [
      {
        file: "impl/engine/access.ts",
        from: "isZero(contains(slot, address, size))",
        to: `isZero(
        or(
          contains(slot, address, size),
          and(geU(address, load64(slot, field.base)), leU(add(address, size), load64(slot, field.top))),
        ),
      )`,
      },
    ],
    model: [
      {
        file: "model/machine/checks.ts",
        from: "return inBounds(authority, address, size) ? null",
        to: `const end = BigInt.asUintN(64, address + BigInt(size));
  const seems = address >= authority.base && end <= BigInt.asUintN(64, authority.top);
  return seems || inBounds(authority, address, size) ? null`,
      },
    ],
  },
  {
    id: "E30",
    source: "CTSRD-CHERI/qemu 89e099f",
    effect: "bounds are decided by page: an access to a page of 4 KiB of which any byte is in bounds passes",
    difficulty: 2,
    expect: ["A", "D"],
    impl: [
      {
        file: "impl/engine/access.ts",
        from: "isZero(contains(slot, address, size))",
        to: `isZero(
        or(
          contains(slot, address, size),
          and(
            geU(or(address, 0xfffn), load64(slot, field.base)),
            ltU(and(address, -0x1000n), load64(slot, field.top)),
          ),
        ),
      )`,
      },
    ],
    model: [
      {
        file: "model/machine/checks.ts",
        from: "return inBounds(authority, address, size) ? null",
        to: `const isOnPage =
    (address | 0xfffn) >= authority.base && (address & -0x1000n) < BigInt.asUintN(64, authority.top);
  return isOnPage || inBounds(authority, address, size) ? null`,
      },
    ],
  },
  {
    id: "W03",
    source: "none known",
    effect: "CSetHigh keeps the tag: any bounds and permissions can be written over a capability",
    difficulty: 1,
    expect: ["M", "A"],
    impl: [
      {
        file: "impl/engine/ops-cheri-derive.ts",
        from: `      store64(op.rd, field.address, address),
      store64(op.rd, field.high, high),
      store32(op.rd, field.flags, flag.lazy),
`,
        to: `      store32(op.rd, field.flags, or(and(load32(op.rs1, field.flags), flag.tag), flag.lazy)),
      store64(op.rd, field.address, address),
      store64(op.rd, field.high, high),
`,
      },
    ],
    model: [
      {
        file: "model/isa/cheri-modify.ts",
        from: "capabilityFromMemory(false, data)",
        to: "capabilityFromMemory(machine.readCap(cs1).tag, data)",
      },
    ],
  },
  {
    id: "W04",
    source: "none known",
    effect: "CBuildCap compares bounds, but not permissions",
    difficulty: 2,
    expect: ["M", "A"],
    impl: [{ file: "impl/capability/authority.ts", from: "permsWithin(requested, authority)", to: "i32(1)" }],
    model: [
      {
        file: "model/capability/narrow.ts",
        from: "isWithin(wanted, authority)",
        to: "covers(authority, wanted.base, wanted.top)",
      },
    ],
  },
]);
