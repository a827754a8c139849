/** Mistakes in the encoding of capabilities, their bounds and what they can represent. */
import { ofKind } from "./planted-fault.ts";

export const encoding = ofKind("encoding and bounds", [
  {
    id: "E01",
    source: "CTSRD-CHERI/qemu#75",
    effect:
      "CSetBounds compares the length with the old length, wherever the address is: bounds grow beyond the top",
    difficulty: 2,
    expect: ["M", "L"],
    impl: [
      {
        file: "impl/capability/slots.ts",
        from: "return and(isAbove, isBelow);",
        to: "return and(isAbove, leU(sub(top, address), load64(from, field.length)));",
      },
    ],
    model: [],
  },
  {
    id: "E02",
    source: "microsoft/cheriot-ibex#21",
    effect: "CSetBounds does not compare the address with the base: bounds grow below it",
    difficulty: 2,
    expect: ["M", "L"],
    impl: [
      { file: "impl/capability/slots.ts", from: "return and(isAbove, isBelow);", to: "return isBelow;" },
    ],
    model: [],
  },
  {
    id: "E03",
    source: "microsoft/cheriot-ibex#7",
    effect: "the highest bit of a top is lost at one large exponent",
    difficulty: 4,
    expect: ["L", "D"],
    impl: [
      {
        file: "impl/capability/bounds.ts",
        from: "passesEnd, ownBit)",
        to: "passesEnd, and(ownBit, extendU(gtU(exponent, max - 1n))))",
      },
    ],
    model: [],
  },
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
    model: [],
  },
  {
    id: "E05",
    source: "CTSRD-CHERI/cheri-compressed-cap 6f5e9c7",
    effect: "the conservative representability check allows one unit too many",
    difficulty: 4,
    expect: ["L"],
    impl: [{ file: "impl/capability/range.ts", from: "ret(ltU(units, ", to: "ret(leU(units, " }],
    model: [],
  },
  {
    id: "E06",
    source: "CTSRD-CHERI/cheri-compressed-cap 8c784b4",
    effect:
      "the edge of the representable region is not cut to three bits: bounds with a small B decode elsewhere",
    difficulty: 3,
    expect: ["L", "D"],
    impl: [
      {
        file: "impl/capability/bounds.ts",
        from: "return and(sub(and(shrU(high, mantissa - 3n), 7n), 1n), 7n);",
        to: "return sub(and(shrU(high, mantissa - 3n), 7n), 1n);",
      },
    ],
    model: [],
  },
  {
    id: "E08",
    source: "CTSRD-CHERI/cheri-compressed-cap a8aa4ab",
    effect: "CRAM and CRRL are worked out from the length before it is rounded",
    difficulty: 3,
    expect: ["L"],
    impl: [
      {
        file: "impl/capability/narrowing.ts",
        from: "xor(roundedBits(format, high), -1n)",
        to: `xor(
        choose(ltU(length, 0x1000n), i64(0n), sub(shl(i64(1n), sub(i64(54n), clz(length))), 1n)),
        -1n,
      )`,
      },
    ],
    model: [],
  },
  {
    id: "E18",
    source: "CTSRD-CHERI/riscv-isa-sim b887bf9",
    effect:
      "CIncOffset and CSetOffset keep the tag of an unrepresentable result, which then has other bounds",
    difficulty: 2,
    expect: ["M", "L"],
    impl: [
      {
        file: "impl/capability/slots.ts",
        from: "choose(fits, withoutTagIfSealed(flags), flag.lazy)",
        to: "choose(fits, withoutTagIfSealed(flags), or(and(withoutTagIfSealed(flags), flag.tag), flag.lazy))",
      },
    ],
    model: [
      {
        file: "model/capability/address.ts",
        from: "return clearTagIf(result, !isRepresentableFast(format, cap, address));",
        to: "return result;",
      },
    ],
  },
  {
    id: "E19",
    source: "CTSRD-CHERI/riscv-isa-sim fddb9e6",
    effect: "CSetBoundsExact keeps the tag of rounded bounds",
    difficulty: 2,
    expect: ["D", "L"],
    impl: [
      {
        file: "impl/capability/slots.ts",
        from: `    set(tag, and(tag, or(isZero(exact), isExact))),
`,
        to: "",
      },
    ],
    model: [],
  },
  {
    id: "E21",
    source: "CTSRD-CHERI/cheri-cap-lib 354a673",
    effect: "CSetBounds keeps the tag of bounds outside those of its source",
    difficulty: 1,
    expect: ["M"],
    impl: [{ file: "impl/capability/slots.ts", from: "return and(isAbove, isBelow);", to: "return i32(1);" }],
    model: [],
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
    model: [],
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
    model: [],
  },
  {
    id: "E27",
    source: "CTSRD-CHERI/TestRIG-traces, C library",
    effect: "CSetBounds up to the end of the address space gives a top of 0",
    difficulty: 3,
    expect: ["L", "M"],
    impl: [
      {
        file: "impl/capability/narrowing.ts",
        from: "address, top, ltU(top, address))",
        to: "address, top, 0)",
      },
    ],
    model: [],
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
        to: "or(isTopWithin(inner, outer), and(eq(outer.top, -1n), inner.topBit))), permsWithin",
      },
    ],
    model: [],
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
    model: [],
  },
]);
