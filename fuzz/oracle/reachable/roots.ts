/** Whether somebody holds a root capability. As long as that is so, everything is reachable. */
import type { Start, StepEvent } from "../../../model/contract.ts";
import { isRoot } from "./authority.ts";

const PCC = 0x20;
const DDC = 0x21;

/** Places that hold a root capability: registers, PCC and DDC. */
export class Roots {
  readonly #places = new Uint8Array(2 * PCC);
  /** How many there are. */
  count = 0;

  begin(start: Start): void {
    this.#places.fill(0);
    this.#places.fill(1, PCC, DDC + 1);
    if (start.preset === "dii") this.#places.fill(1, 1, PCC);
    this.count = this.#places.reduce((sum, one) => sum + one, 0);
  }

  /** Takes notice of what a step leaves behind. Hot. */
  watch({ register, cleared, specials }: StepEvent): void {
    if (register !== null)
      this.#root(register.index, register.kind === "capability" && isRoot(register.value));
    if (cleared !== 0) for (const index of clearedPlaces(cleared)) this.#root(index, false);
    for (let at = 0; at < specials.length; at++) {
      const { scr, value } = specials[at]!;
      if (scr <= 1) this.#root(PCC | scr, isRoot(value));
    }
  }

  #root(index: number, isOne: boolean): void {
    const one = isOne ? 1 : 0;
    this.count += one - this.#places[index]!;
    this.#places[index] = one;
  }
}

/** Registers that CClear makes null; in the place of the first, DDC. */
export function clearedPlaces(cleared: number): number[] {
  const places: number[] = [];
  for (let index = 0; index < PCC; index++) {
    if (((cleared >>> index) & 1) === 1) places.push(index === 0 ? DDC : index);
  }
  return places;
}
