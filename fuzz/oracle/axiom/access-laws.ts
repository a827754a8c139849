/**
 * Laws of memory: every access lies within what its authority permits, and a capability that passes through memory
 * is neither made nor changed there.
 *
 * Sources: CHERI ISAv9, capability-checked loads and stores; T-CHERI (Morello, ESOP'22), load_mem, store_mem,
 * store_tag, store_cap_mem; CHERI-MIPS, S&P'20, LoadDataProp, StoreDataProp, LoadCapProp, StoreCapProp,
 * StoreLocalCapProp, MemoryInvariant.
 */
import type { CapabilityIndex, MemoryAccess } from "../../../model/contract.ts";
import { areSame, highOf, permit, permits, UNSEALED } from "../exact/capability.ts";
import type { Held, JudgedStep } from "../oracle.ts";
import type { Opinion } from "../tally.ts";
import { covers, drawn, hex, nameOf } from "./authority.ts";
import type { Label } from "./label.ts";

const GRANULE = 16;
const GRANULES_OF_LINE = 4;

/** load_mem. */
export function loadIsAuthorized({ event, before }: JudgedStep): Opinion {
  if (event.read === null) return "vacuous";
  return isAuthorized(event.authority, event.read, before, permit.load, "Load");
}

/** store_mem. */
export function storeIsAuthorized({ event, before }: JudgedStep): Opinion {
  if (event.write === null) return "vacuous";
  return isAuthorized(event.authority, event.write, before, permit.store, "Store");
}

function isAuthorized(
  index: CapabilityIndex | null,
  access: MemoryAccess,
  held: Held,
  permission: number,
  permissionName: string,
): Opinion {
  if (index === null) return [`${accessText(access)} under nobody's authority`];
  const isTagged = held.isTagged(index);
  const cap = held.capability(index);
  const isPermitted = isTagged && cap.otype === UNSEALED && permits(cap, permission);
  if (isPermitted && covers(cap, access.address, access.size)) return "holds";

  const why = !isTagged
    ? "is untagged"
    : cap.otype !== UNSEALED
      ? "is sealed"
      : isPermitted
        ? "does not cover these bytes"
        : `lacks ${permissionName}`;
  return [`${accessText(access)} under ${nameOf(index)}, which ${why}`, ...drawn(held, [index])];
}

/** store_tag: a tag comes with a whole, aligned granule. */
export function tagIsStoredWhole({ event }: JudgedStep): Opinion {
  const { write } = event;
  if (write === null || !write.tag) return "vacuous";
  if (write.size === GRANULE && (write.address & 15n) === 0n) return "holds";
  return [`${accessText(write)} sets a tag, which only a whole and aligned granule can have`];
}

/** store_cap_mem: what is stored with a tag is what the register named as its source holds, bit by bit. */
export function storedIsHeld({ event, before }: JudgedStep): Opinion {
  const { write, source } = event;
  if (write === null || !write.tag) return "vacuous";
  if (source === null) return ["a tagged capability is stored, and no register is named that held it"];
  const cap = before.capability(source);
  if (cap.tag && write.data === (highOf(cap) << 64n) + cap.address) return "holds";
  const why = cap.tag ? "does not hold it" : "is untagged";
  return [
    `${hex(write.data)} is stored with a tag, and ${nameOf(source)} ${why}`,
    ...drawn(before, [source]),
  ];
}

/** load_data: plain bytes, as many as the instruction names. */
export function loadsPlainData({ event }: JudgedStep, label: Label): Opinion {
  return event.read === null ? "vacuous" : isPlain(event.read, label.reads);
}

/** store_data: plain bytes, as many as the instruction names. */
export function storesPlainData({ event }: JudgedStep, label: Label): Opinion {
  return event.write === null ? "vacuous" : isPlain(event.write, label.writes);
}

function isPlain(access: MemoryAccess, size: number): Opinion {
  if (access.tag) return [`${accessText(access)} carries a tag, and the instruction moves plain data`];
  return access.size === size ? "holds" : sizeText(access, size);
}

function sizeText(access: MemoryAccess, size: number): string[] {
  return [`${accessText(access)} accessed, by an instruction for ${size}`];
}

/** load_capability: with Load_Cap what was stored, else without a tag; never anything else with one. */
export function loadsWhatWasStored({ event, before }: JudgedStep, label: Label): Opinion {
  const { read, register, authority } = event;
  if (read !== null && read.size !== label.reads) return sizeText(read, label.reads);
  if (read === null || register?.kind !== "capability" || authority === null) return "vacuous";
  const isPermitted = permits(before.capability(authority), permit.loadCap);
  if (!register.value.tag) return read.tag && !isPermitted ? "holds" : "vacuous";

  const granule = before.granule(read.address);
  const loaded = { [`loaded into ${nameOf(register.index)}`]: register.value };
  if (!isPermitted) {
    return [
      `${nameOf(authority)} lacks Load_Cap, and a tag was loaded through it`,
      ...drawn(before, [authority], loaded),
    ];
  }
  if (granule === null) {
    return [
      `a tag was loaded from ${hex(read.address)}, where none was stored`,
      ...drawn(before, [], loaded),
    ];
  }
  if (areSame(register.value, granule)) return "holds";
  return [
    `what was loaded from ${hex(read.address)} is not what was stored there`,
    ...drawn(before, [], { stored: granule, ...loaded }),
  ];
}

/** store_capability: a tag needs Store_Cap. */
export function tagMayBeStored({ event, before }: JudgedStep, label: Label): Opinion {
  const { write, authority } = event;
  if (write !== null && write.size !== label.writes) return sizeText(write, label.writes);
  if (write === null || !write.tag || authority === null) return "vacuous";
  if (permits(before.capability(authority), permit.storeCap)) return "holds";
  return [
    `${nameOf(authority)} lacks Store_Cap, and a tag was stored through it`,
    ...drawn(before, [authority]),
  ];
}

/** store_local_capability: a tagged capability that is not Global needs Store_Local_Cap. */
export function localMayBeStored({ event, before }: JudgedStep): Opinion {
  const { write, authority, source } = event;
  if (write === null || !write.tag || authority === null || source === null) return "vacuous";
  if (permits(before.capability(source), permit.global)) return "vacuous";
  if (permits(before.capability(authority), permit.storeLocal)) return "holds";
  return [
    `${nameOf(authority)} lacks Store_Local_Cap, and ${nameOf(source)}, which is local, was stored through it`,
    ...drawn(before, [authority, source]),
  ];
}

/** load_tags: under Load_Cap, and just the tags that were stored. */
export function loadsStoredTags({ event, before }: JudgedStep, label: Label): Opinion {
  const { read, authority } = event;
  if (read === null || authority === null) return "vacuous";
  if (read.size !== label.reads) return sizeText(read, label.reads);
  if (!permits(before.capability(authority), permit.loadCap)) {
    return [
      `${nameOf(authority)} lacks Load_Cap, and tags were read through it`,
      ...drawn(before, [authority]),
    ];
  }
  let stored = 0;
  for (let at = 0; at < GRANULES_OF_LINE; at++) {
    if (before.granule(read.address + BigInt(GRANULE * at)) !== null) stored |= 1 << at;
  }
  if (read.data === BigInt(stored)) return "holds";
  return [
    `tags ${hex(read.data)} were read at ${hex(read.address)}, where ${stored.toString(2)} (binary) were stored`,
  ];
}

/** memory_invariant: no bytes change, and none are read, but by an access that the label names, in one place. */
export function touchesMemoryAsLabelled({ event }: JudgedStep, label: Label): Opinion {
  const { read, write } = event;
  if (read === null && write === null) return "vacuous";
  if (read !== null && label.reads === 0)
    return [`${accessText(read)} read, by an instruction that reads none`];
  if (write !== null && label.writes === 0) {
    return [`${accessText(write)} written, by an instruction that writes none`];
  }
  if (read === null || write === null || read.address === write.address) return "holds";
  return [`${accessText(read)} read, and ${accessText(write)} written; an update touches one place`];
}

function accessText({ address, size }: MemoryAccess): string {
  return `${size} ${size === 1 ? "byte" : "bytes"} at ${hex(address)}`;
}
