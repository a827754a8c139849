/**
 * Questions of authority as WebAssembly functions: who may seal, unseal and rebuild what (CHERI ISAv9).
 *
 * A capability is given by its tag, its upper word and its address. Each function answers 1 or 0.
 */

import { and, eq, geU, isZero, leU, ltU, or, xor } from "../wasm/arithmetic.ts";
import { type Code, type FunctionRef, i32, type Local, type Statement } from "../wasm/code.ts";
import { call, ret, set, when } from "../wasm/control.ts";
import type { Locals, ModuleBuilder } from "../wasm/module.ts";
import type { Bounds, BoundsDecoder } from "./bounds.ts";
import {
  addressValue,
  BOUNDS_MASK,
  type Format,
  hasPerms,
  hasReservedOtype,
  isSealed,
  OTYPE_MAX,
  otype,
  perm,
  permsWithin,
  RESERVED_MASK,
} from "./format.ts";
import type { NarrowingFunctions } from "./narrowing.ts";
import type { RangeFunctions } from "./range.ts";

type Tag = Local<"i32">;
type Word = Local<"i64">;
type Answer = [...Statement[], Code<"i32">];

/** Functions that answer whether one capability allows something to be done with another. */
export interface AuthorityFunctions {
  /** (authority's tag, upper word, address): CSeal's conditions on the authority. */
  readonly maySeal: FunctionRef<readonly ["i32", "i64", "i64"], "i32">;
  /** (sealed upper word; authority's tag, upper word, address): CUnseal's conditions. */
  readonly mayUnseal: FunctionRef<readonly ["i64", "i32", "i64", "i64"], "i32">;
  /** (source's upper word; authority's tag, upper word, address): 1 if CCSeal leaves its source unchanged. */
  readonly passesUnsealed: FunctionRef<readonly ["i64", "i32", "i64", "i64"], "i32">;
  /** (authority's tag, upper word, address; requested upper word, address): CBuildCap's conditions. */
  readonly mayBuild: FunctionRef<readonly ["i32", "i64", "i64", "i64", "i64"], "i32">;
  /** (whole's upper word, address; part's upper word, address): CTestSubset for equal tags. */
  readonly isSubset: FunctionRef<readonly ["i64", "i64", "i64", "i64"], "i32">;
}

/** What the bodies below build on. */
interface Given {
  readonly format: Format;
  readonly range: RangeFunctions;
  readonly narrowing: NarrowingFunctions;
  readonly decode: BoundsDecoder;
}

export function defineAuthority(module: ModuleBuilder, given: Given): AuthorityFunctions {
  return {
    maySeal: module.func("may_seal", ["i32", "i64", "i64"], "i32", (_locals, tag, high, address) => {
      return [
        and(
          authorizes(given.range, tag, high, address, perm.seal),
          leU(addressValue(given.format, address), OTYPE_MAX),
        ),
      ];
    }),
    mayUnseal: module.func("may_unseal", ["i64", "i32", "i64", "i64"], "i32", (_locals, ...operands) =>
      mayUnsealBody(given, ...operands),
    ),
    passesUnsealed: module.func(
      "passes_unsealed",
      ["i64", "i32", "i64", "i64"],
      "i32",
      (_locals, source, tag, high, address) => {
        const isOutside = isZero(call(given.range.inBounds, high, address, address, 1n));
        return [
          or(or(isZero(tag), isSealed(source)), or(isOutside, eq(address, -1n << given.format.addressLow))),
        ];
      },
    ),
    mayBuild: module.func("may_build", ["i32", "i64", "i64", "i64", "i64"], "i32", (locals, ...operands) =>
      mayBuildBody(given, locals, ...operands),
    ),
    isSubset: module.func("is_subset", ["i64", "i64", "i64", "i64"], "i32", (locals, ...operands) =>
      isSubsetBody(given, locals, ...operands),
    ),
  };
}

/** 1 if the authority is tagged, not sealed, has the permissions and points into its bounds. */
function authorizes(range: RangeFunctions, tag: Tag, high: Word, address: Word, perms: bigint): Code<"i32"> {
  const isUsable = and(tag, isZero(isSealed(high)));
  return and(and(isUsable, hasPerms(high, perms)), call(range.inBounds, high, address, address, 1n));
}

function mayUnsealBody({ format, range }: Given, sealed: Word, tag: Tag, high: Word, address: Word): Answer {
  const isType = and(isZero(hasReservedOtype(sealed)), eq(addressValue(format, address), otype(sealed)));
  return [and(authorizes(range, tag, high, address, perm.unseal), isType)];
}

function isSubsetBody(
  { decode }: Given,
  locals: Locals,
  whole: Word,
  wholeAt: Word,
  part: Word,
  partAt: Word,
): Answer {
  const [outer, inner] = [decode(locals, whole, wholeAt), decode(locals, part, partAt)];
  return [
    ...outer.statements,
    ...inner.statements,
    and(and(geU(inner.base, outer.base), isTopWithin(inner, outer)), permsWithin(part, whole)),
  ];
}

/** 1 if the top of `inner` is not beyond that of `outer`. */
function isTopWithin(inner: Bounds, outer: Bounds): Code<"i32"> {
  const isLower = ltU(inner.topBit, outer.topBit);
  return or(isLower, and(eq(inner.topBit, outer.topBit), leU(inner.top, outer.top)));
}

/**
 * The requested capability must be within the authority, and must be what the authority would become with these
 * bounds, permissions, flag and address: then its pattern is one that bounds setting produces, and its reserved bits
 * are the authority's.
 */
function mayBuildBody(
  { decode, narrowing }: Given,
  locals: Locals,
  tag: Tag,
  authority: Word,
  authorityAt: Word,
  requested: Word,
  requestedAt: Word,
): Answer {
  const outer = decode(locals, authority, authorityAt);
  const inner = decode(locals, requested, requestedAt);
  const derived = locals.i64();
  const isOrdered = or(inner.topBit, geU(inner.top, inner.base));
  return [
    when(or(isZero(tag), isSealed(authority)), [ret(i32(0))]),
    ...outer.statements,
    ...inner.statements,
    set(derived, call(narrowing.enclose, authority, inner.base, inner.top, inner.topBit)),
    and(
      and(and(geU(inner.base, outer.base), isTopWithin(inner, outer)), isOrdered),
      and(
        permsWithin(requested, authority),
        eq(and(xor(derived, requested), BOUNDS_MASK | RESERVED_MASK), 0n),
      ),
    ),
  ];
}
