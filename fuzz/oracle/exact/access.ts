/**
 * Loads, stores and atomics: what must be refused, what must be read and written, what the registers must
 * receive.
 *
 * Source: CHERI ISAv9, capability-checked memory access; RISC-V Unprivileged, A; the order of checks is the
 * manual's.
 */
import type { Capability, MemoryAccess, Trap } from "../../../model/contract.ts";
import type { JudgedStep } from "../oracle.ts";
import { type AccessKind, type AccessRow, accessRows } from "./access-row.ts";
import { atomics } from "./arithmetic.ts";
import { fromMemory, hexOf, highOf, NULL, nullAt, permit, permits } from "./capability.ts";
import { type Clause, clauseAt } from "./clauses.ts";
import type { Hart } from "./hart.ts";
import { effect, type Rule, wrongCapability, wrongInteger } from "./rule.ts";
import { cause, code, DDC, outOfBounds, refusal, trapOf, unusable } from "./trap.ts";

const SP = 2;
const GRANULE = 16n;

/** What a kind of access asks of its authority and does to memory. */
interface Nature {
  readonly clause: Clause;
  readonly loads: boolean;
  readonly stores: boolean;
  readonly isAligned: boolean;
  readonly isCapability: boolean;
  readonly isConditional: boolean;
  readonly reserves: boolean;
  /** The cause of an access that is not RAM. */
  readonly fault: bigint;
}

const load: Nature = {
  clause: clauseAt.exact_load,
  loads: true,
  stores: false,
  isAligned: false,
  isCapability: false,
  isConditional: false,
  reserves: false,
  fault: cause.loadAccess,
};
const store: Nature = {
  ...load,
  clause: clauseAt.exact_store,
  loads: false,
  stores: true,
  fault: cause.storeAccess,
};
const conditional: Nature = {
  ...store,
  clause: clauseAt.exact_store_conditional,
  isAligned: true,
  isConditional: true,
};
const reserve: Nature = { ...load, clause: clauseAt.exact_load_reserved, isAligned: true, reserves: true };
const forCapabilities = { isAligned: true, isCapability: true } as const;

const natures: Readonly<Record<AccessKind, Nature>> = {
  load,
  store,
  reserve,
  conditional,
  atomic: { ...store, clause: clauseAt.exact_atomic, loads: true, isAligned: true },
  "load capability": { ...load, clause: clauseAt.exact_capability_load, ...forCapabilities },
  "store capability": { ...store, clause: clauseAt.exact_capability_store, ...forCapabilities },
  "reserve capability": { ...reserve, ...forCapabilities },
  "conditional capability": { ...conditional, ...forCapabilities },
  // The read comes first, and faults as a load does.
  "swap capability": { ...load, clause: clauseAt.exact_atomic, stores: true, ...forCapabilities },
  tags: { ...load, clause: clauseAt.exact_tags, isAligned: true },
};

/** One access being judged. */
class Access {
  readonly row: AccessRow;
  readonly nature: Nature;
  readonly #size: bigint;

  constructor(row: AccessRow) {
    this.row = row;
    this.nature = natures[row.kind];
    this.#size = BigInt(row.size);
  }

  #base({ operands }: JudgedStep): number {
    return this.row.base === null ? SP : operands[this.row.base]!;
  }

  /** The index of the capability that authorizes the access. */
  authority(step: JudgedStep): number {
    const { by } = this.row;
    const isByBase = by === "base" || (by === "mode" && step.before.pcc.flags === 1n);
    return isByBase ? this.#base(step) : DDC;
  }

  address(step: JudgedStep): bigint {
    const address = step.before.integer(this.#base(step));
    const { offset } = this.row;
    return offset === null ? address : BigInt.asUintN(64, address + BigInt(step.operands[offset]!));
  }

  /** The capability that is stored. */
  stored({ before, operands }: JudgedStep): Capability {
    return before.capability(operands[this.row.from!]!);
  }

  trap(step: JudgedStep, hart: Hart): Trap | null {
    const { nature } = this;
    const index = this.authority(step);
    const authority = step.before.capability(index);
    const address = this.address(step);
    const refused =
      unusable(authority, index) ??
      this.#forbidden(step, authority, index) ??
      outOfBounds(authority, index, address, this.#size);
    if (refused !== null) return refused;
    if (nature.isAligned && (address & (this.#size - 1n)) !== 0n) {
      return trapOf(nature.stores ? cause.misalignedStore : cause.misalignedLoad, address);
    }
    // A store that does not happen cannot fault.
    if (nature.isConditional && !holdsReservation(hart, address)) return null;
    return hart.memory.contains(address, this.row.size) ? null : trapOf(nature.fault, address);
  }

  /** The permissions, in their order; what a stored capability needs depends on itself. */
  #forbidden(step: JudgedStep, authority: Capability, index: number): Trap | null {
    const { nature, row } = this;
    if (nature.loads && !permits(authority, permit.load)) return refusal(index, code.load);
    if (row.kind === "tags" && !permits(authority, permit.loadCap)) return refusal(index, code.loadCap);
    if (!nature.stores) return null;
    if (!permits(authority, permit.store)) return refusal(index, code.store);
    if (!nature.isCapability) return null;
    const stored = this.stored(step);
    if (!stored.tag) return null;
    if (!permits(authority, permit.storeCap)) return refusal(index, code.storeCap);
    const isLocal = !permits(stored, permit.global);
    return isLocal && !permits(authority, permit.storeLocal) ? refusal(index, code.storeLocal) : null;
  }

  wrong(step: JudgedStep, hart: Hart): string[] | null {
    const { nature, row } = this;
    const address = this.address(step);
    if (nature.isConditional) return this.#wrongConditional(step, hart, address);
    if (row.kind === "tags") return this.#wrongTags(step, hart, address);
    if (nature.isCapability) return this.#wrongCapabilityAccess(step, hart, address);
    if (!nature.loads)
      return wrongAccess("write", step.event.write, address, row.size, this.#data(step), false);

    const loaded = hart.memory.read(address, row.size);
    const value = row.isSigned ? BigInt.asUintN(64, BigInt.asIntN(8 * row.size, loaded)) : loaded;
    return (
      wrongAccess("read", step.event.read, address, row.size, loaded, false) ??
      wrongInteger(step.event, step.operands[row.to!]!, value) ??
      (nature.stores ? this.#wrongUpdate(step, address, loaded) : null)
    );
  }

  /** The low bytes of the register that is stored. */
  #data({ before, operands }: JudgedStep): bigint {
    return BigInt.asUintN(8 * this.row.size, before.integer(operands[this.row.from!]!));
  }

  /** An atomic operation: both operands are signed numbers of the size of the access. */
  #wrongUpdate(step: JudgedStep, address: bigint, loaded: bigint): string[] | null {
    const { size, operation } = this.row;
    const operand = BigInt.asIntN(8 * size, this.#data(step));
    const update = atomics[operation!]!(BigInt.asIntN(8 * size, loaded), operand);
    return wrongAccess("write", step.event.write, address, size, BigInt.asUintN(8 * size, update), false);
  }

  #wrongCapabilityAccess(step: JudgedStep, hart: Hart, address: bigint): string[] | null {
    const { nature } = this;
    const wrongLoad = nature.loads ? this.#wrongCapabilityLoad(step, hart, address) : null;
    return wrongLoad ?? (nature.stores ? this.#wrongCapabilityStore(step, address) : null);
  }

  /** What was stored, and its tag if the authority may load capabilities. */
  #wrongCapabilityLoad(step: JudgedStep, hart: Hart, address: bigint): string[] | null {
    const data = hart.memory.read(address, 16);
    const tag = hart.memory.tagAt(address);
    const keepsTag = tag && permits(step.before.capability(this.authority(step)), permit.loadCap);
    const cd = step.operands[this.row.to!]!;
    const loaded = cd === 0 ? NULL : fromMemory(keepsTag, BigInt.asUintN(64, data), data >> 64n);
    return (
      wrongAccess("read", step.event.read, address, 16, data, tag) ?? wrongCapability(step.event, cd, loaded)
    );
  }

  #wrongCapabilityStore(step: JudgedStep, address: bigint): string[] | null {
    const stored = this.stored(step);
    const data = (highOf(stored) << 64n) | stored.address;
    return wrongAccess("write", step.event.write, address, 16, data, stored.tag);
  }

  /** 0 and a store where the address is reserved, 1 and no store where it is not. */
  #wrongConditional(step: JudgedStep, hart: Hart, address: bigint): string[] | null {
    const { event, operands } = step;
    const { nature, row } = this;
    const succeeds = holdsReservation(hart, address);
    const status = succeeds ? 0n : 1n;
    const index = operands[row.to!]!;
    const isCapability = nature.isCapability && row.to === "cs2";
    const wrongStatus = isCapability
      ? wrongCapability(event, index, nullAt(status))
      : wrongInteger(event, index, status);
    if (wrongStatus !== null) return wrongStatus;
    if (!succeeds) return event.write === null ? null : ["it stored without a reservation"];
    if (nature.isCapability) return this.#wrongCapabilityStore(step, address);
    return wrongAccess("write", event.write, address, row.size, this.#data(step), false);
  }

  /** The tags of four granules, the lowest in bit 0. */
  #wrongTags(step: JudgedStep, hart: Hart, address: bigint): string[] | null {
    let tags = 0n;
    for (let granule = 0n; granule < 4n; granule++) {
      if (hart.memory.tagAt(address + granule * GRANULE)) tags |= 1n << granule;
    }
    return (
      wrongAccess("read", step.event.read, address, this.row.size, tags, false) ??
      wrongInteger(step.event, step.operands[this.row.to!]!, tags)
    );
  }
}

/** Addresses are compared by their low 32 bits: what the recordings of the authoritative model show. */
function holdsReservation({ reservation }: Hart, address: bigint): boolean {
  return reservation !== null && BigInt.asUintN(32, reservation ^ address) === 0n;
}

function wrongAccess(
  what: "read" | "write",
  access: MemoryAccess | null,
  address: bigint,
  size: number,
  data: bigint,
  tag: boolean,
): string[] | null {
  if (access === null) return [`it made no ${what}, must ${what} ${size} bytes at ${hexOf(address)}`];
  if (access.address !== address) return [`${what} at ${hexOf(access.address)}, must be ${hexOf(address)}`];
  if (access.size !== size) return [`${what} of ${access.size} bytes, must be ${size}`];
  if (access.data !== data) return [`${what} of ${hexOf(access.data)}, must be ${hexOf(data)}`];
  return access.tag === tag ? null : [`${what} with tag ${access.tag}, must be ${tag}`];
}

function ruleOf(row: AccessRow): Rule {
  const access = new Access(row);
  const { nature } = access;
  let effects = row.to === null ? 0 : effect.register;
  if (nature.loads) effects |= effect.read;
  if (nature.stores) effects |= effect.write;
  return {
    clause: nature.clause,
    effects,
    isJump: false,
    trap: (step, hart) => access.trap(step, hart),
    wrong: (step, hart) => access.wrong(step, hart),
    follow: followOf(nature),
  };
}

/** LR reserves its address; any SC that got as far as asking ends the reservation. */
function followOf({ reserves, isConditional }: Nature): Rule["follow"] {
  if (isConditional) {
    return (_, hart) => {
      hart.reservation = null;
    };
  }
  if (!reserves) return null;
  return ({ event }, hart) => {
    hart.reservation = event.read?.address ?? null;
  };
}

export const accessRules: ReadonlyMap<string, Rule> = new Map(
  [...accessRows].map(([name, row]) => [name, ruleOf(row)]),
);
