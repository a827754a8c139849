/**
 * `npm run bench:checked`: steps of scripts that are checked in a second of CPU time, by what checks them. Scripts are made
 * before; what making them takes as well stands in a row of its own.
 */
import { createIntravisor, type ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { SystemScript } from "../../model/system-contract.ts";
import { Random } from "../generate/random.ts";
import { ScriptSource } from "../system/generate.ts";
import { compareSystems, stepsOf } from "../system/lockstep.ts";
import { JudgedSystem } from "../system/oracle/judged.ts";
import type { SystemOracleName } from "../system/oracle/oracle.ts";
import { SYSTEM_ORACLES } from "../system/oracle/oracles.ts";
import { PairHunt } from "../system/oracle/pair/hunt.ts";

const SCRIPTS = 40;
const ROUNDS = 2;
/** Steps of a script, as in a campaign. */
const STEPS = 200;
const SLICED_STEPS = 60;

/** A way to check a script. */
interface Way {
  readonly name: string;
  readonly isSliced?: true;
  /** @throws Error if something is wrong with the script. */
  readonly check: (script: SystemScript) => void;
}

/** Oracles that look at what a step has come to. The other looks at every step of the machine in it. */
const BETWEEN_STEPS = SYSTEM_ORACLES.filter((name) => name !== "A");

const source = new ScriptSource(new Random("checks"), createSystemModel());
const ways: readonly Way[] = [
  { name: "made only", check: () => void source.script(STEPS) },
  compared("D", []),
  compared("D, S, M", ["S", "M"]),
  compared(`D, ${BETWEEN_STEPS.join(", ")}`, BETWEEN_STEPS),
  { ...compared("D in slices", []), isSliced: true },
  { ...compared(`D, ${BETWEEN_STEPS.join(", ")} in slices`, BETWEEN_STEPS), isSliced: true },
  inTwoWorlds(),
];

console.log("| checked by | steps in a second of CPU time |\n|---|---|");
for (const [at, rate] of ratesOf(ways).entries()) {
  console.log(`| ${ways[at]!.name} | ${Math.round(rate).toLocaleString("en-US")} |`);
}

function compared(name: string, oracles: readonly SystemOracleName[]): Way {
  const model = createSystemModel();
  const system = oracles.length === 0 ? newSystem() : new JudgedSystem(newSystem(), oracles);
  return {
    name,
    check: (script) => {
      const isBroken = compareSystems(script, model, system) !== null;
      if (isBroken || (system instanceof JudgedSystem && system.finish() !== null)) {
        throw new Error(`${name}: a script fails`);
      }
    },
  };
}

function inTwoWorlds(): Way {
  const hunt = new PairHunt([newSystem(), newSystem()]);
  const random = new Random("pairs");
  return {
    name: "two worlds",
    check: (script) => {
      if (hunt.look(script, random) !== null) throw new Error("two worlds: a script fails");
    },
  };
}

function newSystem(): ProbedSystem {
  const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
  return createIntravisor({ assemble });
}

/** Steps in a second of each way: the ways take turns, and the best round counts, as it was disturbed least. */
function ratesOf(all: readonly Way[]): number[] {
  const whole = Array.from({ length: SCRIPTS }, () => source.script(STEPS));
  const sliced = Array.from({ length: SCRIPTS }, () => source.sliced(SLICED_STEPS));
  const best = all.map(() => 0);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [at, { isSliced, check }] of all.entries()) {
      const scripts = isSliced ? sliced : whole;
      const steps = scripts.reduce((sum, script) => sum + stepsOf(script).length, 0);
      const begun = process.cpuUsage();
      for (const script of scripts) check(script);
      const { user, system } = process.cpuUsage(begun);
      // The first round is for the compiler.
      if (round > 0) best[at] = Math.max(best[at]!, (steps * 1e6) / (user + system));
    }
  }
  return best;
}
