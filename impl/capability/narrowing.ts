/**
 * Choosing bounds: CSetBounds, CRRL and CRAM as WebAssembly functions (CHERI ISAv9).
 *
 * Lengths below 4096 are always exact. A longer one takes an exponent that brings its first one-bit to bit 12 of
 * the mantissa; three bits of each mantissa then hold the exponent, so that base and top are rounded outward to
 * multiples of 2^(E+3). Rounding may lengthen the mantissa by a bit, which takes the next exponent.
 */
import { add, and, clz, eq, isZero, ltU, ne, or, shl, shrU, sub, xor } from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i32, i64, type Local, type Statement } from "../wasm/code.ts";
import { call, choose, select, set, when } from "../wasm/control.ts";
import type { Locals, ModuleBuilder } from "../wasm/module.ts";
import { type BoundsFunctions, hasExponent, storedExponent } from "./bounds.ts";
import { BOUNDS_MASK, INTERNAL_EXPONENT, MANTISSA } from "./format.ts";

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

export function defineNarrowing(module: ModuleBuilder): NarrowingFunctions {
  const enclose = module.func("enclose", ["i64", "i64", "i64", "i32"], "i64", encloseBody);
  const narrow = module.func("narrow", ["i64", "i64", "i64"], "i64", (locals, high, address, length) => {
    const top = locals.i64();
    return [set(top, add(address, length)), call(enclose, high, address, top, ltU(top, address))];
  });
  const isExact = module.func("is_exact", ["i64", "i64", "i64"], "i32", (_locals, high, base, length) => [
    isZero(and(or(base, add(base, length)), roundedBits(high))),
  ]);
  const alignmentMask = module.func("alignment_mask", ["i64"], "i64", (locals, length) => {
    const high = locals.i64();
    return [set(high, call(enclose, 0n, 0n, length, 0)), xor(roundedBits(high), -1n)];
  });
  const representableLength = module.func("representable_length", ["i64"], "i64", (locals, length) => {
    const mask = locals.i64();
    return [set(mask, call(alignmentMask, length)), and(add(length, xor(mask, -1n)), mask)];
  });
  return { enclose, narrow, isExact, alignmentMask, representableLength };
}

/** Ones where the base and the top of these bounds can only hold zeros. */
function roundedBits(high: Word): Code<"i64"> {
  return choose(hasExponent(high), sub(shl(i64(8n), storedExponent(high)), 1n), 0n);
}

function encloseBody(
  locals: Locals,
  high: Word,
  base: Word,
  top: Word,
  topBit: Local<"i32">,
): [...Statement[], Code<"i64">] {
  const [length, field, exponent] = [locals.i64(), locals.i64(), locals.i64()];
  const lengthBit = xor(topBit, ltU(top, base));
  const small = or(shl(and(top, 0xfffn), MANTISSA), and(base, 0x3fffn));
  return [
    set(length, sub(top, base)),
    set(exponent, select(lengthBit, i64(52n), sub(i64(51n), clz(length)))),
    when(ltS0(exponent), [set(field, small)], []),
    or(and(high, ~BOUNDS_MASK), field),
  ];
}
