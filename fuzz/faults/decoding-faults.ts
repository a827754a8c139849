/** Mistakes in decoding bounds. */
import { ofKind } from "./planted-fault.ts";

export const decoding = ofKind("encoding and bounds", [
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
      {
        file: "impl/capability/slots.ts",
        from: `      and(tag, isExact),
      [`,
        to: `      i32(0),
      [`,
      },
    ],
    model: [
      {
        file: "model/capability/bounds.ts",
        from: `  return { base, top };
`,
        to: `  return { base, top: exponent === exponentMax - 1n ? top & addressMask : top };
`,
      },
    ],
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
      {
        file: "impl/capability/slots.ts",
        from: `      and(tag, isExact),
      [`,
        to: `      i32(0),
      [`,
      },
      {
        file: "impl/capability/slots.ts",
        from: "choose(fits, withoutTagIfSealed(flags), flag.lazy)",
        to: "or(and(choose(fits, withoutTagIfSealed(flags), 0), flag.tag), flag.lazy)",
      },
    ],
    model: [
      {
        file: "model/capability/bounds.ts",
        from: "const start = ((bottom >> (mantissaBits - 3n)) - 1n) << (mantissaBits - 3n);",
        to: `const eighth = bottom >> (mantissaBits - 3n);
  const start = eighth === 0n ? 0n : (eighth - 1n) << (mantissaBits - 3n);`,
      },
    ],
  },
  {
    id: "E07",
    source: "CTSRD-CHERI/cheri-compressed-cap c2ac7ae",
    effect: "the highest bit of a top is worked out as for small bounds at one exponent too many",
    difficulty: 4,
    expect: ["L", "D"],
    impl: [
      {
        file: "impl/capability/bounds.ts",
        from: "select(ltU(exponent, max - 1n), passesEnd",
        to: "select(ltU(exponent, max), passesEnd",
      },
      {
        file: "impl/capability/slots.ts",
        from: `      and(tag, isExact),
      [`,
        to: `      i32(0),
      [`,
      },
    ],
    model: [
      {
        file: "model/capability/bounds.ts",
        from: "exponent < exponentMax - 1n && apart",
        to: "exponent < exponentMax && apart",
      },
    ],
  },
  {
    id: "E16",
    source: "CTSRD-CHERI/sail-cheri-riscv 801b9a7",
    effect: "the largest exponent is one less: the root capability covers half of the address space",
    difficulty: 1,
    over: true,
    expect: ["D", "O"],
    impl: [
      {
        file: "impl/capability/bounds.ts",
        from: "select(gtU(exponent, max), i64(max), exponent)",
        to: "select(gtU(exponent, max - 1n), i64(max - 1n), exponent)",
      },
      {
        file: "impl/capability/slots.ts",
        from: "const NULL_FLAGS = flag.top64;",
        to: "const NULL_FLAGS = 0;",
      },
      {
        file: "impl/capability/slots.ts",
        from: "store64(slot, field.top, 0n)",
        to: "store64(slot, field.top, 1n << 63n)",
      },
    ],
    model: [
      {
        file: "model/capability/bounds.ts",
        from: "if (exponent > format.exponentMax) exponent = format.exponentMax;",
        to: "if (exponent >= format.exponentMax) exponent = format.exponentMax - 1n;",
      },
      {
        file: "model/capability/capability.ts",
        from: "top: 1n << format.addressBits,",
        to: "top: 1n << (format.addressBits - 1n),",
      },
      {
        file: "model/capability/bounds.ts",
        from: "const lost = exponentOf(format, field) + format.exponentHalf;",
        to: `const { mantissaBits, exponentHalf, exponentHalfMask: halfMask } = format;
  const upperHalf = ((field >> mantissaBits) & halfMask) << exponentHalf;
  const lost = (upperHalf | (field & halfMask)) + exponentHalf;`,
      },
    ],
  },
]);
