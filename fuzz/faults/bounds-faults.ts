/** Mistakes in setting bounds. */
import { ofKind } from "./planted-fault.ts";

export const bounds = ofKind("encoding and bounds", [
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
        to: `const length = load64(from, field.length);
  return and(isAbove, or(leU(sub(top, address), length), eq(length, LENGTH_MAX)));`,
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
        file: "model/capability/narrow.ts",
        from: "!covers(cap, base, base + length)",
        to: "base < cap.base || (length > cap.top - cap.base && cap.top - cap.base < 2n ** 63n - 1n)",
      },
    ],
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
    model: [
      {
        file: "model/capability/narrow.ts",
        from: "!covers(cap, base, base + length)",
        to: "base + length > cap.top",
      },
    ],
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
        choose(
          ltU(length, 1n << (format.mantissa - 2n + format.addressLow)),
          i64(0n),
          sub(shl(i64(1n), sub(i64(65n - format.mantissa + format.exponentHalf), clz(length))), 1n),
        ),
        -1n,
      )`,
      },
    ],
    model: [
      {
        file: "model/capability/bounds.ts",
        from: "const lost = exponentOf(format, field) + format.exponentHalf;",
        to: "const lost = BigInt(bitLength(length)) - format.mantissaBits + 1n + format.exponentHalf;",
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
    model: [
      {
        file: "model/capability/narrow.ts",
        from: "return clearTagIf(result, !exact);",
        to: "return result;",
      },
    ],
  },
  {
    id: "E21",
    source: "CTSRD-CHERI/cheri-cap-lib 354a673",
    effect: "CSetBounds keeps the tag of bounds outside those of its source",
    difficulty: 1,
    expect: ["M"],
    impl: [
      { file: "impl/capability/slots.ts", from: "return and(isAbove, isBelow);", to: "return i32(1);" },
      {
        file: "impl/capability/slots.ts",
        from: `      and(tag, isExact),
      [`,
        to: `      i32(0),
      [`,
      },
    ],
    model: [{ file: "model/capability/narrow.ts", from: "!covers(cap, base, base + length)", to: "false" }],
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
      {
        file: "impl/capability/narrowing.ts",
        from: "brIf(again, ne(and(sub(mantissaT, mantissaB), 1n << (kept - 1n)), 0n)),",
        to: `brIf(
          again,
          and(ltU(shift, 68n - kept), ne(and(sub(mantissaT, mantissaB), 1n << (kept - 1n)), 0n)),
        ),`,
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
        file: "model/capability/narrow.ts",
        from: "bounded(format, clearTagIfSealed(format, cap), base, base + length)",
        to: `bounded(
    format,
    clearTagIfSealed(format, cap),
    base,
    (base + length) & format.addressMask,
  )`,
      },
    ],
  },
  {
    id: "W01",
    source: "none known",
    effect:
      "bounds with an exponent are rounded up by one unit also where they are exact: beyond those of the source",
    difficulty: 2,
    expect: ["M", "L"],
    impl: [
      {
        file: "impl/capability/narrowing.ts",
        from: "add(topUnits, extendU(isRounded))",
        to: "add(topUnits, 1n)",
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
        from: "const roundUp = (top & lost) === 0n ? 0n : 1n;",
        to: "const roundUp = 1n;",
      },
    ],
  },
  {
    id: "W02",
    source: "none known",
    effect:
      "the end of what CSetBounds asks for is compared modulo 2^64: a length that wraps is within anything",
    difficulty: 3,
    expect: ["M", "L"],
    impl: [
      {
        file: "impl/capability/slots.ts",
        from: "return and(isAbove, isBelow);",
        to: "return and(isAbove, or(endsBelow, reachesEnd));",
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
        file: "model/capability/narrow.ts",
        from: "!covers(cap, base, base + length)",
        to: "!covers(cap, base, (base + length) & format.addressMask)",
      },
    ],
  },
]);
