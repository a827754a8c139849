/** Mistakes about which addresses bounds can follow. */
import { ofKind } from "./planted-fault.ts";

export const representable = ofKind("encoding and bounds", [
  {
    id: "E05",
    source: "CTSRD-CHERI/cheri-compressed-cap 6f5e9c7",
    effect: "the conservative representability check allows one unit too many",
    difficulty: 4,
    expect: ["L"],
    impl: [
      { file: "impl/capability/range.ts", from: "ret(ltU(units, ", to: "ret(leU(units, " },
      {
        file: "impl/capability/slots.ts",
        from: "choose(fits, withoutTagIfSealed(flags), flag.lazy)",
        to: "or(and(choose(fits, withoutTagIfSealed(flags), 0), flag.tag), flag.lazy)",
      },
    ],
    model: [
      {
        file: "model/capability/address.ts",
        from: "return incrementMid < ((toStart",
        to: "return incrementMid <= ((toStart",
      },
    ],
  },
  {
    id: "E10",
    source: "CTSRD-CHERI/cheri-compressed-cap a865999",
    effect:
      "the representability check shifts a negative increment as if it were none: all but those that stay in bounds are refused",
    difficulty: 3,
    over: true,
    expect: ["D", "O"],
    impl: [
      {
        file: "impl/capability/range.ts",
        from: "shrS(increment, add(exponent, mantissa))",
        to: "shrU(increment, add(exponent, mantissa))",
      },
      {
        file: "impl/capability/slots.ts",
        from: "set(fits, call(range.representable, load64(from, field.high), address, increment)),",
        to: `set(fits, call(range.representable, load64(from, field.high), address, increment)),
    set(
      fits,
      or(fits, leU(sub(add(address, increment), load64(from, field.base)), load64(from, field.length))),
    ),`,
      },
    ],
    model: [
      {
        file: "model/capability/address.ts",
        from: "const beyond = increment >> (exponent + mantissaBits);",
        to: "const beyond = BigInt.asUintN(64, increment) >> (exponent + mantissaBits);",
      },
    ],
  },
  {
    id: "E12",
    source: "CTSRD-CHERI/cheri-compressed-cap c8e4bfc",
    effect: "every address counts as representable for a capability of length 0",
    difficulty: 4,
    expect: ["L", "D"],
    impl: [
      {
        file: "impl/capability/slots.ts",
        from: "set(fits, call(range.representable, load64(from, field.high), address, increment)),",
        to: `set(fits, call(range.representable, load64(from, field.high), address, increment)),
    set(fits, or(fits, isZero(load64(from, field.length)))),`,
      },
      {
        file: "impl/capability/slots.ts",
        from: "choose(fits, withoutTagIfSealed(flags), flag.lazy)",
        to: "or(and(choose(fits, withoutTagIfSealed(flags), 0), flag.tag), flag.lazy)",
      },
    ],
    model: [
      {
        file: "model/capability/address.ts",
        from: `  if (covers(cap, address, address)) return true;
`,
        to: `  if (covers(cap, address, address) || cap.base === cap.top) return true;
`,
      },
    ],
  },
  {
    id: "E13",
    source: "CTSRD-CHERI/cheri-compressed-cap fe8d954",
    effect:
      "the representability check does not cut a negative increment to the mantissa: it then never seems to leave the region",
    difficulty: 4,
    expect: ["M", "L"],
    impl: [
      {
        file: "impl/capability/range.ts",
        from: "set(units, and(shrU(increment, exponent), whole))",
        to: "set(units, shrU(increment, exponent))",
      },
      {
        file: "impl/capability/slots.ts",
        from: "choose(fits, withoutTagIfSealed(flags), flag.lazy)",
        to: "or(and(choose(fits, withoutTagIfSealed(flags), 0), flag.tag), flag.lazy)",
      },
    ],
    model: [
      {
        file: "model/capability/address.ts",
        from: "const incrementMid = (increment >> exponent) & mantissaMask;",
        to: "const incrementMid = BigInt.asUintN(64, increment) >> exponent;",
      },
    ],
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
    id: "E20",
    source: "CTSRD-CHERI/cheri-cap-lib 6f8e3fa",
    effect: "CSetAddr compares only the lower halves of the bounds before and after",
    difficulty: 4,
    expect: ["M", "L"],
    impl: [
      {
        file: "impl/capability/range.ts",
        from: "const same = and(eq(old.base, moved.base), eq(old.top, moved.top));",
        to: `const low = (value: Code<"i64">) => shl(value, 32n);
      const same = and(eq(low(old.base), low(moved.base)), eq(low(old.top), low(moved.top)));`,
      },
      { file: "impl/capability/range.ts", from: "and(same, eq(old.topBit, moved.topBit))", to: "same" },
      {
        file: "impl/capability/slots.ts",
        from: "choose(same, withoutTagIfSealed(flags), flag.lazy)",
        to: "choose(same, or(and(withoutTagIfSealed(flags), flag.tag), flag.lazy), flag.lazy)",
      },
    ],
    model: [
      {
        file: "model/capability/address.ts",
        from: "result.base !== cap.base || result.top !== cap.top",
        to: "(((result.base ^ cap.base) | (result.top ^ cap.top)) & 0xffff_ffffn) !== 0n",
      },
    ],
  },
]);
