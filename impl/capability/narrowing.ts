/**
 * Choosing bounds: CSetBounds, CRRL and CRAM as WebAssembly functions (CHERI ISAv9).
 *
 * In RV64, lengths below 4096 are always exact. A longer one takes an exponent that brings its first one-bit to bit
 * 12 of the mantissa; three bits of each mantissa then hold the exponent, so that base and top are rounded outward
 * to multiples of 2^(E+3). Rounding may lengthen the mantissa by a bit, which takes the next exponent.
 */

import { add, and, clz, extendU, geS, isZero, ltU, ne, or, shl, shrU, sub, xor } from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i64, type Local, type Statement } from "../wasm/code.ts";
import { brIf, call, choose, loop, select, set, when } from "../wasm/control.ts";
import type { Locals, ModuleBuilder } from "../wasm/module.ts";
import { hasExponent, storedExponent } from "./bounds.ts";
import { addressValue, BOUNDS_MASK, type Format, internalExponent, ones } from "./format.ts";

type Word = Local<"i64">;

/** Functions that choose bounds. */
export interface NarrowingFunctions {
  /** (upper word, base, low 64 bits of top, bit 64 of top): the upper word with the tightest bounds around them. */
  readonly enclose: FunctionRef<readonly ["i64", "i64", "i64", "i32"], "i64">;
  /** (upper word, address, length): the upper word that CSetBounds gives. */
  readonly narrow: FunctionRef<readonly ["i64", "i64", "i64"], "i64">;
  /** (narrowed upper word, base, length): 1 if nothing was rounded. */
  readonly isExact: FunctionRef<readonly ["i64", "i64", "i64"], "i32">;
  /** CRAM: the alignment mask of a length. */
  readonly alignmentMask: FunctionRef<readonly ["i64"], "i64">;
  /** CRRL: the representable length at or above a length, modulo 2^64. */
  readonly representableLength: FunctionRef<readonly ["i64"], "i64">;
}

export function defineNarrowing(module: ModuleBuilder, format: Format): NarrowingFunctions {
  const enclose = module.func("enclose", ["i64", "i64", "i64", "i32"], "i64", (locals, ...operands) =>
    encloseBody(format, locals, ...operands),
  );
  const narrow = module.func("narrow", ["i64", "i64", "i64"], "i64", (locals, high, address, length) => {
    const top = locals.i64();
    return [set(top, add(address, length)), call(enclose, high, address, top, ltU(top, address))];
  });
  const isExact = module.func("is_exact", ["i64", "i64", "i64"], "i32", (_locals, high, base, length) => [
    isZero(and(or(base, add(base, length)), roundedBits(format, high))),
  ]);
  const alignmentMask = module.func("alignment_mask", ["i64"], "i64", (locals, length) => {
    const high = locals.i64();
    return [set(high, call(enclose, 0n, 0n, length, 0)), xor(roundedBits(format, high), -1n)];
  });
  const representableLength = module.func("representable_length", ["i64"], "i64", (locals, length) => {
    const mask = locals.i64();
    return [set(mask, call(alignmentMask, length)), and(add(length, xor(mask, -1n)), mask)];
  });
  return { enclose, narrow, isExact, alignmentMask, representableLength };
}

/** Ones where the base and the top of these bounds can only hold zeros. */
function roundedBits(format: Format, high: Word): Code<"i64"> {
  const unit = i64(1n << format.exponentHalf);
  return choose(hasExponent(format, high), sub(shl(unit, storedExponent(format, high)), 1n), 0n);
}

function encloseBody(
  format: Format,
  locals: Locals,
  high: Word,
  base: Word,
  top: Word,
  topBit: Local<"i32">,
): [...Statement[], Code<"i64">] {
  const { mantissa, exponentHalf, addressLow } = format;
  const kept = mantissa - exponentHalf;
  const lowest = exponentHalf + addressLow;
  const storedTop = and(addressValue(format, top), ones(mantissa - 2n));
  const [field, shift, mantissaB, mantissaT] = [locals.i64(), locals.i64(), locals.i64(), locals.i64()];
  const lengthBit = xor(topBit, ltU(top, base));
  const exponent = sub(shift, lowest);
  const isRounded = ne(and(top, sub(shl(i64(1n), shift), 1n)), 0n);
  const topUnits = or(shrU(top, shift), shl(extendU(topBit), sub(i64(64n), shift)));
  return [
    set(field, or(shl(storedTop, mantissa), and(addressValue(format, base), ones(mantissa)))),
    // Three more than the exponent; less than three if the length is below 4096.
    set(shift, select(lengthBit, i64(66n - kept), sub(i64(65n - kept), clz(sub(top, base))))),
    when(geS(shift, lowest), [
      loop((again) => [
        set(mantissaB, and(shrU(base, shift), ones(kept))),
        set(mantissaT, and(add(topUnits, extendU(isRounded)), ones(kept))),
        set(field, shl(and(mantissaT, ones(kept - 2n)), mantissa + exponentHalf)),
        set(field, or(field, or(shl(shrU(exponent, exponentHalf), mantissa), internalExponent(format)))),
        set(field, or(field, or(shl(mantissaB, exponentHalf), and(exponent, ones(exponentHalf))))),
        // One exponent more if rounding made the length too long for this one.
        set(shift, add(shift, 1n)),
        brIf(again, ne(and(sub(mantissaT, mantissaB), 1n << (kept - 1n)), 0n)),
      ]),
    ]),
    or(and(high, ~BOUNDS_MASK), field),
  ];
}
