import type { Capability, Start, StepEvent } from "../../model/contract.ts";
import { capabilityClass, integerClass, isTaggedClass, type RegisterValue } from "./operand.ts";

/** Index of PCC and DDC beside the registers, as in a step event. */
const PCC = 0x20;
const DDC = 0x21;
const REGISTERS = 0x22;
const SCR_PCC = 0;
const SCR_DDC = 1;

const TOP_CARRY = 1n << 64n;

const ROOT: Capability = {
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
 * What the reach table needs to know of the registers before a step, gathered from the step events alone: the
 * class and the bounds of each. Typed arrays hold it all; storing a bigint into one costs next to nothing, and
 * no capability is kept alive.
 */
export class Shadow {
  isCapabilityMode = false;
  readonly #capabilityClasses = new Uint8Array(REGISTERS);
  readonly #integerClasses = new Uint8Array(REGISTERS);
  /** Base and top of each; the top without bit 64, which is kept apart. One more pair is for comparing. */
  readonly #bounds = new BigUint64Array(2 * (REGISTERS + 1));
  readonly #halves = new Uint32Array(this.#bounds.buffer);
  readonly #topCarries = new Uint8Array(REGISTERS);

  /** The registers as a preset has them. */
  reset(start: Start): void {
    const value = start.preset === "dii" ? ROOT : 0n;
    this.#write(0, 0n);
    for (let index = 1; index < 32; index++) this.#write(index, value);
    this.#write(PCC, ROOT);
    this.#write(DDC, ROOT);
    this.isCapabilityMode = false;
  }

  /** What the step has changed. Hot. */
  follow({ register, cleared, specials }: StepEvent): void {
    if (register !== null) this.#write(register.index, register.value);
    for (let at = 0; at < specials.length; at++) {
      const { scr, value } = specials[at]!;
      if (scr === SCR_PCC) {
        this.#write(PCC, value);
        this.isCapabilityMode = value.flags === 1n;
      } else if (scr === SCR_DDC) this.#write(DDC, value);
    }
    if (cleared === 0) return;
    for (let index = 1; index < 32; index++) if (((cleared >>> index) & 1) === 1) this.#write(index, 0n);
  }

  /** The class of a register as a capability operand. */
  capabilityClass(index: number): number {
    return this.#capabilityClasses[index]!;
  }

  /** The class of a register as an integer operand. */
  integerClass(index: number): number {
    return this.#integerClasses[index]!;
  }

  /** Whether a register, PCC or DDC holds a tagged capability; other special registers are not followed. */
  isTagged(index: number): boolean {
    return index < REGISTERS && isTaggedClass(this.#capabilityClasses[index]!);
  }

  /** Whether a capability has the bounds that a register, PCC or DDC has. */
  hasBoundsOf(cap: Capability, index: number): boolean {
    const halves = this.#halves;
    const one = 4 * index;
    const other = 4 * REGISTERS;
    this.#bounds[2 * REGISTERS] = cap.base;
    this.#bounds[2 * REGISTERS + 1] = cap.top;
    return (
      halves[one] === halves[other] &&
      halves[one + 1] === halves[other + 1] &&
      halves[one + 2] === halves[other + 2] &&
      halves[one + 3] === halves[other + 3]
    );
  }

  /** Whether PCC's bounds allow to fetch so many bytes at an address. */
  mayFetch(address: bigint, size: bigint): boolean {
    const top = this.#bounds[2 * PCC + 1]! + (this.#topCarries[PCC] === 1 ? TOP_CARRY : 0n);
    return address >= this.#bounds[2 * PCC]! && address + size <= top;
  }

  #write(index: number, value: RegisterValue): void {
    this.#capabilityClasses[index] = capabilityClass(value);
    this.#integerClasses[index] = integerClass(value);
    if (typeof value === "bigint") return;
    this.#bounds[2 * index] = value.base;
    this.#bounds[2 * index + 1] = value.top;
    this.#topCarries[index] = value.top >= TOP_CARRY ? 1 : 0;
  }
}
