/**
 * The capability arithmetic of the engine as functions that the host can call: for tests and for checking laws.
 *
 * These are the very functions that the engine's operations call. A capability is given in register form: by its
 * upper word (not XORed with null) and its address; the tag, where it matters, comes first. All numbers are 64 bits
 * unless said otherwise.
 */

import type { FunctionRef } from "../wasm/code.ts";
import { start } from "../wasm/instance.ts";
import { ModuleBuilder } from "../wasm/module.ts";
import { RV64 } from "./format.ts";
import { type CapabilityFunctions, defineCapability } from "./functions.ts";

/** Base, and top as one number of 65 bits. */
export interface BaseAndTop {
  readonly base: bigint;
  readonly top: bigint;
}

/** Capability arithmetic on the engine's own functions. */
export interface CapabilityLibrary {
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
  "mayBuild",
  "isSubset",
] as const satisfies readonly (keyof CapabilityFunctions)[];

type Name = (typeof NAMES)[number];
type HostValue<T> = T extends "i64" ? bigint : number;
/** A function of the module as the host calls it. */
type HostFunction<F> =
  F extends FunctionRef<infer Params, infer Result>
    ? (...values: { [I in keyof Params]: HostValue<Params[I]> }) => HostValue<Result>
    : never;
type Exports = { readonly [N in Name]: HostFunction<CapabilityFunctions[N]> };

/** Emits the functions. */
export function createCapabilityLibrary(): CapabilityLibrary {
  const exports = instantiate();
  const word = (value: bigint) => BigInt.asUintN(64, value);
  return {
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
    mayBuild: (tag, ...operands) => exports.mayBuild(tag ? 1 : 0, ...operands) === 1,
    isSubset: (...operands) => exports.isSubset(...operands) === 1,
  };
}

function instantiate(): Exports {
  const module = new ModuleBuilder();
  const functions = defineCapability(module, RV64);
  for (const name of NAMES) module.export(name, functions[name]);
  return start(module.assemble(1), 1).exports as unknown as Exports;
}
