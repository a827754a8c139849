/**
 * Decoding the bounds of a capability (CHERI ISAv9, CHERI Concentrate, 128-bit format).
 *
 * Bounds are stored as two 14-bit mantissas B and T and an exponent E, relative to the address: base and top are
 * found in the 2^(E+14) bytes that begin at least 2^(E+11) bytes below the base. The address says which such
 * stretch of memory is meant. `top` needs 65 bits: its low 64 are one value, its highest bit another.
 */

import type { Faults } from "../engine/fault.ts";
import { add, and, eq, extendU, gtU, ltU, ne, or, shl, shrU, sub, wrap, xor } from "../wasm/arithmetic.ts";
import { type Code, i64, type Local, type Statement } from "../wasm/code.ts";
import { select, set, when } from "../wasm/control.ts";
import type { Locals } from "../wasm/module.ts";
import { EXPONENT_MAX, INTERNAL_EXPONENT, MANTISSA } from "./format.ts";

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

export function boundsDecoder(faults: Faults): BoundsDecoder {
  return (locals, high, address) => {
    const [base, top, topBit] = [locals.i64(), locals.i64(), locals.i32()];
    const { statements, region, aboveB, aboveT, B, T, exponent } = decode(faults, locals, high, address);
    const passesEnd = shrU(and(base, xor(top, -1n)), 63n);
    const ownBit = and(shrU(T, sub(i64(64n), exponent)), 1n);
    const lostBit = faults.has("E03") ? [when(eq(exponent, EXPONENT_MAX - 1n), [set(topBit, 0)])] : [];
    return {
      base,
      top,
      topBit,
      statements: [
        ...statements,
        set(base, shl(or(shl(add(region, aboveB), MANTISSA), B), exponent)),
        set(top, shl(or(shl(add(region, aboveT), MANTISSA), T), exponent)),
        // Below exponent 51 top is less than 2^64 above the base, so it has bit 64 if the base has bit 63 and top's
        // low bits have not. From 51 on, bit 64 is one of T's own.
        set(topBit, wrap(select(ltU(exponent, EXPONENT_MAX - 1n), passesEnd, ownBit))),
        ...lostBit,
      ],
    };
  };
}

/** The exponent of an upper word whose internal-exponent bit is set, 0 to 63: three bits of T above three of B. */
export function storedExponent(high: Word): Code<"i64"> {
  return or(and(shrU(high, 11n), 0x38n), and(high, 7n));
}

export function hasExponent(high: Word): Code<"i32"> {
  return ne(and(high, INTERNAL_EXPONENT), 0n);
}

/** Number of the lowest eighth of the mantissa's range that belongs to a stretch: one less than B's, modulo 8. */
export function edgeOf(high: Word, faults: Faults): Code<"i64"> {
  const edge = sub(and(shrU(high, 11n), 7n), 1n);
  return faults.has("E06") ? edge : and(edge, 7n);
}

/** What decoding needs of one capability; `statements` set the locals. */
interface Decoded {
  readonly statements: readonly Statement[];
  /** 0 to 52. */
  readonly exponent: Word;
  readonly B: Word;
  readonly T: Word;
  /** Number of the stretch of 2^(E+14) bytes that the address selects; may be -1. */
  readonly region: Word;
  /** 1 if the base, or the top, lies beyond the multiple of 2^(E+14) inside the stretch. */
  readonly aboveB: Word;
  readonly aboveT: Word;
}

function decode(faults: Faults, locals: Locals, high: Word, address: Word): Decoded {
  const [exponent, B, T, lengthBits] = [locals.i64(), locals.i64(), locals.i64(), locals.i64()];
  const [edge, region, aboveB, aboveT] = [locals.i64(), locals.i64(), locals.i64(), locals.i64()];
  const isAbove = (top3: Code<"i64">) => extendU(ltU(top3, edge));
  const statements = [
    set(exponent, 0n),
    set(lengthBits, 0n),
    set(B, and(high, 0x3fffn)),
    set(T, and(shrU(high, MANTISSA), 0xfffn)),
    when(hasExponent(high), [
      set(exponent, storedExponent(high)),
      set(exponent, select(gtU(exponent, EXPONENT_MAX), i64(EXPONENT_MAX), exponent)),
      set(lengthBits, 1n),
      set(B, and(B, 0x3ff8n)),
      set(T, and(T, 0xff8n)),
    ]),
    // T's two upper bits are not stored: T is B plus a length whose own upper bits are 01, or 00 without an exponent.
    set(lengthBits, add(lengthBits, extendU(ltU(T, and(B, 0xfffn))))),
    set(T, or(T, shl(and(add(shrU(B, 12n), lengthBits), 3n), 12n))),
    set(edge, edgeOf(high, faults)),
    set(aboveB, isAbove(shrU(B, 11n))),
    set(aboveT, isAbove(shrU(T, 11n))),
    set(region, shrU(address, exponent)),
    set(region, sub(shrU(region, MANTISSA), isAbove(and(shrU(region, 11n), 7n)))),
  ];
  return { statements, exponent, B, T, region, aboveB, aboveT };
}
