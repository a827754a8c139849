import { createIntravisor } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { SystemScript } from "../../model/system-contract.ts";
import type { Catcher } from "../faults/planted-fault.ts";
import type { Systems } from "../faults/system/plant.ts";
import { runSystemCampaign, type SystemProgress } from "../system/campaign.ts";
import type { SystemFinding } from "../system/finding.ts";
import type { Subject } from "../system/generate/swarm.ts";
import { compareSystems, stepsOf } from "../system/lockstep.ts";
import { JudgedSystem } from "../system/oracle/judged.ts";
import type { SystemOracleName } from "../system/oracle/oracle.ts";
import { type Failure, violationIn } from "../system/replay.ts";
import type { Hunter } from "./hunt.ts";
import type { Hunt } from "./record.ts";

const JUDGES: readonly SystemOracleName[] = ["M", "T", "S", "V", "O", "A"];

/** Findings that have nothing to do with what is planted, at most. */
const FINDINGS_MAX = 10;

/** How long a hunt goes on. */
export type Budget = { readonly runs: number } | { readonly seconds: number };

/**
 * Hunts what is planted in systems of cVMs by generated scripts. What somebody says against the sound systems too has
 * nothing to do with it, and the hunt goes on.
 */
export function systemHunter(systems: Systems, asked: readonly Catcher[], subject?: Subject): Hunter {
  const pack = new Pack(systems, asked, subject);
  return {
    hunt: ({ seed, seconds, clock }) => pack.hunt(seed, { seconds: asked.length === 0 ? 0 : seconds }, clock),
    withoutDifferences: () =>
      systemHunter(
        systems,
        asked.filter((one) => one !== "D"),
        subject,
      ),
  };
}

interface Caught {
  readonly by: Exclude<Hunt["foundBy"], null>;
  readonly finding: Omit<SystemFinding, "story">;
}

/** Two systems, and those who are asked about them. */
export class Pack {
  readonly #asked: readonly Catcher[];
  readonly #model: ReturnType<Systems["createSystemModel"]>;
  readonly #system: ReturnType<Systems["createIntravisor"]>;
  readonly #twin: ReturnType<Systems["createIntravisor"]> | null;
  readonly #subject: Subject | undefined;

  /** `subject`: what most scripts are about; absent: anything. */
  constructor(systems: Systems, asked: readonly Catcher[], subject?: Subject) {
    const assemble = (text: string, capabilityMode: boolean) =>
      assembleProgram(text, { capabilityMode }).words;
    this.#asked = asked;
    this.#subject = subject;
    this.#model = systems.createSystemModel();
    this.#system = systems.createIntravisor({ assemble });
    this.#twin = asked.includes("N") ? systems.createIntravisor({ assemble }) : null;
  }

  /** Scripts, which follow from the seed, until somebody objects or the budget is used up; the last one made small. */
  async hunt(seed: string, budget: Budget, clock: () => number): Promise<Hunt> {
    let caught: Caught | null = null;
    let progress: SystemProgress = { elapsedMs: 0, scripts: 0, steps: 0, findings: 0 };
    const begun = clock();
    const judges = JUDGES.filter((one) => this.#asked.includes(one));
    const compares = this.#asked.includes("D");
    const share = compares || judges.length > 0 ? "some" : "all";
    let thrown: string | null = null;
    try {
      await runSystemCampaign({
        seed,
        budget,
        findingsMax: FINDINGS_MAX,
        ...(this.#subject === undefined ? {} : { subject: this.#subject }),
        model: this.#model,
        system: this.#system,
        judged: judges.length === 0 ? null : new JudgedSystem(this.#system, judges),
        compares,
        pairs: this.#twin && { twin: this.#twin, share },
        clock,
        isInterrupted: () => caught !== null,
        onScript: async (sofar) => {
          progress = sofar;
        },
        onFinding: (finding, failure) => {
          const by = finderOf(failure);
          if (!this.#isOfSoundOnes(finding.script, by)) caught ??= { by, finding };
        },
      });
    } catch (error) {
      thrown = `thrown: ${(error as Error).message}`;
    }
    const { scripts, steps } = progress;
    const found = { seed, programs: scripts, steps, elapsedMs: Math.round(clock() - begun) };
    return { ...found, ...this.#outcome(caught, thrown) };
  }

  #outcome(
    caught: Caught | null,
    thrown: string | null,
  ): Omit<Hunt, "seed" | "programs" | "steps" | "elapsedMs"> {
    if (caught !== null) {
      const { by, finding } = caught;
      return {
        foundBy: by,
        signature: finding.signature,
        size: stepsOf(finding.script).length,
        isOneMinimal: finding.shrunk,
        alsoSeenBy: this.#alsoSeenBy(finding.script, by),
      };
    }
    // A system that gives up has not come to the end of its script.
    const by = thrown === null ? null : (["D", "V"] as const).find((one) => this.#asked.includes(one));
    return { foundBy: by ?? null, signature: thrown, size: null, isOneMinimal: null, alsoSeenBy: [] };
  }

  /** Oracles that object to a script without a second system, too. */
  #alsoSeenBy(script: SystemScript, by: Catcher): Catcher[] {
    const others = JUDGES.filter((one) => one !== by && this.#asked.includes(one));
    return others.filter((one) => this.#isSeenBy(one, script));
  }

  /** Whether the sound systems meet the same objection. Leaks between worlds are not asked about again. */
  #isOfSoundOnes(script: SystemScript, by: Catcher): boolean {
    const sound = new Pack({ createSystemModel, createIntravisor }, []);
    if (by === "D") return compareSystems(script, sound.#model, sound.#system) !== null;
    const judge = JUDGES.find((one) => one === by);
    return judge !== undefined && sound.#isSeenBy(judge, script);
  }

  #isSeenBy(judge: SystemOracleName, script: SystemScript): boolean {
    try {
      return violationIn(script, this.#model, new JudgedSystem(this.#system, [judge])) !== null;
    } catch {
      return false;
    }
  }
}

function finderOf(failure: Failure): Caught["by"] {
  switch (failure.kind) {
    case "violation":
      return failure.violation.oracle;
    case "leak":
      return "N";
    default:
      return "D";
  }
}
