/** Trace records as step events. */
import type {
  Capability,
  MemoryAccess,
  Privilege,
  RegisterWrite,
  SpecialWrite,
  StepEvent,
} from "../../model/contract.ts";
import { capSlot, memSlot, RECORD_SLOTS, slot } from "./record.ts";

/** The event that record `index` of the records spells; `order` is its position in the run. */
export function eventOf(records: BigUint64Array, index: number, order: number): StepEvent {
  const at = index * RECORD_SLOTS;
  const word = (offset: number) => records[at + offset]!;
  const head = word(slot.head);
  const what = word(slot.what);
  const byte = (position: bigint) => Number((what >> (8n * position)) & 0xffn);
  const csr = Number((what >> 32n) & 0xffffn);
  return {
    order,
    word: Number(head & 0xffff_ffffn),
    mode: Number((head >> 32n) & 3n) as Privilege,
    pcBefore: word(slot.pcBefore),
    pcAfter: word(slot.pcAfter),
    trap: (head >> 40n) & 1n ? { cause: word(slot.cause), value: word(slot.trapValue) } : null,
    register: registerOf(records, at, byte(0n), byte(1n)),
    cleared: Number(word(slot.cleared)),
    specials: [slot.special0, slot.special1].flatMap((each) => specialOf(records, at + each)),
    csr: csr === 0 ? null : { number: csr & 0xfff, value: word(slot.csrValue) },
    read: accessOf(records, at + slot.read),
    write: accessOf(records, at + slot.write),
    authority: byte(2n) === 0 ? null : byte(2n) - 1,
    source: byte(3n) === 0 ? null : byte(3n) - 1,
  };
}

function registerOf(records: BigUint64Array, at: number, index: number, kind: number): RegisterWrite | null {
  const block = at + slot.register;
  if (kind === 1) return { kind: "integer", index, value: records[block + capSlot.address]! };
  return kind === 2 ? { kind: "capability", index, value: capabilityOf(records, block) } : null;
}

function specialOf(records: BigUint64Array, at: number): SpecialWrite[] {
  const number = Number(records[at]!);
  return number === 0 ? [] : [{ scr: number - 1, value: capabilityOf(records, at + 1) }];
}

function capabilityOf(records: BigUint64Array, block: number): Capability {
  const word = (name: keyof typeof capSlot) => records[block + capSlot[name]]!;
  return {
    tag: (word("bits") & 1n) === 1n,
    address: word("address"),
    base: word("base"),
    top: word("top") | ((word("bits") >> 1n) << 64n),
    perms: word("perms"),
    otype: word("otype"),
    flags: word("flags"),
    reserved: word("reserved"),
    bounds: word("bounds"),
  };
}

function accessOf(records: BigUint64Array, at: number): MemoryAccess | null {
  const size = Number(records[at + memSlot.size]!);
  if (size === 0) return null;
  return {
    address: records[at + memSlot.address]!,
    size: size & 0xff,
    data: records[at + memSlot.low]! | (records[at + memSlot.high]! << 64n),
    tag: size >> 8 === 1,
  };
}
