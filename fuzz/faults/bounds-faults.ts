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
    // impl/capability/slots.ts, setBounds
    impl: [],
    model: [],
  },
  {
    id: "E02",
    source: "microsoft/cheriot-ibex#21",
    effect: "CSetBounds does not compare the address with the base: bounds grow below it",
    difficulty: 2,
    expect: ["M", "L"],
    // impl/capability/slots.ts, setBounds
    impl: [],
    model: [],
  },
  {
    id: "E03",
    source: "microsoft/cheriot-ibex#7",
    effect: "the highest bit of a top is lost at one large exponent",
    difficulty: 4,
    expect: ["L", "D"],
    // impl/capability/bounds.ts, boundsDecoder
    impl: [],
    model: [],
  },
  {
    id: "E04",
    source: "microsoft/cheriot-ibex#12",
    effect: "an access is refused only if it is both below the base and beyond the top",
    difficulty: 1,
    expect: ["A", "D"],
    // impl/engine/access.ts, checkAccess
    impl: [],
    model: [],
  },
  {
    id: "E05",
    source: "CTSRD-CHERI/cheri-compressed-cap 6f5e9c7",
    effect: "the conservative representability check allows one unit too many",
    difficulty: 4,
    expect: ["L"],
    // impl/capability/range.ts, representable
    impl: [],
    model: [],
  },
  {
    id: "E06",
    source: "CTSRD-CHERI/cheri-compressed-cap 8c784b4",
    effect:
      "the edge of the representable region is not cut to three bits: bounds with a small B decode elsewhere",
    difficulty: 3,
    expect: ["L", "D"],
    // impl/capability/bounds.ts, edgeOf
    impl: [],
    model: [],
  },
  {
    id: "E08",
    source: "CTSRD-CHERI/cheri-compressed-cap a8aa4ab",
    effect: "CRAM and CRRL are worked out from the length before it is rounded",
    difficulty: 3,
    expect: ["L"],
    // impl/capability/narrowing.ts, alignmentMask
    impl: [],
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
        from: 'faults.has("E18") ? or(and(flags, flag.tag), flag.lazy) : flag.lazy',
        to: "or(and(withoutTagIfSealed(flags), flag.tag), flag.lazy)",
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
    // impl/capability/slots.ts, setBounds
    impl: [],
    model: [],
  },
  {
    id: "E21",
    source: "CTSRD-CHERI/cheri-cap-lib 354a673",
    effect: "CSetBounds keeps the tag of bounds outside those of its source",
    difficulty: 1,
    expect: ["M"],
    // impl/capability/slots.ts, setBounds
    impl: [],
    model: [],
  },
  {
    id: "E24",
    source: "CTSRD-CHERI/cheri-cap-lib 033135b",
    effect: "a capability with an exponent loses a bit of its top on the way to memory",
    difficulty: 3,
    expect: ["L"],
    // impl/engine/ops-cheri-memory.ts, putCapability
    impl: [],
    model: [],
  },
  {
    id: "E25",
    source: "CTSRD-CHERI/qemu e700ba3",
    effect: "CBuildCap accepts a pattern of bounds that nothing else makes",
    difficulty: 3,
    expect: ["M", "L"],
    // impl/capability/authority.ts, mayBuild
    impl: [],
    model: [],
  },
  {
    id: "E27",
    source: "CTSRD-CHERI/TestRIG-traces, C library",
    effect: "CSetBounds up to the end of the address space gives a top of 0",
    difficulty: 3,
    expect: ["L", "M"],
    // impl/capability/narrowing.ts, narrow
    impl: [],
    model: [],
  },
  {
    id: "E28",
    source: "CTSRD-CHERI/qemu 02fe050",
    effect: "CTestSubset takes a top of 2^64 for 2^64-1",
    difficulty: 5,
    expect: ["D", "L"],
    // impl/capability/authority.ts, isSubset
    impl: [],
    model: [],
  },
  {
    id: "E29",
    source: "CTSRD-CHERI/qemu acf11e5",
    effect:
      "the end of an access is compared modulo 2^64: the last bytes of the address space are in any bounds",
    difficulty: 3,
    expect: ["D", "A"],
    // impl/engine/access.ts, checkAccess
    impl: [],
    model: [],
  },
]);
