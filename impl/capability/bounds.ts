/**
 * Decoding the bounds of a capability (CHERI ISAv9, CHERI Concentrate, 128-bit format).
 *
 * Bounds are stored as two mantissas B and T (of 14 bits in RV64) and an exponent E, relative to the address: base
 * and top are found in the 2^(E+14) bytes that begin at least 2^(E+11) bytes below the base. The address says which
 * such stretch of memory is meant. `top` needs 65 bits: its low 64 are one value, its highest bit another.
 */

import { add, and, extendU, gtU, ltU, ne, or, shl, shrU, sub, wrap, xor } from "../wasm/arithmetic.ts";
import { type Code, i64, type Local, type Statement } from "../wasm/code.ts";
import { select, set, when } from "../wasm/control.ts";
import type { Locals } from "../wasm/module.ts";
import { exponentMax, type Format, internalExponent, ones } from "./format.ts";

type Word = Local<"i64">;

/** Decoded bounds, once `statements` have run. */
export interface Bounds {
  readonly statements: readonly Statement[];
  readonly base: Local<"i64">;
  /** Low 64 bits, and bit 64. */
  readonly top: Local<"i64">;
  readonly topBit: Local<"i32">;
}

/** Emits the code that decodes the bounds of a capability, given by its upper word and its address. */
export type BoundsDecoder = (locals: Locals, high: Word, address: Word) => Bounds;

export function boundsDecoder(format: Format): BoundsDecoder {
  const { mantissa } = format;
  const max = exponentMax(format);
  return (locals, high, address) => {
    const [base, top, topBit] = [locals.i64(), locals.i64(), locals.i32()];
    const { statements, region, aboveB, aboveT, B, T, exponent } = decode(format, locals, high, address);
    const passesEnd = shrU(and(base, xor(top, -1n)), 63n);
    const ownBit = and(shrU(T, sub(i64(64n), exponent)), 1n);
    return {
      base,
      top,
      topBit,
      statements: [
        ...statements,
        set(base, shl(or(shl(add(region, aboveB), mantissa), B), exponent)),
        set(top, shl(or(shl(add(region, aboveT), mantissa), T), exponent)),
        // Below exponent 51 top is less than 2^64 above the base, so it has bit 64 if the base has bit 63 and top's
        // low bits have not. From 51 on (65 less the mantissa's bits), bit 64 is one of T's own.
        set(topBit, wrap(select(ltU(exponent, max - 1n), passesEnd, ownBit))),
      ],
    };
  };
}

/** The exponent of an upper word whose internal-exponent bit is set: the low bits of T above those of B. */
export function storedExponent({ mantissa, exponentHalf, addressLow }: Format, high: Word): Code<"i64"> {
  const [upperHalf, lowerHalf] = [ones(exponentHalf) << exponentHalf, ones(exponentHalf)];
  const stored = or(and(shrU(high, mantissa - exponentHalf), upperHalf), and(high, lowerHalf));
  return addressLow === 0n ? stored : add(stored, addressLow);
}

export function hasExponent(format: Format, high: Word): Code<"i32"> {
  return ne(and(high, internalExponent(format)), 0n);
}

/** Number of the lowest eighth of the mantissa's range that belongs to a stretch: one less than B's, modulo 8. */
export function edgeOf({ mantissa }: Format, high: Word): Code<"i64"> {
  return and(sub(and(shrU(high, mantissa - 3n), 7n), 1n), 7n);
}

/** What decoding needs of one capability; `statements` set the locals. */
interface Decoded {
  readonly statements: readonly Statement[];
  /** 0 to 52 in RV64. */
  readonly exponent: Word;
  readonly B: Word;
  readonly T: Word;
  /** Number of the stretch of 2^(E+14) bytes that the address selects; may be -1. */
  readonly region: Word;
  /** 1 if the base, or the top, lies beyond the multiple of 2^(E+14) inside the stretch. */
  readonly aboveB: Word;
  readonly aboveT: Word;
}

function decode(format: Format, locals: Locals, high: Word, address: Word): Decoded {
  const { mantissa, exponentHalf, addressLow } = format;
  const [max, whole, part] = [exponentMax(format), ones(mantissa), ones(mantissa - 2n)];
  const exponentBits = ones(exponentHalf);
  const [exponent, B, T, lengthBits] = [locals.i64(), locals.i64(), locals.i64(), locals.i64()];
  const [edge, region, aboveB, aboveT] = [locals.i64(), locals.i64(), locals.i64(), locals.i64()];
  const isAbove = (top3: Code<"i64">) => extendU(ltU(top3, edge));
  const statements = [
    set(exponent, addressLow),
    set(lengthBits, 0n),
    set(B, and(high, whole)),
    set(T, and(shrU(high, mantissa), part)),
    when(hasExponent(format, high), [
      set(exponent, storedExponent(format, high)),
      set(exponent, select(gtU(exponent, max), i64(max), exponent)),
      set(lengthBits, 1n),
      set(B, and(B, whole ^ exponentBits)),
      set(T, and(T, part ^ exponentBits)),
    ]),
    // T's two upper bits are not stored: T is B plus a length whose own upper bits are 01, or 00 without an exponent.
    set(lengthBits, add(lengthBits, extendU(ltU(T, and(B, part))))),
    set(T, or(T, shl(and(add(shrU(B, mantissa - 2n), lengthBits), 3n), mantissa - 2n))),
    set(edge, edgeOf(format, high)),
    set(aboveB, isAbove(shrU(B, mantissa - 3n))),
    set(aboveT, isAbove(shrU(T, mantissa - 3n))),
    set(region, shrU(address, exponent)),
    set(region, sub(shrU(region, mantissa), isAbove(and(shrU(region, mantissa - 3n), 7n)))),
  ];
  return { statements, exponent, B, T, region, aboveB, aboveT };
}
