/** The host's view of register slots: reset values, and slots as capabilities. */
import type { Capability } from "../../model/contract.ts";
import { NULL_HIGH, ROOT_HIGH } from "../capability/format.ts";
import { field, flag, slotAt } from "./layout.ts";

/** Makes a slot null or the root capability, both with address `address`. Its bounds are decoded when needed. */
export function putSlot(view: DataView, at: number, value: "null" | "root", address: bigint): void {
  view.setBigUint64(at + field.address, address, true);
  view.setBigUint64(at + field.high, value === "root" ? ROOT_HIGH : NULL_HIGH, true);
  view.setUint32(at + field.flags, value === "root" ? flag.lazy | flag.tag : flag.lazy, true);
}

/** A settled slot as a capability. */
export function readSlot(view: DataView, index: number): Capability {
  const at = slotAt(index);
  const word = (offset: number) => view.getBigUint64(at + offset, true);
  const flags = view.getUint32(at + field.flags, true);
  const high = word(field.high);
  return {
    tag: (flags & flag.tag) !== 0,
    address: word(field.address),
    base: word(field.base),
    top: word(field.top) | (flags & flag.top64 ? 1n << 64n : 0n),
    ...fieldsOf(high),
  };
}

function fieldsOf(high: bigint): Pick<Capability, "perms" | "otype" | "flags" | "reserved" | "bounds"> {
  return {
    perms: high >> 48n,
    otype: (high >> 27n) & 0x3ffffn,
    flags: (high >> 45n) & 1n,
    reserved: (high >> 46n) & 3n,
    bounds: high & 0x7ff_ffffn,
  };
}
