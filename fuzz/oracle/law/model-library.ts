/** The model's capabilities as a library under laws. */
import * as address from "../../../model/capability/address.ts";
import * as bounds from "../../../model/capability/bounds.ts";
import * as value from "../../../model/capability/capability.ts";
import * as format from "../../../model/capability/format.ts";
import * as narrow from "../../../model/capability/narrow.ts";
import * as permission from "../../../model/capability/permission.ts";
import * as seal from "../../../model/capability/seal.ts";
import type { LawFormat } from "./format.ts";
import type { CapabilityLibrary } from "./library.ts";

/** The modules of model/capability that laws ask; a variant of the project has others. */
export interface ModelModules {
  readonly address: typeof address;
  readonly bounds: typeof bounds;
  readonly value: typeof value;
  readonly format: typeof format;
  readonly narrow: typeof narrow;
  readonly permission: typeof permission;
  readonly seal: typeof seal;
}

/** The modules as they are here. */
export const modelModules: ModelModules = { address, bounds, value, format, narrow, permission, seal };

/** Imports a module of the project, or of a variant of it, by the name of its source. */
export type Load = <T>(file: string) => Promise<T>;

export async function loadModelModules(load: Load): Promise<ModelModules> {
  return {
    address: await load("model/capability/address.ts"),
    bounds: await load("model/capability/bounds.ts"),
    value: await load("model/capability/capability.ts"),
    format: await load("model/capability/format.ts"),
    narrow: await load("model/capability/narrow.ts"),
    permission: await load("model/capability/permission.ts"),
    seal: await load("model/capability/seal.ts"),
  };
}

/** The model's capability library at a format. */
export function modelLibrary(modules: ModelModules, { widths, permsMask }: LawFormat): CapabilityLibrary {
  const { address, bounds, value, narrow, seal, permission } = modules;
  const format = modules.format.formatFromWidths(widths);
  const nullCapability = value.nullWithAddress(format, 0n);
  return {
    name: "model",
    nullCapability,
    rootCapability: { ...nullCapability, tag: true, perms: permsMask },
    capabilityFromMemory: (tag, data) => value.capabilityFromMemory(format, tag, data),
    memoryFromCapability: (cap) => value.memoryFromCapability(format, cap),
    setBounds: (cap, length) => narrow.setBounds(format, cap, length),
    setBoundsExact: (cap, length) => narrow.setBoundsExact(format, cap, length),
    increment: (cap, increment) => address.incrementFast(format, cap, increment),
    setOffset: (cap, offset) => address.withOffsetFast(format, cap, offset),
    setAddress: (cap, to) => address.withAddressExact(format, cap, to),
    representableLength: (length) => bounds.representableLength(format, length),
    alignmentMask: (length) => bounds.alignmentMask(format, length),
    andPerms: (cap, mask) => narrow.andPerms(format, cap, permission.permsFromShown(mask)),
    setFlags: (cap, flags) => narrow.setFlags(format, cap, flags),
    seal: (cap, by) => seal.sealWith(format, cap, by),
    sealIfPossible: (cap, by) => seal.sealWithIfPossible(format, cap, by),
    unseal: (cap, by) => seal.unsealWith(format, cap, by),
    sealEntry: (cap) => seal.sealEntry(format, seal.clearTagIfSealed(format, cap)),
    buildCap: (authority, requested) => narrow.buildCap(format, authority, requested),
    isSubset: (whole, part) => narrow.isWithin(part, whole),
    inBounds: (cap, at, size) => value.inBounds(cap, at, size),
  };
}
