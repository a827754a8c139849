/** What is held at one moment, kept or as a machine reports it. */
import type { Capability, MachineState, Privilege } from "../../../model/contract.ts";
import { fromMemory } from "../exact/capability.ts";
import type { Held } from "../oracle.ts";
import type { Holdings } from "./closure.ts";

const PCC = 0x20;
/** Registers and special registers together. */
const PLACES = 0x40;

/** Only what is tagged. */
export class Moment implements Holdings {
  readonly mode: Privilege;
  readonly #caps: ReadonlyMap<number, Capability>;
  readonly #granules: ReturnType<Holdings["granules"]>;

  private constructor(
    mode: Privilege,
    caps: ReadonlyMap<number, Capability>,
    granules: ReturnType<Holdings["granules"]>,
  ) {
    this.mode = mode;
    this.#caps = caps;
    this.#granules = granules;
  }

  static of(held: Held): Moment {
    const caps = new Map<number, Capability>();
    for (let place = 1; place < PLACES; place++) {
      if (held.isTagged(place)) caps.set(place, held.capability(place));
    }
    return new Moment(held.mode, caps, held.granules());
  }

  static atEnd({ mode, registers, specials, memory }: MachineState): Moment {
    const all = [
      ...registers.map((cap, index) => [index, cap] as const),
      ...specials.map(({ scr, value }) => [PCC | scr, value] as const),
    ];
    const granules = memory
      .filter(({ tag }) => tag)
      .map(({ address, data }) => {
        return { address, cap: fromMemory(true, BigInt.asUintN(64, data), data >> 64n) };
      });
    return new Moment(mode, new Map(all.filter(([, cap]) => cap.tag)), granules);
  }

  isTagged(place: number): boolean {
    return this.#caps.has(place);
  }

  /** For a place that is tagged. */
  capability(place: number): Capability {
    return this.#caps.get(place)!;
  }

  granules(): ReturnType<Holdings["granules"]> {
    return this.#granules;
  }
}
