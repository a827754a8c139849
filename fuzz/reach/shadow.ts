import type { Capability, Start, StepEvent } from "../../model/contract.ts";
import { classIndex } from "./operand.ts";

/** Index of PCC and DDC beside the registers, as in a step event. */
const PCC = 0x20;
const DDC = 0x21;
const REGISTERS = 0x22;
const SCR_PCC = 0;
const SCR_DDC = 1;

/** What a register holds. */
const HOLDS_INTEGER = 0;
const HOLDS_UNTAGGED = 1;
const HOLDS_TAGGED = 2;

/** 64-bit slots of a register. */
const ADDRESS = 0;
const BASE = 1;
const TOP = 2;
const PERMS = 3;
const OTYPE = 4;
const SLOTS = 5;

const TOP_CARRY = 1n << 64n;
const OTYPE_UNSEALED = 0x3ffff;
const OTYPE_SENTRY = 0x3fffe;
const PERMS_GLOBAL = 1;
const PERMS_HARDWARE = 0xfff;
const PERMS_ALL = 0xffff;
const SIGN = 0x8000_0000;
const ONES = 0xffff_ffff;

const NULL = classIndex("null");
const INTEGER = classIndex("integer");
const UNTAGGED = classIndex("untagged");
const SENTRY = classIndex("sentry");
const SEALED = classIndex("sealed");
const OUT_OF_BOUNDS = classIndex("out of bounds");
const LOCAL = classIndex("local");
const RESTRICTED = classIndex("restricted");
const NARROW = classIndex("narrow");
const ROOT = classIndex("root");
const ZERO = classIndex("zero");
const MINUS_ONE = classIndex("minus one");
const EDGE = classIndex("edge");
const POSITIVE = classIndex("positive");
const NEGATIVE = classIndex("negative");

const root: Capability = {
  tag: true,
  address: 0n,
  base: 0n,
  top: TOP_CARRY,
  perms: 0xffffn,
  otype: 0x3ffffn,
  flags: 0n,
  reserved: 0n,
  bounds: 0n,
};

/**
 * What the reach table needs to know of the registers before a step, gathered from the step events alone.
 *
 * Typed arrays hold it all: storing a bigint into one costs next to nothing, computing with it does; so values are
 * stored whole and looked at by 32-bit halves.
 */
export class Shadow {
  isCapabilityMode = false;
  readonly #holds = new Uint8Array(REGISTERS);
  /** The slots of each register, and of one more for comparing. */
  readonly #slots = new BigUint64Array(SLOTS * (REGISTERS + 1));
  readonly #halves = new Uint32Array(this.#slots.buffer);
  /** Bit 64 of each top. */
  readonly #topCarries = new Uint8Array(REGISTERS);

  /** The registers as a preset has them. */
  reset(start: Start): void {
    this.#writeInteger(0, 0n);
    for (let index = 1; index < 32; index++) {
      if (start.preset === "dii") this.#write(index, root);
      else this.#writeInteger(index, 0n);
    }
    this.#write(PCC, root);
    this.#write(DDC, root);
    this.isCapabilityMode = false;
  }

  /** What the step has changed. Hot. */
  follow({ register, cleared, specials }: StepEvent): void {
    if (register !== null) {
      if (register.kind === "integer") this.#writeInteger(register.index, register.value);
      else this.#write(register.index, register.value);
    }
    for (let at = 0; at < specials.length; at++) {
      const { scr, value } = specials[at]!;
      if (scr === SCR_PCC) {
        this.#write(PCC, value);
        this.isCapabilityMode = value.flags === 1n;
      } else if (scr === SCR_DDC) this.#write(DDC, value);
    }
    if (cleared === 0) return;
    for (let index = 1; index < 32; index++)
      if (((cleared >>> index) & 1) === 1) this.#writeInteger(index, 0n);
  }

  /** The class of a register as a capability operand, as a place in `CLASSES`. Hot. */
  capabilityClass(index: number): number {
    const halves = this.#halves;
    const at = 2 * SLOTS * index;
    const isZero = (halves[at]! | halves[at + 1]!) === 0;
    const holds = this.#holds[index]!;
    if (holds === HOLDS_INTEGER) return isZero ? NULL : INTEGER;

    const perms = halves[at + 2 * PERMS]!;
    const otype = halves[at + 2 * OTYPE]!;
    if (holds === HOLDS_UNTAGGED) return isZero && perms === 0 && otype === OTYPE_UNSEALED ? NULL : UNTAGGED;
    if (otype !== OTYPE_UNSEALED) return otype === OTYPE_SENTRY ? SENTRY : SEALED;
    if (!this.#isInBounds(index)) return OUT_OF_BOUNDS;
    if ((perms & PERMS_GLOBAL) === 0) return LOCAL;
    if ((perms & PERMS_HARDWARE) !== PERMS_HARDWARE) return RESTRICTED;
    const isWhole =
      (halves[at + 2 * BASE]! | halves[at + 2 * BASE + 1]!) === 0 && this.#topCarries[index] === 1;
    return isWhole && perms === PERMS_ALL ? ROOT : NARROW;
  }

  /** The class of a register as an integer operand, as a place in `CLASSES`. Hot. */
  integerClass(index: number): number {
    const low = this.#halves[2 * SLOTS * index]!;
    const high = this.#halves[2 * SLOTS * index + 1]!;
    if (high >= SIGN) {
      if (high === ONES && low === ONES) return MINUS_ONE;
      return (high === SIGN && low === 0) || (high === ONES && low === SIGN) ? EDGE : NEGATIVE;
    }
    if (high === 0 && low === 0) return ZERO;
    if (high === SIGN - 1) return low === ONES ? EDGE : POSITIVE;
    return high === 0 && (low === SIGN - 1 || low === SIGN) ? EDGE : POSITIVE;
  }

  /** Whether a register, PCC or DDC holds a tagged capability; other special registers are not followed. */
  isTagged(index: number): boolean {
    return index < REGISTERS && this.#holds[index] === HOLDS_TAGGED;
  }

  /** Whether a capability has the bounds that a register, PCC or DDC has. */
  hasBoundsOf(cap: Capability, index: number): boolean {
    this.#slots[SLOTS * REGISTERS + BASE] = cap.base;
    this.#slots[SLOTS * REGISTERS + TOP] = cap.top;
    return this.#isSame(index, BASE) && this.#isSame(index, TOP);
  }

  /** Whether PCC's bounds allow to fetch so many bytes at an address. */
  mayFetch(address: bigint, size: bigint): boolean {
    const top = this.#slots[SLOTS * PCC + TOP]! + (this.#topCarries[PCC] === 1 ? TOP_CARRY : 0n);
    return address >= this.#slots[SLOTS * PCC + BASE]! && address + size <= top;
  }

  #writeInteger(index: number, value: bigint): void {
    this.#holds[index] = HOLDS_INTEGER;
    this.#slots[SLOTS * index + ADDRESS] = value;
  }

  #write(index: number, value: Capability): void {
    const at = SLOTS * index;
    this.#holds[index] = value.tag ? HOLDS_TAGGED : HOLDS_UNTAGGED;
    this.#slots[at + ADDRESS] = value.address;
    this.#slots[at + BASE] = value.base;
    this.#slots[at + TOP] = value.top;
    this.#slots[at + PERMS] = value.perms;
    this.#slots[at + OTYPE] = value.otype;
    this.#topCarries[index] = value.top >= TOP_CARRY ? 1 : 0;
  }

  #isInBounds(index: number): boolean {
    if (this.#isBelow(index, ADDRESS, BASE)) return false;
    return this.#topCarries[index] === 1 || this.#isBelow(index, ADDRESS, TOP);
  }

  #isBelow(index: number, one: number, other: number): boolean {
    const at = 2 * SLOTS * index;
    const high = this.#halves[at + 2 * one + 1]!;
    const otherHigh = this.#halves[at + 2 * other + 1]!;
    return high === otherHigh
      ? this.#halves[at + 2 * one]! < this.#halves[at + 2 * other]!
      : high < otherHigh;
  }

  /** Whether a slot is the same in a register and in the one for comparing. */
  #isSame(index: number, slot: number): boolean {
    const one = 2 * (SLOTS * index + slot);
    const other = 2 * (SLOTS * REGISTERS + slot);
    return this.#halves[one] === this.#halves[other] && this.#halves[one + 1] === this.#halves[other + 1];
  }
}
