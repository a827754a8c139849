/**
 * The capability arithmetic of the engine as functions that the host can call: for tests and for checking laws.
 *
 * These are the very functions that the engine's operations call, and the code that they have in line. A capability is
 * given in register form: by its upper word (not XORed with null) and its address; the tag, where it matters, comes
 * first. All numbers are 64 bits unless said otherwise; addresses and lengths of a small format lie in the upper bits.
 */

import { field, flag } from "../engine/layout.ts";
import type { Code, FunctionRef, Local } from "../wasm/code.ts";
import { start } from "../wasm/instance.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import {
  type Format,
  keptPerms,
  memoryForm,
  withFlags,
  withOtype,
  withoutSeal,
  withPerms,
} from "./format.ts";
import { type CapabilityFunctions, defineCapability } from "./functions.ts";

/** Base, and top as one number of 65 bits. */
export interface BaseAndTop {
  readonly base: bigint;
  readonly top: bigint;
}

/** A capability as a register slot holds it, complete. */
export interface SlotCapability extends BaseAndTop {
  readonly tag: boolean;
  readonly high: bigint;
  readonly address: bigint;
}

/** Capability arithmetic on the engine's own functions. */
export interface CapabilityLibrary {
  /** A capability completed: CSetBounds and CSetBoundsExact, CIncOffset, CSetAddr, or as it is. */
  narrowed(tag: boolean, high: bigint, address: bigint, length: bigint, exact: boolean): SlotCapability;
  incremented(tag: boolean, high: bigint, address: bigint, increment: bigint): SlotCapability;
  moved(tag: boolean, high: bigint, address: bigint, to: bigint): SlotCapability;
  settled(tag: boolean, high: bigint, address: bigint): SlotCapability;
  /** Upper words: CAndPerm's, with the mask as CGetPerm shows it; CSetFlags'; with a type; without one; in memory. */
  withPerms(high: bigint, mask: bigint): bigint;
  withFlags(high: bigint, flags: bigint): bigint;
  withOtype(high: bigint, type: bigint): bigint;
  withoutSeal(high: bigint): bigint;
  memoryForm(high: bigint): bigint;
  bounds(high: bigint, address: bigint): BaseAndTop;
  /** True if the `size` bytes from `at` lie in bounds. */
  inBounds(high: bigint, address: bigint, at: bigint, size: bigint): boolean;
  /** CSetBounds without its checks: the upper word with bounds around address .. address + length. */
  setBounds(
    high: bigint,
    address: bigint,
    length: bigint,
  ): { readonly high: bigint; readonly exact: boolean };
  /** The conservative check of CIncOffset, CSetOffset and CFromPtr. */
  isRepresentable(high: bigint, address: bigint, increment: bigint): boolean;
  /** The exact check of CSetAddr and the others: the bounds are the same at both addresses. */
  hasSameBounds(high: bigint, address: bigint, other: bigint): boolean;
  /** CRAM and CRRL. */
  alignmentMask(length: bigint): bigint;
  representableLength(length: bigint): bigint;
  /** CSeal's conditions on its authority. */
  maySeal(tag: boolean, high: bigint, address: bigint): boolean;
  /** CUnseal's conditions; the sealed capability comes first. */
  mayUnseal(sealed: bigint, tag: boolean, high: bigint, address: bigint): boolean;
  /** True if CCSeal leaves its source, which comes first, unchanged. */
  passesUnsealed(source: bigint, tag: boolean, high: bigint, address: bigint): boolean;
  /** CBuildCap's conditions: authority, then the requested pattern. */
  mayBuild(tag: boolean, high: bigint, address: bigint, requested: bigint, requestedAt: bigint): boolean;
  /** CTestSubset for equal tags: true if the second is within the first. */
  isSubset(high: bigint, address: bigint, part: bigint, partAt: bigint): boolean;
}

const NAMES = [
  "base",
  "top",
  "topBit",
  "inBounds",
  "narrow",
  "isExact",
  "representable",
  "sameBounds",
  "alignmentMask",
  "representableLength",
  "maySeal",
  "mayUnseal",
  "passesUnsealed",
  "mayBuild",
  "isSubset",
  "settle",
  "setAddress",
  "increment",
  "setBounds",
] as const satisfies readonly (keyof CapabilityFunctions)[];

type Name = (typeof NAMES)[number];
type HostValue<T> = T extends "i64" ? bigint : T extends "i32" ? number : undefined;
/** A function of the module as the host calls it. */
type HostFunction<F> =
  F extends FunctionRef<infer Params, infer Result>
    ? (...values: { [I in keyof Params]: HostValue<Params[I]> }) => HostValue<Result>
    : never;
type Exports = { readonly [N in Name]: HostFunction<CapabilityFunctions[N]> } & {
  readonly [N in keyof ReturnType<typeof wordsOf>]: (...operands: bigint[]) => bigint;
};

type Emit = (high: Local<"i64">, operand: Local<"i64">) => Code<"i64">;

/** Code that operations have in line. The second operand is passed to all. */
const wordsOf = (format: Format) =>
  ({
    withPerms: (high, mask) => withPerms(high, keptPerms(mask)),
    withFlags: (high, flags) => withFlags(high, flags),
    withOtype: (high, type) => withOtype(high, type),
    withoutSeal: (high) => withoutSeal(high),
    memoryForm: (high) => memoryForm(high, format),
  }) satisfies Readonly<Record<string, Emit>>;

/** Where the two slots of the library lie in its memory. */
const FROM_AT = 64;
const TO_AT = 128;
const { tag: TAG, lazy: LAZY, top64: TOP64 } = flag;
const { address: ADDRESS, flags: FLAGS, high: HIGH, base: BASE, top: TOP } = field;

/** Emits the functions for a format. */
export function createCapabilityLibrary(format: Format): CapabilityLibrary {
  const { exports, memory } = instantiate(format);
  const view = new DataView(memory);
  const word = (value: bigint) => BigInt.asUintN(64, value);
  const put = (tag: boolean, high: bigint, address: bigint): void => {
    view.setBigInt64(FROM_AT + ADDRESS, address, true);
    view.setBigInt64(FROM_AT + HIGH, high, true);
    view.setInt32(FROM_AT + FLAGS, tag ? LAZY | TAG : LAZY, true);
  };
  const taken = (at: number): SlotCapability => {
    exports.settle(at);
    const flags = view.getInt32(at + FLAGS, true);
    const top = view.getBigUint64(at + TOP, true);
    return {
      tag: (flags & TAG) !== 0,
      high: view.getBigUint64(at + HIGH, true),
      address: view.getBigUint64(at + ADDRESS, true),
      base: view.getBigUint64(at + BASE, true),
      top: (flags & TOP64) === 0 ? top : top | (1n << 64n),
    };
  };
  return {
    settled: (...cap) => {
      put(...cap);
      return taken(FROM_AT);
    },
    narrowed: (tag, high, address, length, exact) => {
      put(tag, high, address);
      exports.setBounds(TO_AT, FROM_AT, length, exact ? 1 : 0);
      return taken(TO_AT);
    },
    incremented: (tag, high, address, increment) => {
      put(tag, high, address);
      exports.increment(TO_AT, FROM_AT, increment);
      return taken(TO_AT);
    },
    moved: (tag, high, address, to) => {
      put(tag, high, address);
      exports.setAddress(FROM_AT, to);
      return taken(FROM_AT);
    },
    withPerms: (high, mask) => word(exports.withPerms(high, mask)),
    withFlags: (high, flags) => word(exports.withFlags(high, flags)),
    withOtype: (high, type) => word(exports.withOtype(high, type)),
    withoutSeal: (high) => word(exports.withoutSeal(high, 0n)),
    memoryForm: (high) => word(exports.memoryForm(high, 0n)),
    bounds: (high, address) => ({
      base: word(exports.base(high, address)),
      top: word(exports.top(high, address)) | (BigInt(exports.topBit(high, address)) << 64n),
    }),
    inBounds: (...operands) => exports.inBounds(...operands) === 1,
    setBounds: (high, address, length) => {
      const narrowed = word(exports.narrow(high, address, length));
      return { high: narrowed, exact: exports.isExact(narrowed, address, length) === 1 };
    },
    isRepresentable: (...operands) => exports.representable(...operands) === 1,
    hasSameBounds: (...operands) => exports.sameBounds(...operands) === 1,
    alignmentMask: (length) => word(exports.alignmentMask(length)),
    representableLength: (length) => word(exports.representableLength(length)),
    maySeal: (tag, ...authority) => exports.maySeal(tag ? 1 : 0, ...authority) === 1,
    mayUnseal: (sealed, tag, ...authority) => exports.mayUnseal(sealed, tag ? 1 : 0, ...authority) === 1,
    passesUnsealed: (source, tag, ...authority) =>
      exports.passesUnsealed(source, tag ? 1 : 0, ...authority) === 1,
    mayBuild: (tag, ...operands) => exports.mayBuild(tag ? 1 : 0, ...operands) === 1,
    isSubset: (...operands) => exports.isSubset(...operands) === 1,
  };
}

function instantiate(format: Format): { readonly exports: Exports; readonly memory: ArrayBuffer } {
  const module = new ModuleBuilder();
  const functions = defineCapability(module, format);
  for (const name of NAMES) module.export(name, functions[name]);
  for (const [name, emit] of Object.entries(wordsOf(format))) {
    module.export(
      name,
      module.func(name, ["i64", "i64"], "i64", (_locals, ...operands) => [emit(...operands)]),
    );
  }
  const { exports, memory } = start(module.assemble(1), 1);
  return { exports: exports as unknown as Exports, memory };
}
