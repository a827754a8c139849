import type { Composer } from "./composer.ts";
import * as capability from "./phrase/capability.ts";
import * as control from "./phrase/control.ts";
import * as integer from "./phrase/integer.ts";
import * as memory from "./phrase/memory.ts";
import * as noise from "./phrase/noise.ts";
import * as sealing from "./phrase/sealing.ts";
import * as system from "./phrase/system.ts";
import * as trespass from "./phrase/trespass.ts";
import type { Random } from "./random.ts";

/** Puts a few words that make sense together, after a look at the machine. */
export type Phrase = (to: Composer) => void;

/** Phrases with their weight in a program that leaves nothing out. */
export const roster: readonly (readonly [weight: number, phrase: Phrase])[] = [
  [10, integer.arith],
  [4, integer.multiply],
  [6, integer.manipulate],
  [6, integer.constant],
  [10, capability.inspect],
  [14, capability.derive],
  [8, capability.point],
  [2, capability.anchor],
  [10, capability.bound],
  [3, capability.twins],
  [5, capability.edge],
  [6, capability.stray],
  [4, capability.brink],
  [5, capability.malform],
  [3, capability.rebuild],
  [4, capability.forbid],
  [5, sealing.seal],
  [2, sealing.reseal],
  [3, sealing.sentry],
  [5, sealing.invoke],
  [3, trespass.cross],
  [3, trespass.open],
  [3, trespass.recall],
  [3, trespass.tamper],
  [2, trespass.again],
  [14, memory.access],
  [10, memory.accessCapability],
  [6, memory.reserve],
  [6, memory.overlap],
  [4, memory.strip],
  [4, memory.local],
  [3, memory.tags],
  [8, memory.flawed],
  [6, control.branch],
  [5, control.jump],
  [4, control.jumpFlawed],
  [2, control.switchMode],
  [2, control.narrowCode],
  [2, control.vector],
  [3, control.comeBack],
  [3, control.call],
  [2, control.uncompressed],
  [1, control.patch],
  [5, system.csr],
  [4, system.special],
  [2, system.view],
  [2, system.clear],
  [4, system.narrowData],
  [2, system.restoreData],
  [6, system.readBack],
  [12, noise.any],
  [10, noise.squeeze],
  [3, noise.nearLegal],
  [2, noise.garbage],
];

/** Phrases that only trap without access to system registers. */
const privileged: ReadonlySet<Phrase> = new Set([
  control.vector,
  control.comeBack,
  control.uncompressed,
  system.csr,
  system.view,
]);

/** Phrases without capabilities. */
const plain: ReadonlySet<Phrase> = new Set([
  integer.arith,
  integer.multiply,
  integer.manipulate,
  integer.constant,
  capability.inspect,
  noise.squeeze,
]);

/** Phrases by which authority would be gained if anything were wrong. */
const daring: ReadonlySet<Phrase> = new Set([
  capability.rebuild,
  capability.forbid,
  trespass.cross,
  trespass.open,
  trespass.recall,
  trespass.tamper,
  trespass.again,
  memory.overlap,
]);

/** What a program gives up: nothing; most of its authority; most of it, but not access to system registers. */
export type Confinement = "none" | "narrow" | "system";

/** The weight of a phrase in a program that confines itself. */
function confinedShare(usual: number, phrase: Phrase, confinement: Confinement): number {
  if (privileged.has(phrase)) return confinement === "system" ? usual : 0;
  if (plain.has(phrase)) return usual / 4;
  return daring.has(phrase) ? usual * 3 : usual;
}

const PLACES = 256;
/** Factors on the weights of a program: three phrases in eight are left out. */
const FACTORS = [0, 0, 0, 1, 1, 1, 2, 4];

/**
 * The mix of phrases of one program: a random subset, with random weights. Programs that leave much out go
 * deeper into what is left than an even mix ever would.
 */
export class Swarm {
  readonly #places = new Uint8Array(PLACES);
  readonly #weights = new Float64Array(roster.length);

  /** Draws the mix of the next program. */
  begin(random: Random, confinement: Confinement): void {
    let total = 0;
    while (total === 0) total = this.#weigh(random, confinement);

    let phrase = 0;
    let share = (this.#weights[0]! / total) * PLACES;
    for (let place = 0; place < PLACES; place++) {
      while (share <= place) share += (this.#weights[++phrase]! / total) * PLACES;
      this.#places[place] = phrase;
    }
  }

  /** Draws the weights and returns their sum. */
  #weigh(random: Random, confinement: Confinement): number {
    const isEven = random.odds(1, 8);
    let total = 0;
    let bits = 0;
    for (let i = 0; i < roster.length; i++) {
      bits = i % 8 === 0 ? random.next() : bits >>> 3;
      const [usual, phrase] = roster[i]!;
      const share = confinement === "none" ? usual : confinedShare(usual, phrase, confinement);
      const weight = share * (isEven ? 1 : FACTORS[bits & 7]!);
      this.#weights[i] = weight;
      total += weight;
    }
    return total;
  }

  phrase(random: Random): Phrase {
    return roster[this.#places[random.next() >>> 24]!]![1];
  }
}
