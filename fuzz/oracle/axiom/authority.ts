/** What a capability covers, and how that reads. CHERI ISAv9, capability fields. */
import type { Capability, CapabilityIndex } from "../../../model/contract.ts";
import { scrName } from "../../../model/isa/names.ts";
import { drawRanges, permissionText } from "../../finding/range.ts";
import { placedAt } from "../exact/capability.ts";
import type { Held } from "../oracle.ts";

export const PCC: CapabilityIndex = 0x20;
export const DDC: CapabilityIndex = 0x21;
export const MTCC: CapabilityIndex = 0x3c;
export const MEPCC: CapabilityIndex = 0x3f;

/** Sizes of accesses. */
const sizes: readonly bigint[] = Array.from({ length: 65 }, (_, size) => BigInt(size));

/** Whether `size` bytes (0 to 64) at an address lie within bounds. Nothing wraps. */
export function covers(cap: Capability, address: bigint, size: number): boolean {
  return address >= cap.base && address + sizes[size]! <= cap.top;
}

/** Whether bounds and permissions of one capability are within those of another. */
export function isWithin(cap: Capability, parent: Capability): boolean {
  return (
    cap === parent ||
    (cap.base >= parent.base && cap.top <= parent.top && (Number(cap.perms) & ~Number(parent.perms)) === 0)
  );
}

/** Whether all fields but the address are the same. */
export function isSameElsewhere(one: Capability, other: Capability): boolean {
  return (
    one.tag === other.tag &&
    one.base === other.base &&
    one.top === other.top &&
    one.perms === other.perms &&
    one.otype === other.otype &&
    one.flags === other.flags &&
    one.reserved === other.reserved &&
    one.bounds === other.bounds
  );
}

/** A capability with another seal. */
export function resealed(cap: Capability, otype: bigint): Capability {
  return placedAt(cap, cap.address, cap.tag, otype);
}

/** `c5`, `DDC`, `MTCC`. */
export function nameOf(index: CapabilityIndex): string {
  return index < 0x20 ? `c${index}` : scrName(index & 0x1f).toUpperCase();
}

/** The capabilities that these indexes name, and others, drawn as ranges. */
export function drawn(
  held: Held,
  indexes: readonly CapabilityIndex[],
  others: Readonly<Record<string, Capability>> = {},
): string[] {
  const named = [...new Set(indexes)].map((index) => ({ name: nameOf(index), cap: held.capability(index) }));
  return drawRanges([...named, ...Object.entries(others).map(([name, cap]) => ({ name, cap }))]);
}

/** In what a capability goes beyond another that it should be within. */
export function excess(cap: Capability, parent: Capability): string {
  const beyond: string[] = [];
  if (!parent.tag) beyond.push("a tag");
  if (cap.base < parent.base) beyond.push(`the bytes below ${hex(parent.base)}`);
  if (cap.top > parent.top) beyond.push(`the bytes from ${hex(parent.top)} on`);
  const gained = cap.perms & ~parent.perms;
  if (gained !== 0n) beyond.push(`permissions ${permissionText(gained).replaceAll("-", "")}`);
  return beyond.length === 0 ? "nothing but another seal" : beyond.join(", ");
}

export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
