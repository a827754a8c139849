import type { Capability } from "../../../model/contract.ts";

/**
 * A library of capabilities that laws are held against, at one format. Each function is what the instruction of its
 * name makes of values. Addresses, lengths, offsets and increments are as wide as the format's addresses.
 */
export interface CapabilityLibrary {
  /** Who made it, for reports: `model`, `impl`. */
  readonly name: string;
  readonly nullCapability: Capability;
  readonly rootCapability: Capability;
  /** Of what a granule holds: an encoding XORed with that of null. */
  capabilityFromMemory(tag: boolean, data: bigint): Capability;
  /** What a granule holds for a capability, without its tag. */
  memoryFromCapability(cap: Capability): bigint;
  /** CSetBounds and CSetBoundsExact. */
  setBounds(cap: Capability, length: bigint): Capability;
  setBoundsExact(cap: Capability, length: bigint): Capability;
  /** CIncOffset, CSetOffset and CSetAddr. */
  increment(cap: Capability, increment: bigint): Capability;
  setOffset(cap: Capability, offset: bigint): Capability;
  setAddress(cap: Capability, address: bigint): Capability;
  /** CRRL and CRAM. */
  representableLength(length: bigint): bigint;
  alignmentMask(length: bigint): bigint;
  /** CAndPerm: `mask` as CGetPerm shows permissions, with the user's from bit 15. */
  andPerms(cap: Capability, mask: bigint): Capability;
  setFlags(cap: Capability, flags: bigint): Capability;
  /** CSeal, CCSeal, CUnseal: the second is the authority. */
  seal(cap: Capability, by: Capability): Capability;
  sealIfPossible(cap: Capability, by: Capability): Capability;
  unseal(cap: Capability, by: Capability): Capability;
  sealEntry(cap: Capability): Capability;
  buildCap(authority: Capability, requested: Capability): Capability;
  /** CTestSubset for equal tags: whether `part` is within `whole`. */
  isSubset(whole: Capability, part: Capability): boolean;
  /** The bounds check of an access of `size` bytes, 1 to 16. */
  inBounds(cap: Capability, address: bigint, size: number): boolean;
}

/**
 * The same library, remembering for each function its last answer: laws that ask the same of the same operand, one
 * after the other, ask it once.
 */
export function remembering(library: CapabilityLibrary): CapabilityLibrary {
  return {
    name: library.name,
    nullCapability: library.nullCapability,
    rootCapability: library.rootCapability,
    capabilityFromMemory: (tag, data) => library.capabilityFromMemory(tag, data),
    memoryFromCapability: (cap) => library.memoryFromCapability(cap),
    setBounds: lastOf((cap, length) => library.setBounds(cap, length)),
    setBoundsExact: lastOf((cap, length) => library.setBoundsExact(cap, length)),
    increment: lastOf((cap, amount) => library.increment(cap, amount)),
    setOffset: lastOf((cap, offset) => library.setOffset(cap, offset)),
    setAddress: lastOf((cap, address) => library.setAddress(cap, address)),
    representableLength: (length) => library.representableLength(length),
    alignmentMask: (length) => library.alignmentMask(length),
    andPerms: lastOf((cap, mask) => library.andPerms(cap, mask)),
    setFlags: lastOf((cap, flags) => library.setFlags(cap, flags)),
    seal: lastOf((cap, by) => library.seal(cap, by)),
    sealIfPossible: lastOf((cap, by) => library.sealIfPossible(cap, by)),
    unseal: lastOf((cap, by) => library.unseal(cap, by)),
    sealEntry: (cap) => library.sealEntry(cap),
    buildCap: lastOf((authority, requested) => library.buildCap(authority, requested)),
    isSubset: (whole, part) => library.isSubset(whole, part),
    inBounds: (cap, address, size) => library.inBounds(cap, address, size),
  };
}

function lastOf<Operand>(
  ask: (cap: Capability, operand: Operand) => Capability,
): (cap: Capability, operand: Operand) => Capability {
  let [last, operandLast, answer]: [Capability?, Operand?, Capability?] = [];
  return (cap, operand) => {
    if (answer !== undefined && last === cap && operandLast === operand) return answer;
    [last, operandLast] = [cap, operand];
    answer = ask(cap, operand);
    return answer;
  };
}
