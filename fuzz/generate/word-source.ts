import type { Start } from "../../model/contract.ts";
import { Composer } from "./composer.ts";
import type { LiveMachine } from "./live.ts";
import { anchor, pointerIn } from "./phrase/capability.ts";
import { switchMode, vector } from "./phrase/control.ts";
import { Random } from "./random.ts";
import { Swarm } from "./swarm.ts";

/** Steps that leave pc where it is before it is asked whether the machine is stuck. */
const STILL_STEPS = 3;
const UNSEALED = 0x3ffffn;
const EXECUTE = 2n;

const dii: Start = { preset: "dii" };
const bare: Start = { preset: "bare" };

/**
 * Words for a machine, chosen one at a time in view of its live state.
 *
 * A source is made once for a seed text; `begin(run)` starts program number `run`, and the same text and run
 * always make the same program, whatever was made before.
 */
export class WordSource {
  readonly #random: Random;
  readonly #composer: Composer;
  readonly #swarm = new Swarm();
  readonly #wordsMax: number;
  #left = 0;
  #pc = -1n;
  #still = 0;
  #isOpen = false;
  #start: Start = dii;

  /** @param wordsMax the most words of a program, at least 1; most programs are about half as long. */
  constructor(seed: string, wordsMax: number) {
    this.#random = new Random(seed);
    this.#composer = new Composer(this.#random);
    this.#wordsMax = wordsMax;
  }

  /** Begins a program and says from which state it starts. */
  begin(run: number): Start {
    const random = this.#random;
    random.restart(run);
    this.#composer.begin();
    this.#swarm.begin(random);
    this.#left = Math.max(1, Math.min(this.#wordsMax, random.below(this.#wordsMax + 1)));
    this.#pc = -1n;
    this.#still = 0;
    this.#isOpen = false;
    this.#start = random.odds(1, 32) ? bare : dii;
    return this.#start;
  }

  /**
   * The next word for the machine as it stands, or -1 to end the program: it is long enough, or its machine can
   * only trap from here on. Hot.
   */
  next(machine: LiveMachine): number {
    if (this.#left-- <= 0 || this.#isStuck(machine)) return -1;
    const composer = this.#composer;
    const word = composer.take();
    if (word >= 0) return word;

    composer.machine = machine;
    if (!this.#isOpen) this.#open();
    for (;;) {
      this.#swarm.phrase(this.#random)(composer);
      const first = composer.take();
      if (first >= 0) return first;
    }
  }

  /** Most programs begin with a pointer or two, a good trap vector, or in the other mode: not always all. */
  #open(): void {
    const random = this.#random;
    const composer = this.#composer;
    this.#isOpen = true;
    if (this.#start === bare) anchor(composer);
    if (random.odds(1, 3)) vector(composer);
    if (random.odds(3, 4)) pointerIn(composer, composer.other(0));
    if (random.odds(2, 5)) switchMode(composer);
  }

  /** Whether the trap vector itself cannot be executed, so that every further step would be the same trap. */
  #isStuck(machine: LiveMachine): boolean {
    const pc = machine.pc();
    if (pc !== this.#pc) {
      this.#pc = pc;
      this.#still = 0;
      return false;
    }
    if (++this.#still < STILL_STEPS) return false;
    const { tag, otype, perms, base, top } = machine.special(0);
    return !tag || otype !== UNSEALED || (perms & EXECUTE) === 0n || pc < base || pc + 2n > top;
  }
}
