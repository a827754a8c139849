/**
 * Capability functions on register slots (engine/layout.ts): completing a slot, moving its address, narrowing it.
 *
 * `to` and `from` may be the same slot. `from` may be incomplete: it is completed on the way, which nobody can see.
 */

import { field, flag } from "../engine/layout.ts";
import {
  add,
  and,
  eq,
  geU,
  isZero,
  leU,
  ltS,
  ltU,
  ne,
  or,
  shl,
  shrU,
  sub,
  wrap,
} from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i32, i64, type Local, type Statement } from "../wasm/code.ts";
import { call, choose, ret, select, set, when } from "../wasm/control.ts";
import { copy16, load32, load64, store32, store64 } from "../wasm/memory.ts";
import type { Locals, ModuleBuilder } from "../wasm/module.ts";
import type { Bounds, BoundsDecoder } from "./bounds.ts";
import { type Format, isSealed, nullHigh } from "./format.ts";
import type { NarrowingFunctions } from "./narrowing.ts";
import type { RangeFunctions } from "./range.ts";

type Slot = Local<"i32">;

/** Functions on register slots. */
export interface SlotFunctions {
  /** (slot): makes every field valid: decodes bounds and flags of a lazy slot, spells an integer out. */
  readonly settle: FunctionRef<readonly ["i32"], "void">;
  /** (slot, upper word, tag): sets both, with the slot's address; the rest is decoded when it is needed. */
  readonly setHigh: FunctionRef<readonly ["i32", "i64", "i32"], "void">;
  /** (slot, address): sets the address; untagged if the bounds would change or the slot was sealed. */
  readonly setAddress: FunctionRef<readonly ["i32", "i64"], "void">;
  /** (to, from, increment): CIncOffset: untagged if not representable by the conservative check, or sealed. */
  readonly increment: FunctionRef<readonly ["i32", "i32", "i64"], "void">;
  /** (to, from, length, 1 if rounding untags): CSetBounds and CSetBoundsExact. */
  readonly setBounds: FunctionRef<readonly ["i32", "i32", "i64", "i32"], "void">;
}

/** Bits of a flag word that say that the slot is not complete. */
export const INCOMPLETE = flag.lazy | flag.integer;

/** Flag word of the null capability, complete. */
const NULL_FLAGS = flag.top64;

/** What the bodies below build on. */
interface Given {
  readonly format: Format;
  readonly range: RangeFunctions;
  readonly narrowing: NarrowingFunctions;
  readonly decode: BoundsDecoder;
}

export function defineSlots(module: ModuleBuilder, given: Given): SlotFunctions {
  const settle = module.func("settle", ["i32"], "void", (locals, slot) => settleBody(given, locals, slot));
  return {
    settle,
    setHigh: module.func("set_high", ["i32", "i64", "i32"], "void", (_locals, slot, high, tag) => [
      store64(slot, field.high, high),
      store32(slot, field.flags, select(tag, i32(flag.lazy | flag.tag), flag.lazy)),
    ]),
    setAddress: module.func("set_address", ["i32", "i64"], "void", (locals, ...operands) =>
      setAddressBody(given, settle, locals, ...operands),
    ),
    increment: module.func("increment", ["i32", "i32", "i64"], "void", (locals, ...operands) =>
      incrementBody(given, settle, locals, ...operands),
    ),
    setBounds: module.func("set_bounds", ["i32", "i32", "i64", "i32"], "void", (locals, ...operands) =>
      setBoundsBody(given, settle, locals, ...operands),
    ),
  };
}

/** Copies a capability, complete or not. Both slots may be the same. */
export function copySlot(to: Code<"i32">, from: Code<"i32">): Statement[] {
  return [copy16(to, from, field.address), copy16(to, from, field.high), copy16(to, from, field.top)];
}

function settleBody({ format, decode }: Given, locals: Locals, slot: Slot): Statement[] {
  const [flags, high, address] = [locals.i32(), locals.i64(), locals.i64()];
  const decoded = decode(locals, high, address);
  return [
    set(flags, load32(slot, field.flags)),
    when(isZero(and(flags, INCOMPLETE)), [ret()]),
    when(and(flags, flag.integer), [
      store64(slot, field.high, nullHigh(format)),
      store64(slot, field.base, 0n),
      store64(slot, field.top, 0n),
      store64(slot, field.length, LENGTH_MAX),
      store32(slot, field.flags, NULL_FLAGS),
      ret(),
    ]),
    set(high, load64(slot, field.high)),
    set(address, load64(slot, field.address)),
    ...decoded.statements,
    ...storeBounds(slot, decoded),
    set(flags, and(shrU(flags, Math.log2(flag.tag)), 1)),
    store32(slot, field.flags, flagWord(high, flags, shl(decoded.topBit, Math.log2(flag.top64)))),
  ];
}

/** Largest length that a slot holds: a longer one is cut, so that lengths compare as signed numbers. */
const LENGTH_MAX = (1n << 63n) - 1n;

function storeBounds(slot: Slot, { base, top, topBit }: Bounds): Statement[] {
  const isLong = or(ne(topBit, ltU(top, base)), ltS(sub(top, base), 0n));
  return [
    store64(slot, field.base, base),
    store64(slot, field.top, top),
    store64(slot, field.length, select(isLong, i64(LENGTH_MAX), sub(top, base))),
  ];
}

/** The flag word of a complete slot, from its upper word, its tag as 0 or 1, and bit 64 of top as flag.top64 or 0. */
export function flagWord(high: Local<"i64">, tag: Code<"i32">, topFlag: Code<"i32">): Code<"i32"> {
  const perms = wrap(shrU(high, 48n));
  const seal = shl(isSealed(high), Math.log2(flag.sealed));
  return or(or(perms, shl(tag, Math.log2(flag.tag))), or(seal, topFlag));
}

type Settle = SlotFunctions["settle"];

function setAddressBody(
  { range }: Given,
  settle: Settle,
  locals: Locals,
  slot: Slot,
  address: Local<"i64">,
): Statement[] {
  const [flags, same] = [locals.i32(), locals.i32()];
  return [
    call(settle, slot),
    set(flags, load32(slot, field.flags)),
    set(same, call(range.sameBounds, load64(slot, field.high), load64(slot, field.address), address)),
    store64(slot, field.address, address),
    store32(slot, field.flags, choose(same, withoutTagIfSealed(flags), flag.lazy)),
  ];
}

function incrementBody(
  { range }: Given,
  settle: Settle,
  locals: Locals,
  to: Slot,
  from: Slot,
  increment: Local<"i64">,
): Statement[] {
  const [flags, address, fits] = [locals.i32(), locals.i64(), locals.i32()];
  return [
    call(settle, from),
    set(flags, load32(from, field.flags)),
    set(address, load64(from, field.address)),
    set(fits, call(range.representable, load64(from, field.high), address, increment)),
    ...copySlot(to, from),
    store64(to, field.address, add(address, increment)),
    store32(to, field.flags, choose(fits, withoutTagIfSealed(flags), flag.lazy)),
  ];
}

/** The flag word, with the tag cleared if the capability is sealed. */
export function withoutTagIfSealed(flags: Local<"i32">): Code<"i32"> {
  return select(and(flags, flag.sealed), and(flags, ~flag.tag), flags);
}

function setBoundsBody(
  { narrowing }: Given,
  settle: Settle,
  locals: Locals,
  to: Slot,
  from: Slot,
  length: Local<"i64">,
  exact: Local<"i32">,
): Statement[] {
  const [high, address, top] = [locals.i64(), locals.i64(), locals.i64()];
  const [flags, tag, isExact] = [locals.i32(), locals.i32(), locals.i32()];
  const topFlag = shl(ltU(top, address), Math.log2(flag.top64));
  return [
    call(settle, from),
    set(flags, load32(from, field.flags)),
    set(address, load64(from, field.address)),
    set(top, add(address, length)),
    set(tag, and(isUnsealedTagged(flags), isRequestWithin(from, flags, address, top))),
    set(high, call(narrowing.narrow, load64(from, field.high), address, length)),
    set(isExact, call(narrowing.isExact, high, address, length)),
    set(tag, and(tag, or(isZero(exact), isExact))),
    store64(to, field.address, address),
    store64(to, field.high, high),
    // Exact bounds within others are the requested ones; any others are decoded.
    when(
      and(tag, isExact),
      [
        store64(to, field.base, address),
        store64(to, field.top, top),
        store64(to, field.length, select(ltS(length, 0n), i64(LENGTH_MAX), length)),
        store32(to, field.flags, or(and(flags, ~flag.top64), topFlag)),
      ],
      [store32(to, field.flags, select(tag, i32(flag.lazy | flag.tag), flag.lazy)), call(settle, to)],
    ),
  ];
}

/** 1 if the bounds that CSetBounds is asked for lie in those of a complete slot; `top` is the low 64 bits of theirs. */
function isRequestWithin(
  from: Slot,
  flags: Local<"i32">,
  address: Local<"i64">,
  top: Local<"i64">,
): Code<"i32"> {
  const isAbove = geU(address, load64(from, field.base));
  const wraps = ltU(top, address);
  const endsBelow = leU(top, load64(from, field.top));
  const reachesEnd = ne(and(flags, flag.top64), 0);
  const isBelow = choose(eq(wraps, reachesEnd), endsBelow, reachesEnd);
  return and(isAbove, isBelow);
}

/** 1 if a complete slot's flag word says tagged and not sealed. */
export function isUnsealedTagged(flags: Code<"i32">): Code<"i32"> {
  return eq(and(flags, flag.tag | flag.sealed), flag.tag);
}
