/**
 * Makes scripts: honest use of what the system offers, mixed with what nobody should do. It looks at a reference of the
 * system as it goes, so that most steps are taken by threads that can act, on things that exist.
 */
import type { CvmDescription, Step, SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import type { Random } from "../generate/random.ts";
import * as life from "./generate/life.ts";
import * as race from "./generate/object-race.ts";
import { Scene, type Watch } from "./generate/scene.ts";
import { sliced } from "./generate/schedule.ts";
import * as seize from "./generate/seize.ts";
import { type Subject, Swarm } from "./generate/swarm.ts";

export type { Watch } from "./generate/scene.ts";

/** Makes scripts, each from the reset of the reference. */
export class ScriptSource {
  readonly #random: Random;
  readonly #model: SystemUnderTest;
  readonly #swarm: Swarm;
  /** How many of 12 themes of the next script in slices are about objects that two meet in. */
  #races = 0;

  /** `subject`: what most scripts are about; null: anything. */
  constructor(random: Random, model: SystemUnderTest, subject: Subject | null = null) {
    this.#random = random;
    this.#model = model;
    this.#swarm = new Swarm(subject);
  }

  /** A script of at least `stepsMin` steps; the last theme is not cut short. `watch` sees each step as it is taken. */
  script(stepsMin: number, watch: Watch = () => {}): SystemScript {
    return scriptOf(this.#steps(stepsMin, watch, null));
  }

  /**
   * A script to be run in slices: code of guests among its steps, of which the reference does nothing while the script is
   * made, and a schedule under which threads meet.
   */
  sliced(stepsMin: number): SystemScript {
    this.#races = this.#random.odds(1, 3) ? RACES_OF_12 : 0;
    const steps = this.#steps(stepsMin, () => {}, this.#random.pick([0, 1, 3, 6]));
    return sliced(scriptOf(steps), this.#random);
  }

  /** `share` of 12 themes are those of guest code. */
  #steps(stepsMin: number, watch: Watch, share: number | null): readonly Step[] {
    const scene = new Scene(this.#random, this.#model, watch);
    this.#swarm.begin(this.#random);
    life.populate(scene);
    // What no thread can do any more, time and new cVMs can.
    for (let idle = 0; scene.steps.length < stepsMin; ) {
      const before = scene.steps.length;
      if (scene.actor() === null || idle > 8) {
        if (scene.random.odds(1, 2)) life.wait(scene);
        else life.rebirth(scene);
      } else if (share !== null && this.#random.odds(share, 12)) this.#random.pick(codeThemes)(scene);
      else if (share !== null && this.#random.odds(this.#races, 12)) this.#random.pick(raceThemes)(scene);
      else this.#swarm.theme(this.#random)(scene);
      idle = scene.steps.length === before ? idle + 1 : 0;
    }
    return scene.steps;
  }
}

const codeThemes = [
  seize.holdOn,
  seize.holdOn,
  seize.holdOn,
  seize.leaveWith,
  seize.leaveWith,
  seize.leaveWith,
  seize.leaveWith,
  seize.leaveWith,
  seize.copy,
  seize.copy,
  seize.impersonate,
  seize.impersonate,
  seize.callByHand,
  seize.callByHand,
  seize.callByHand,
  seize.anything,
  seize.program,
] as const;

/** Of each dozen themes of a script about objects that runs in slices. */
const RACES_OF_12 = 6;
const raceThemes = [
  race.meddle,
  race.meddle,
  race.meddle,
  race.rewrite,
  race.die,
  race.last,
  seize.disguise,
  seize.disguise,
] as const;

/** The script with these steps: the creations that it begins with are its cVMs. */
export function scriptOf(steps: readonly Step[]): SystemScript {
  const cvms: CvmDescription[] = [];
  for (const step of steps) {
    if (step.by !== null || step.event.do !== "create" || step.expect !== undefined) break;
    cvms.push(step.event.cvm);
  }
  const rest = steps.slice(cvms.length);
  return { format: "capwright-script", version: 1, level: "system", cvms, steps: rest, schedule: [] };
}
