import { Composer } from "./composer.ts";
import type { LiveMachine } from "./live.ts";
import { mutated } from "./mutation.ts";
import { pointerIn } from "./phrase/capability.ts";
import { CONFINEMENT_WORDS, confine } from "./phrase/confine.ts";
import { enterUserMode, patch, skipTrap, switchMode, vector } from "./phrase/control.ts";
import { Random } from "./random.ts";
import { type Confinement, Swarm } from "./swarm.ts";

/** A program whose words may be used again. */
export interface Ancestor {
  readonly words: ArrayLike<number>;
}

const MACHINE_MODE = 3;
/** Steps that leave pc where it is before it is asked whether the machine is stuck. */
const STILL_STEPS = 3;
/** Words that a confined program has at least: its opening, the confinement, and some that live under it. */
const CONFINED_WORDS_MIN = CONFINEMENT_WORDS + 29;
const CONFINEMENTS = ["narrow", "narrow", "narrow", "narrow", "system"] as const;
const UNSEALED = 0x3ffffn;
const EXECUTE = 2n;

/**
 * Words for a machine that starts in the `dii` state, chosen one at a time in view of its live state.
 *
 * The same seed text, longest length and ancestors always make the same programs, in the same order.
 */
export class WordSource {
  readonly #random: Random;
  readonly #composer: Composer;
  readonly #swarm = new Swarm();
  readonly #wordsMax: number;
  /** Words taken over from an ancestor, not yet used. */
  #inherited: readonly number[] = [];
  #run = 0;
  #at = 0;
  #length = 0;
  #isOpen = false;
  #confinement: Confinement = "none";
  /** Whether the program still has to confine itself. */
  #isToConfine = false;
  #pc = -1n;
  #still = 0;

  /** @param wordsMax the most words of a program, at least 1. */
  constructor(seed: string, wordsMax: number) {
    this.#random = new Random(seed);
    this.#composer = new Composer(this.#random);
    this.#wordsMax = wordsMax;
  }

  /** Begins the next program. One in four descends from one of the ancestors, if there are any. */
  begin(ancestors: readonly Ancestor[]): void {
    this.#begin();
    const inherits = ancestors.length > 0 && this.#random.odds(1, 3);
    if (inherits && this.#confinement === "none") this.#inherit(ancestors);
  }

  /** Begins the next program, whose words will lie in memory, each where pc is when it is made. */
  beginFetched(): void {
    this.#begin();
    this.#composer.isFetched = true;
  }

  /** Makes the words of a trap handler next, instead of what was under way. */
  handleTrap(): void {
    while (this.#composer.take() >= 0);
    skipTrap(this.#composer);
  }

  #begin(): void {
    const random = this.#random;
    random.restart(this.#run++);
    this.#composer.begin();
    const isConfined = random.odds(1, 4) && this.#wordsMax >= CONFINED_WORDS_MIN;
    this.#confinement = isConfined ? random.pick(CONFINEMENTS) : "none";
    this.#composer.keepsSystem = this.#confinement === "system";
    this.#isToConfine = isConfined;
    this.#swarm.begin(random, this.#confinement);
    this.#at = 0;
    // What comes after the confinement is what it is for.
    this.#length = isConfined ? this.#wordsMax : 1 + random.below(this.#wordsMax);
    this.#inherited = [];
    this.#isOpen = false;
    this.#pc = -1n;
    this.#still = 0;
  }

  /**
   * The next word for the machine as it stands, or -1 to end the program: it is long enough, or its machine
   * can only trap from here on. Hot.
   */
  next(machine: LiveMachine): number {
    if (this.#at === this.#length || this.#isStuck(machine)) return -1;
    const at = this.#at++;
    if (at < this.#inherited.length) return this.#inherited[at]!;

    const composer = this.#composer;
    const word = composer.take();
    if (word >= 0) return word;
    composer.machine = machine;
    for (;;) {
      if (this.#isOpen) this.#phrase(machine);
      else this.#open();
      const first = composer.take();
      if (first >= 0) return first;
    }
  }

  /** A mutated ancestor whole, or its beginning; the rest of the program is new. */
  #inherit(ancestors: readonly Ancestor[]): void {
    const random = this.#random;
    const { words } = random.pick(ancestors);
    const inherited = mutated(words, random.pick(ancestors).words, random);
    this.#inherited = random.odds(1, 2) ? inherited : inherited.slice(0, random.below(inherited.length));
    this.#isOpen = true;
    const more = random.odds(1, 2) ? random.below(32) : 0;
    this.#length = Math.min(this.#wordsMax, Math.max(1, this.#inherited.length + more));
  }

  #phrase(machine: LiveMachine): void {
    const composer = this.#composer;
    const random = this.#random;
    const isAstray = machine.capabilityMode() !== composer.wantsCapabilityMode;
    if (this.#isToConfine) {
      this.#isToConfine = false;
      confine(composer);
    } else if (composer.isFetched && random.odds(1, 12)) patch(composer);
    else if (isAstray && random.odds(1, 2)) switchMode(composer);
    else if (this.#wantsUserMode(machine) && random.odds(1, 4)) enterUserMode(composer);
    else this.#swarm.phrase(random)(composer);
  }

  #wantsUserMode(machine: LiveMachine): boolean {
    return this.#composer.wantsUserMode && this.#confinement === "none" && machine.mode() === MACHINE_MODE;
  }

  /** Most programs begin with a pointer, and with a good trap vector. */
  #open(): void {
    const random = this.#random;
    const composer = this.#composer;
    this.#isOpen = true;
    if (this.#isToConfine && !composer.isFetched) return;
    if (composer.isFetched || random.odds(1, 2)) vector(composer);
    if (random.odds(3, 4)) pointerIn(composer, composer.other(0));
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
