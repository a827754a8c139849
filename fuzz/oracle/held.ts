/**
 * What is held in the course of a run, gathered from step events alone: one shadow for all oracles.
 *
 * An integer stays a bigint until somebody asks for it as a capability: most steps write integers, and nobody asks.
 */
import type { Capability, CapabilityIndex, Privilege, Start, StepEvent } from "../../model/contract.ts";
import { copied, NULL, nullAt, placedAt, UNSEALED } from "./exact/capability.ts";
import type { Held } from "./oracle.ts";

/** Where every run starts. */
const START = 0x8000_0000n;
/** Bytes of a granule. */
const GRANULE = 16;

/** Special registers, by scr number. */
const SCR_PCC = 0;
const SCR_DDC = 1;
const SPECIAL = 0x20;
/** STCC, SEPCC, MTCC, MEPCC: root after a reset, as PCC and DDC are; all others are null. */
const ROOT_SPECIALS = [SCR_PCC, SCR_DDC, 12, 15, 28, 31];
const MSTATUS = 0x300;
const MRET = 0x3020_0073;

/** The capability over everything, with address 0: what a reset leaves in registers of the `dii` preset. */
const root = Object.freeze(copied(NULL, true, 0xffffn, UNSEALED));

/** What a machine holds between two runs. */
export interface Snapshot {
  readonly pc: bigint;
  /** 64: 0-31, then 0x20 | scr; an integer as it is. */
  readonly registers: readonly (bigint | Capability)[];
  /** Tagged granules by address. */
  readonly granules: Iterable<readonly [address: number, cap: Capability]>;
}

export class HeldState implements Held {
  /** Registers by number, then special registers by 0x20 | scr. */
  readonly #slots: (bigint | Capability)[] = new Array<bigint | Capability>(2 * SPECIAL).fill(0n);
  /** Tagged granules by address / 16. RAM lies below 2^53. */
  readonly #granules = new Map<number, Capability>();
  #pc = START;
  #mode: Privilege = 3;
  /** mstatus.MPP: the mode that MRET returns to. */
  #previous: Privilege = 0;

  /** Everything as a reset leaves it. */
  reset({ preset }: Start): void {
    const slots = this.#slots;
    slots.fill(0n);
    if (preset === "dii") slots.fill(root, 1, SPECIAL);
    for (const scr of ROOT_SPECIALS) slots[SPECIAL | scr] = root;
    this.#granules.clear();
    this.#pc = START;
    this.#mode = 3;
    this.#previous = 0;
  }

  /** Everything as it is where a run goes on that others have changed meanwhile; the hart is in machine mode. */
  adopt({ registers, granules, pc }: Snapshot): void {
    for (let index = 0; index < 2 * SPECIAL; index++) this.#slots[index] = registers[index]!;
    this.#granules.clear();
    for (const [address, cap] of granules) this.#granules.set(address / GRANULE, cap);
    this.#pc = pc;
    this.#mode = 3;
    this.#previous = 3;
  }

  get mode(): Privilege {
    return this.#mode;
  }

  get pc(): bigint {
    return this.#pc;
  }

  get pcc(): Capability {
    return this.#whole(SPECIAL);
  }

  capability(index: CapabilityIndex): Capability {
    const cap = this.#whole(index);
    if (index !== SPECIAL || cap.address === this.#pc) return cap;
    const moved = placedAt(cap, this.#pc, cap.tag, cap.otype);
    this.#slots[SPECIAL] = moved;
    return moved;
  }

  integer(index: CapabilityIndex): bigint {
    const slot = this.#slots[index]!;
    if (typeof slot === "bigint") return slot;
    return index === SPECIAL ? this.#pc : slot.address;
  }

  isTagged(index: CapabilityIndex): boolean {
    const slot = this.#slots[index]!;
    return typeof slot !== "bigint" && slot.tag;
  }

  granule(address: bigint): Capability | null {
    if (this.#granules.size === 0) return null;
    return this.#granules.get(Number(address) / GRANULE) ?? null;
  }

  granules(): { readonly address: bigint; readonly cap: Capability }[] {
    return [...this.#granules]
      .map(([at, cap]) => ({ address: BigInt(at) * 16n, cap }))
      .sort((one, other) => (one.address < other.address ? -1 : 1));
  }

  /** Takes in what a step says it did. Hot. */
  take(event: StepEvent): void {
    const { register, cleared, specials, write, csr, trap } = event;
    // Memory first: what was stored is what was held before the step.
    if (write !== null) this.#store(event);
    if (register !== null) this.#slots[register.index] = register.value;
    if (cleared !== 0) this.#clear(cleared);
    for (let at = 0; at < specials.length; at++) {
      const { scr, value } = specials[at]!;
      this.#slots[SPECIAL | scr] = value;
    }
    if (csr !== null && csr.number === MSTATUS) this.#previous = ((csr.value >> 11n) & 3n) === 3n ? 3 : 0;
    if (trap !== null) {
      this.#previous = this.#mode;
      this.#mode = 3;
    } else if (event.word === MRET) {
      this.#mode = this.#previous;
      this.#previous = 0;
    }
    this.#pc = event.pcAfter;
  }

  #whole(index: CapabilityIndex): Capability {
    const slot = this.#slots[index]!;
    if (typeof slot !== "bigint") return slot;
    const cap = nullAt(slot);
    this.#slots[index] = cap;
    return cap;
  }

  #clear(cleared: number): void {
    for (let index = 1; index < SPECIAL; index++) {
      if (((cleared >>> index) & 1) === 1) this.#slots[index] = 0n;
    }
    if ((cleared & 1) === 1) this.#slots[SPECIAL | SCR_DDC] = 0n;
  }

  #store({ write, source }: StepEvent): void {
    const { address, size, tag } = write!;
    const granules = this.#granules;
    if (tag && source !== null) {
      granules.set(Math.floor(Number(address) / GRANULE), this.capability(source));
      return;
    }
    if (granules.size === 0) return;
    const first = Number(address);
    const last = Math.floor((first + size - 1) / GRANULE);
    for (let at = Math.floor(first / GRANULE); at <= last; at++) granules.delete(at);
  }
}
