/**
 * What lies within bounds, and which addresses bounds can follow, as WebAssembly functions (CHERI ISAv9).
 *
 * A capability is given by its upper word and its address.
 */

import { add, and, eq, geU, isZero, leU, ltU, ne, shl, shrS, shrU, sub } from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i32, type Local, type Statement } from "../wasm/code.ts";
import { ret, set, when } from "../wasm/control.ts";
import type { Locals, ModuleBuilder } from "../wasm/module.ts";
import { type BoundsDecoder, edgeOf, hasExponent, storedExponent } from "./bounds.ts";
import { exponentMax, type Format, ones } from "./format.ts";

type Word = Local<"i64">;
type Answer = [...Statement[], Code<"i32">];

/** Functions of a capability's bounds. */
export interface RangeFunctions {
  readonly base: FunctionRef<readonly ["i64", "i64"], "i64">;
  /** Low 64 bits of top. */
  readonly top: FunctionRef<readonly ["i64", "i64"], "i64">;
  /** Bit 64 of top. */
  readonly topBit: FunctionRef<readonly ["i64", "i64"], "i32">;
  /** (upper word, address, at, size): 1 if the `size` bytes from `at` lie in bounds. */
  readonly inBounds: FunctionRef<readonly ["i64", "i64", "i64", "i64"], "i32">;
  /** (upper word, address, increment): the conservative check of CIncOffset, CSetOffset and CFromPtr. */
  readonly representable: FunctionRef<readonly ["i64", "i64", "i64"], "i32">;
  /** (upper word, address, other address): 1 if both addresses decode to the same bounds. */
  readonly sameBounds: FunctionRef<readonly ["i64", "i64", "i64"], "i32">;
}

export function defineRange(module: ModuleBuilder, format: Format, decode: BoundsDecoder): RangeFunctions {
  return {
    base: module.func("capability_base", ["i64", "i64"], "i64", (locals, high, address) => {
      const { statements, base } = decode(locals, high, address);
      return [...statements, base];
    }),
    top: module.func("capability_top", ["i64", "i64"], "i64", (locals, high, address) => {
      const { statements, top } = decode(locals, high, address);
      return [...statements, top];
    }),
    topBit: module.func("capability_top_bit", ["i64", "i64"], "i32", (locals, high, address) => {
      const { statements, topBit } = decode(locals, high, address);
      return [...statements, topBit];
    }),
    inBounds: module.func("is_in_bounds", ["i64", "i64", "i64", "i64"], "i32", (locals, ...operands) =>
      inBoundsBody(decode, locals, ...operands),
    ),
    representable: module.func("is_representable", ["i64", "i64", "i64"], "i32", (locals, ...operands) =>
      representableBody(format, locals, ...operands),
    ),
    sameBounds: module.func("same_bounds", ["i64", "i64", "i64"], "i32", (locals, high, from, to) => {
      const [old, moved] = [decode(locals, high, from), decode(locals, high, to)];
      const same = and(eq(old.base, moved.base), eq(old.top, moved.top));
      return [...old.statements, ...moved.statements, and(same, eq(old.topBit, moved.topBit))];
    }),
  };
}

function inBoundsBody(
  decode: BoundsDecoder,
  locals: Locals,
  high: Word,
  address: Word,
  at: Word,
  size: Word,
): Answer {
  const [end, endBit] = [locals.i64(), locals.i32()];
  const { statements, base, top, topBit } = decode(locals, high, address);
  return [
    ...statements,
    when(ltU(at, base), [ret(i32(0))]),
    set(end, add(at, size)),
    set(endBit, ltU(end, at)),
    when(ne(endBit, topBit), [ret(ltU(endBit, topBit))]),
    leU(end, top),
  ];
}

/**
 * The increment must be smaller than the stretch of 2^(E+14) bytes, and the part of it that counts in units of 2^E
 * must not carry the address out of the stretch; the bits below count as a possible carry. From exponent 50 on (in
 * RV64) the stretch is the address space. (CHERI ISAv9, "fast representable limits checking".)
 */
function representableBody(
  format: Format,
  locals: Locals,
  high: Word,
  address: Word,
  increment: Word,
): Answer {
  const [exponent, upper, units, room] = [locals.i64(), locals.i64(), locals.i64(), locals.i64()];
  const { mantissa, addressLow } = format;
  const whole = ones(mantissa);
  const edge = shl(edgeOf(format, high), mantissa - 3n);
  return [
    set(exponent, addressLow),
    when(hasExponent(format, high), [
      set(exponent, storedExponent(format, high)),
      when(geU(exponent, exponentMax(format) - 2n), [ret(i32(1))]),
    ]),
    set(upper, shrS(increment, add(exponent, mantissa))),
    set(units, and(shrU(increment, exponent), whole)),
    set(room, and(sub(edge, shrU(address, exponent)), whole)),
    when(isZero(upper), [ret(ltU(units, and(sub(room, 1n), whole)))]),
    when(ne(upper, -1n), [ret(i32(0))]),
    and(geU(units, room), ne(room, 0n)),
  ];
}
