/**
 * Bounds of a capability as WebAssembly functions (CHERI ISAv9, CHERI Concentrate, 128-bit format).
 *
 * Bounds are stored as two 14-bit mantissas B and T and an exponent E, relative to the address: base and top are
 * found in the 2^(E+14) bytes that begin at least 2^(E+11) bytes below the base. The address says which such
 * stretch of memory is meant. `top` needs 65 bits: its low 64 are one value, its highest bit another.
 */
import {
  add,
  and,
  eq,
  extendU,
  geU,
  gtU,
  isZero,
  leU,
  ltU,
  ne,
  or,
  shl,
  shrS,
  shrU,
  sub,
  wrap,
  xor,
} from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i32, i64, type Local, type Statement } from "../wasm/code.ts";
import { call, ret, select, set, when } from "../wasm/control.ts";
import type { Locals, ModuleBuilder } from "../wasm/module.ts";
import { EXPONENT_MAX, INTERNAL_EXPONENT, MANTISSA } from "./format.ts";

type Word = Local<"i64">;

/** Functions of a capability given by its upper word and its address. */
export interface BoundsFunctions {
  readonly base: FunctionRef<readonly ["i64", "i64"], "i64">;
  /** Low 64 bits of top. */
  readonly top: FunctionRef<readonly ["i64", "i64"], "i64">;
  /** Bit 64 of top. */
  readonly topBit: FunctionRef<readonly ["i64", "i64"], "i32">;
  /** top - base, at most 2^64-1; a top below the base counts as longer than that. */
  readonly length: FunctionRef<readonly ["i64", "i64"], "i64">;
  /** (upper word, address, at, size): 1 if the `size` bytes from `at` lie in bounds. */
  readonly inBounds: FunctionRef<readonly ["i64", "i64", "i64", "i64"], "i32">;
  /** (upper word, address, increment): the conservative check of CIncOffset, CSetOffset and CFromPtr. */
  readonly representable: FunctionRef<readonly ["i64", "i64", "i64"], "i32">;
  /** (upper word, address, other address): 1 if both addresses decode to the same bounds. */
  readonly sameBounds: FunctionRef<readonly ["i64", "i64", "i64"], "i32">;
}

export function defineBounds(module: ModuleBuilder): BoundsFunctions {
  const base = module.func("capability_base", ["i64", "i64"], "i64", (locals, high, address) => {
    const { statements, region, aboveB, B, exponent } = decode(locals, high, address);
    return [...statements, placed(add(region, aboveB), B, exponent)];
  });
  const top = module.func("capability_top", ["i64", "i64"], "i64", (locals, high, address) => {
    const { statements, region, aboveT, T, exponent } = decode(locals, high, address);
    return [...statements, placed(add(region, aboveT), T, exponent)];
  });
  const topBit = module.func("capability_top_bit", ["i64", "i64"], "i32", topBitOf);
  const limits = { base, top, topBit };
  const sameBounds = module.func("same_bounds", ["i64", "i64", "i64"], "i32", (_locals, high, from, to) => {
    const same = (limit: typeof base | typeof topBit) => eq(call(limit, high, from), call(limit, high, to));
    return [and(and(same(base), same(top)), same(topBit))];
  });
  return {
    ...limits,
    length: defineLength(module, limits),
    inBounds: defineInBounds(module, limits),
    representable: module.func("is_representable", ["i64", "i64", "i64"], "i32", representable),
    sameBounds,
  };
}

/** The exponent of an upper word whose internal-exponent bit is set, 0 to 63: three bits of T above three of B. */
export function storedExponent(high: Word): Code<"i64"> {
  return or(and(shrU(high, 11n), 0x38n), and(high, 7n));
}

export function hasExponent(high: Word): Code<"i32"> {
  return ne(and(high, INTERNAL_EXPONENT), 0n);
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

function decode(locals: Locals, high: Word, address: Word): Decoded {
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
    set(edge, and(sub(shrU(B, 11n), 1n), 7n)),
    set(aboveB, isAbove(shrU(B, 11n))),
    set(aboveT, isAbove(shrU(T, 11n))),
    set(region, shrU(address, exponent)),
    set(region, sub(shrU(region, MANTISSA), isAbove(and(shrU(region, 11n), 7n)))),
  ];
  return { statements, exponent, B, T, region, aboveB, aboveT };
}

/** The low 64 bits of `mantissa` at exponent E in the stretch numbered `region`. */
function placed(region: Code<"i64">, mantissa: Word, exponent: Word): Code<"i64"> {
  return shl(or(shl(region, MANTISSA), mantissa), exponent);
}

function topBitOf(locals: Locals, high: Word, address: Word): [...Statement[], Code<"i32">] {
  const { statements, region, aboveB, aboveT, B, T, exponent } = decode(locals, high, address);
  const [bit, baseBit, upper] = [locals.i64(), locals.i64(), locals.i64()];
  return [
    ...statements,
    // Bit 64 of (region : T) << E. Half of it is taken so that a region of 51 bits keeps its highest one.
    set(upper, or(shl(add(region, aboveT), MANTISSA - 1n), shrU(T, 1n))),
    set(bit, and(shrU(upper, sub(i64(63n), exponent)), 1n)),
    // The stretch may wrap around the address space: then top is brought within 2^64 above the base.
    when(ltU(exponent, EXPONENT_MAX - 1n), [
      set(baseBit, shrU(placed(add(region, aboveB), B, exponent), 63n)),
      set(upper, or(shl(bit, 1n), shrU(placed(add(region, aboveT), T, exponent), 63n))),
      set(bit, xor(bit, extendU(gtU(and(sub(upper, baseBit), 3n), 1n)))),
    ]),
    wrap(bit),
  ];
}

type Limits = Pick<BoundsFunctions, "base" | "top" | "topBit">;

function defineLength(module: ModuleBuilder, limits: Limits): BoundsFunctions["length"] {
  return module.func("capability_length", ["i64", "i64"], "i64", (locals, high, address) => {
    const [base, top, bit] = [locals.i64(), locals.i64(), locals.i32()];
    return [
      set(base, call(limits.base, high, address)),
      set(top, call(limits.top, high, address)),
      set(bit, xor(call(limits.topBit, high, address), ltU(top, base))),
      select(bit, i64(-1n), sub(top, base)),
    ];
  });
}

function defineInBounds(module: ModuleBuilder, limits: Limits): BoundsFunctions["inBounds"] {
  return module.func(
    "is_in_bounds",
    ["i64", "i64", "i64", "i64"],
    "i32",
    (locals, high, address, at, size) => {
      const [end, endBit, topBit] = [locals.i64(), locals.i32(), locals.i32()];
      return [
        when(ltU(at, call(limits.base, high, address)), [ret(i32(0))]),
        set(end, add(at, size)),
        set(endBit, ltU(end, at)),
        set(topBit, call(limits.topBit, high, address)),
        when(ne(endBit, topBit), [ret(ltU(endBit, topBit))]),
        leU(end, call(limits.top, high, address)),
      ];
    },
  );
}

/**
 * The increment must be smaller than the stretch of 2^(E+14) bytes, and the part of it that counts in units of 2^E
 * must not carry the address out of the stretch; the bits below count as a possible carry. From exponent 50 on the
 * stretch is the address space. (CHERI ISAv9, "fast representable limits checking".)
 */
function representable(
  locals: Locals,
  high: Word,
  address: Word,
  increment: Word,
): [...Statement[], Code<"i32">] {
  const [exponent, upper, units, room] = [locals.i64(), locals.i64(), locals.i64(), locals.i64()];
  const edge = shl(and(sub(shrU(high, 11n), 1n), 7n), 11n);
  return [
    set(exponent, 0n),
    when(hasExponent(high), [
      set(exponent, storedExponent(high)),
      when(geU(exponent, EXPONENT_MAX - 2n), [ret(i32(1))]),
    ]),
    set(upper, shrS(increment, add(exponent, MANTISSA))),
    set(units, and(shrU(increment, exponent), 0x3fffn)),
    set(room, and(sub(edge, shrU(address, exponent)), 0x3fffn)),
    when(isZero(upper), [ret(ltU(units, and(sub(room, 1n), 0x3fffn)))]),
    when(ne(upper, -1n), [ret(i32(0))]),
    and(geU(units, room), ne(room, 0n)),
  ];
}
