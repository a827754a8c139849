/**
 * The engine's capabilities as a library under laws.
 *
 * A small format has its addresses in the upper bits of the engine's 64. Where an operation of the engine joins an
 * answer of its library with the tags of its operands, so does this.
 */
import type * as engineFormat from "../../../impl/capability/format.ts";
import * as implLibraryModule from "../../../impl/capability/library.ts";
import type { Capability } from "../../../model/contract.ts";
import { type LawFormat, ones } from "./format.ts";
import type { CapabilityLibrary } from "./library.ts";
import type { Load } from "./model-library.ts";

/** The module of impl that laws ask; a variant of the project has another. */
export type ImplModule = Pick<typeof implLibraryModule, "createCapabilityLibrary">;

/** The module as it is here. */
export const implModule: ImplModule = implLibraryModule;

export function loadImplModule(load: Load): Promise<ImplModule> {
  return load("impl/capability/library.ts");
}

type EngineLibrary = ReturnType<ImplModule["createCapabilityLibrary"]>;
type SlotCapability = ReturnType<EngineLibrary["settled"]>;

/** Bits of the engine's address, and places of the fields of its upper word that all its formats share. */
const ADDRESS_BITS = 64;
const OTYPE_AT = 27n;
const FLAGS_AT = 45n;
const RESERVED_AT = 46n;
const PERMS_AT = 48n;

/** Whether the engine's code can be emitted for a format: object types and permissions are those of RV64. */
export function isEmittable({ widths }: LawFormat): boolean {
  return widths.otype === 18 && widths.flags === 1 && widths.reserved === 2 && widths.perms === 16;
}

/** The engine's capability library at a format that it can be emitted for. */
export function implLibrary(module: ImplModule, format: LawFormat): CapabilityLibrary {
  const { mantissa, exponent, address: addressBits } = format.widths;
  const addressLow = BigInt(ADDRESS_BITS - addressBits);
  const engine = module.createCapabilityLibrary({
    mantissa: BigInt(mantissa),
    exponentHalf: BigInt(exponent / 2),
    addressLow,
  } satisfies engineFormat.Format);
  const word = wordsOf(format, addressLow);
  const { high, at, capability: taken } = word;

  const nullCapability = word.capability(engine.settled(false, engine.memoryForm(0n), 0n));
  const replaced = (cap: Capability, upper: bigint, tag: boolean): Capability =>
    word.capability(engine.settled(tag, upper, at(cap.address)));
  const isOpen = (cap: Capability) => cap.tag && cap.otype === format.unsealed;
  const maySeal = (by: Capability) => engine.maySeal(by.tag, high(by), at(by.address));
  const sealedHigh = (cap: Capability, by: Capability) => engine.withOtype(high(cap), by.address);
  return {
    name: "impl",
    nullCapability,
    rootCapability: replaced(nullCapability, high(nullCapability) | (format.permsMask << PERMS_AT), true),
    capabilityFromMemory: (tag, data) => {
      const upper = engine.memoryForm(word.upperOf(data));
      return word.capability(engine.settled(tag, upper, at(data & format.addressMask)));
    },
    memoryFromCapability: (cap) => word.memory(engine.memoryForm(high(cap)), cap.address),
    setBounds: (cap, length) =>
      taken(engine.narrowed(cap.tag, high(cap), at(cap.address), at(length), false)),
    setBoundsExact: (cap, length) =>
      taken(engine.narrowed(cap.tag, high(cap), at(cap.address), at(length), true)),
    increment: (cap, amount) => taken(engine.incremented(cap.tag, high(cap), at(cap.address), at(amount))),
    setOffset: (cap, offset) => {
      const amount = BigInt.asUintN(ADDRESS_BITS, at(cap.base) + at(offset) - at(cap.address));
      return taken(engine.incremented(cap.tag, high(cap), at(cap.address), amount));
    },
    setAddress: (cap, to) => taken(engine.moved(cap.tag, high(cap), at(cap.address), at(to))),
    representableLength: (length) => engine.representableLength(at(length)) >> addressLow,
    alignmentMask: (length) => engine.alignmentMask(at(length)) >> addressLow,
    andPerms: (cap, mask) => replaced(cap, engine.withPerms(high(cap), mask), isOpen(cap)),
    setFlags: (cap, flags) => replaced(cap, engine.withFlags(high(cap), flags), isOpen(cap)),
    seal: (cap, by) => replaced(cap, sealedHigh(cap, by), isOpen(cap) && maySeal(by)),
    sealIfPossible: (cap, by) => {
      const passes = engine.passesUnsealed(high(cap), by.tag, high(by), at(by.address));
      return replaced(cap, passes ? high(cap) : sealedHigh(cap, by), cap.tag && (passes || maySeal(by)));
    },
    unseal: (cap, by) => {
      const allowed = engine.mayUnseal(high(cap), by.tag, high(by), at(by.address));
      const kept = engine.withoutSeal(high(cap)) & (high(by) | ~(1n << PERMS_AT));
      return replaced(cap, kept, cap.tag && allowed);
    },
    sealEntry: (cap) => replaced(cap, engine.withOtype(high(cap), format.sentry), isOpen(cap)),
    buildCap: (authority, requested) => {
      const [asked, from] = [high(requested), at(requested.address)];
      const upper = requested.otype === format.sentry ? asked : engine.withoutSeal(asked);
      return replaced(
        requested,
        upper,
        engine.mayBuild(authority.tag, high(authority), at(authority.address), asked, from),
      );
    },
    isSubset: (whole, part) => engine.isSubset(high(whole), at(whole.address), high(part), at(part.address)),
    inBounds: (cap, address, size) =>
      engine.inBounds(high(cap), at(cap.address), at(address), at(BigInt(size))),
  };
}

/** Between capabilities and the engine's words. */
function wordsOf(format: LawFormat, addressLow: bigint) {
  const boundsBits = BigInt(2 * format.widths.mantissa - 1);
  const addressBits = BigInt(format.widths.address);
  const above = ones(64 - Number(OTYPE_AT));
  const high = ({ perms, reserved, flags, otype, bounds }: Capability): bigint =>
    (perms << PERMS_AT) | (reserved << RESERVED_AT) | (flags << FLAGS_AT) | (otype << OTYPE_AT) | bounds;
  const at = (address: bigint): bigint => address << addressLow;
  const capability = (slot: SlotCapability): Capability => ({
    tag: slot.tag,
    address: slot.address >> addressLow,
    base: slot.base >> addressLow,
    top: slot.top >> addressLow,
    perms: slot.high >> PERMS_AT,
    otype: (slot.high >> OTYPE_AT) & format.unsealed,
    flags: (slot.high >> FLAGS_AT) & 1n,
    reserved: (slot.high >> RESERVED_AT) & 3n,
    bounds: slot.high & format.boundsMask,
  });
  return {
    high,
    at,
    capability,
    /** The upper word that memory holds, from a granule of the format, and back. */
    upperOf: (data: bigint): bigint => {
      const upper = data >> addressBits;
      return ((upper >> boundsBits) << OTYPE_AT) | (upper & format.boundsMask);
    },
    memory: (upper: bigint, address: bigint): bigint =>
      (((((upper >> OTYPE_AT) & above) << boundsBits) | (upper & format.boundsMask)) << addressBits) |
      address,
  };
}
