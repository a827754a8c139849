import type { ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { StepReport, SystemScript, SystemUnderTest } from "../../model/system-contract.ts";
import type { Catcher } from "../faults/planted-fault.ts";
import type { Systems } from "../faults/system/plant.ts";
import type { Random } from "../generate/random.ts";
import { signatureOf } from "../system/finding.ts";
import { compareSystems, type SystemDivergence, stepsOf } from "../system/lockstep.ts";
import { JudgedSystem } from "../system/oracle/judged.ts";
import type { SystemOracleName } from "../system/oracle/oracle.ts";
import { PairHunt } from "../system/oracle/pair/hunt.ts";
import { runOn } from "../system/replay.ts";
import { shrinkScript } from "../system/shrink.ts";

const JUDGES: readonly SystemOracleName[] = ["M", "T", "S", "V", "O", "A"];

/** Who speaks against a script first. */
export interface Objection {
  readonly by: Catcher;
  /** Objections with the same signature are about the same thing. */
  readonly signature: string;
}

/** A script that somebody objects to, as small as it could be made. */
export interface Small {
  readonly script: SystemScript;
  readonly isMinimal: boolean;
}

/** Two systems, and those who may object to what a script does on them. */
export class Trial {
  readonly model: SystemUnderTest;
  readonly #asked: readonly Catcher[];
  readonly #system: ProbedSystem;
  readonly #judged: JudgedSystem;
  readonly #pairs: PairHunt | null;

  constructor(systems: Systems, asked: readonly Catcher[]) {
    const assemble = (text: string, capabilityMode: boolean) =>
      assembleProgram(text, { capabilityMode }).words;
    this.#asked = asked;
    this.model = systems.createSystemModel();
    this.#system = systems.createIntravisor({ assemble });
    this.#judged = new JudgedSystem(
      this.#system,
      JUDGES.filter((one) => asked.includes(one)),
    );
    this.#pairs = asked.includes("N")
      ? new PairHunt([this.#system, systems.createIntravisor({ assemble })])
      : null;
  }

  /** Who objects first, a comparison before the oracles where both do at one step; null if nobody does. */
  judge(script: SystemScript): Objection | null {
    return this.#ask(script, this.#judged, this.#asked);
  }

  /** Oracles that object to it without a second system, whoever did so first. */
  alsoSeenBy(script: SystemScript, by: Catcher): Catcher[] {
    const others = JUDGES.filter((one) => one !== by && this.#asked.includes(one));
    return others.filter((one) => this.#ask(script, new JudgedSystem(this.#system, [one]), [one]) !== null);
  }

  /** Runs it in two worlds; null if nobody could tell them apart. */
  leak(script: SystemScript, random: Random, testsMax: number): (Objection & Small) | null {
    const seen = this.#pairs?.look(script, random) ?? null;
    if (this.#pairs === null || seen === null) return null;
    const { isMinimal, ...small } = this.#pairs.shrink(seen.found, seen.leak, testsMax);
    return { by: "N", signature: seen.signature, script: small.script, isMinimal };
  }

  /** Makes a script small, as long as the same is said against it. Schedules are not kept: with one it stays as it is. */
  shrink(script: SystemScript, { signature }: Objection, testsMax: number): Small {
    const fails = (one: SystemScript) => this.judge(one)?.signature === signature;
    if (!fails({ ...script, schedule: [] })) return { script, isMinimal: false };
    return shrinkScript(script, { fails, reports: (one) => runOn(one, this.model).reports, testsMax });
  }

  #ask(script: SystemScript, judged: JudgedSystem, asked: readonly Catcher[]): Objection | null {
    try {
      const divergence = asked.includes("D")
        ? compareSystems(script, this.model, judged)
        : this.#run(script, judged);
      const violation = judged.violation ?? (divergence === null ? judged.finish() : null);
      if (divergence !== null && (violation?.at ?? Number.POSITIVE_INFINITY) >= divergence.at) {
        return { by: "D", signature: signatureOf(script, { kind: "difference", difference: divergence }) };
      }
      return violation && { by: violation.oracle, signature: `${violation.oracle} ${violation.rule}` };
    } catch (error) {
      // A system that gives up has not come to the end of the script.
      const by = asked.includes("D") ? "D" : "V";
      return asked.includes(by) ? { by, signature: `thrown: ${(error as Error).message}` } : null;
    }
  }

  /** On the one system alone; in slices the other one is followed as long as they agree. */
  #run(script: SystemScript, judged: JudgedSystem): SystemDivergence | null {
    if (stepsOf(script).some(isOfSlices) || script.schedule.length > 0)
      compareSystems(script, this.model, judged);
    else {
      judged.reset();
      const reports: StepReport[] = [];
      for (const step of stepsOf(script)) {
        reports.push(judged.step(step, reports));
        if (judged.violation !== null) break;
      }
    }
    return null;
  }
}

function isOfSlices(step: ReturnType<typeof stepsOf>[number]): boolean {
  return step.by !== null && (step.action.do === "body" || step.action.do === "go");
}
