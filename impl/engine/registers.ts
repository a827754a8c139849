/** The host's view of the hart: reset values, and register slots as capabilities. */
import type { Capability, Start } from "../../model/contract.ts";
import { NULL_HIGH, ROOT_HIGH } from "../capability/format.ts";
import { MISA_RESET, MSTATUS_RESET, storedCsrs } from "./csr.ts";
import {
  DDC_AT,
  field,
  flag,
  HART_AT,
  HART_BYTES,
  MEPCC_AT,
  MTCC_AT,
  PCC_AT,
  RAM_BASE,
  RESET_PRESETS,
  RESETS_AT,
  SEPCC_AT,
  STCC_AT,
  slotAt,
  state,
} from "./layout.ts";
import type { Machine } from "./machine.ts";

/** Works out what a reset leaves, for both presets, and stores it where the machine's reset takes it from. */
export function prepareResets({ exports, memory }: Machine): void {
  const bytes = new Uint8Array(memory);
  for (const [index, preset] of RESET_PRESETS.entries()) {
    writeReset(new DataView(memory), preset);
    exports.refreshFetch();
    exports.refreshDdc();
    for (let slot = 0; slot < 64; slot++) exports.settle(slotAt(slot));
    bytes.copyWithin(RESETS_AT + index * HART_BYTES, HART_AT, HART_AT + HART_BYTES);
  }
}

function writeReset(view: DataView, preset: Start["preset"]): void {
  for (let at = HART_AT; at < HART_AT + HART_BYTES; at += 8) view.setBigUint64(at, 0n, true);
  for (let index = 0; index < 64; index++) putSlot(view, slotAt(index), "null");
  const roots = [PCC_AT, DDC_AT, STCC_AT, SEPCC_AT, MTCC_AT, MEPCC_AT];
  if (preset === "dii") for (let index = 1; index < 32; index++) roots.push(slotAt(index));
  for (const at of roots) putSlot(view, at, "root");
  view.setBigUint64(state.pc, RAM_BASE, true);
  view.setUint32(state.privilege, 3, true);
  for (const { at } of storedCsrs) view.setBigUint64(at, 0n, true);
  view.setBigUint64(state.mstatus, MSTATUS_RESET, true);
  view.setBigUint64(state.misa, MISA_RESET, true);
}

/** Makes a slot null or the root capability, with address 0. Its bounds are decoded when needed. */
function putSlot(view: DataView, at: number, value: "null" | "root"): void {
  view.setBigUint64(at + field.address, 0n, true);
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
