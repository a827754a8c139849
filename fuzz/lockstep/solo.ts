import type { MachineUnderTest, Program, Start } from "../../model/contract.ts";
import { injectedProgram } from "../program/program.ts";
import type { NextWord, Run, Watch } from "./lockstep.ts";
import type { Divergence } from "./stepwise.ts";
import { prepare, stepCount, take } from "./stepwise.ts";

/**
 * Runs programs on one machine alone, for oracles that need no second one. It takes the place of a lockstep that never
 * finds a difference; only a machine that throws ends a run early, with the field `defect`.
 */
export class Solo {
  readonly #machine: MachineUnderTest;

  constructor(machine: MachineUnderTest) {
    this.#machine = machine;
  }

  program(program: Program, watch: Watch): Run {
    prepare(this.#machine, program);
    const count = stepCount(program);
    return run((at) => {
      if (at === count) return false;
      watch(take(this.#machine, program, at));
      return true;
    });
  }

  /** A run whose words are made as it goes; they are added to `words`. */
  generated(start: Start, next: NextWord, words: number[], watch: Watch): Run {
    prepare(this.#machine, { ...injectedProgram([]), start });
    return run((at) => {
      const word = next(at);
      if (word < 0) return false;
      words.push(word);
      watch(this.#machine.inject(word));
      return true;
    });
  }
}

/** Takes steps until `step` says that there are no more. */
function run(step: (at: number) => boolean): Run {
  let steps = 0;
  try {
    while (step(steps)) steps++;
    return { steps, divergence: null };
  } catch (error) {
    const fields = [{ field: "defect", expect: String(error), actual: "none" }];
    const difference = { at: steps, instruction: "unknown", fields };
    const divergence: Divergence = { difference, expect: [], actual: [] };
    return { steps: steps + 1, divergence };
  }
}
