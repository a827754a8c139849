import { assembleProgram } from "../../model/isa/index.ts";
import type { Catcher } from "../faults/planted-fault.ts";
import type { Systems } from "../faults/system/plant.ts";
import { runSystemCampaign } from "../system/campaign.ts";
import type { SystemFinding } from "../system/finding.ts";
import { stepsOf } from "../system/lockstep.ts";
import type { Hunter } from "./hunt.ts";

/** Hunts what is planted in systems of cVMs by generated scripts. */
export function systemHunter(systems: Systems, oracles: readonly Catcher[]): Hunter {
  const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
  const model = systems.createSystemModel();
  const system = systems.createIntravisor({ assemble });
  const twin = systems.createIntravisor({ assemble });
  const hunterWith = (asked: readonly Catcher[]): Hunter => ({
    hunt: async ({ seed, seconds, clock }) => {
      let finding: Omit<SystemFinding, "story"> | null = null;
      const { scripts, steps, elapsedMs } = await runSystemCampaign({
        seed,
        budget: { seconds: asked.length === 0 ? 0 : seconds },
        findingsMax: 1,
        model,
        system,
        pairs: asked.includes("N") ? { twin, share: asked.includes("D") ? "some" : "all" } : null,
        clock,
        isInterrupted: () => false,
        onScript: async () => {},
        onFinding: (found) => {
          finding = found;
        },
      });
      const found = finding as Omit<SystemFinding, "story"> | null;
      return {
        seed,
        foundBy: found === null ? null : found.script.pair === undefined ? "D" : "N",
        programs: scripts,
        steps,
        elapsedMs: Math.round(elapsedMs),
        signature: found?.signature ?? null,
        size: found === null ? null : stepsOf(found.script).length,
        isOneMinimal: found?.shrunk ?? null,
        alsoSeenBy: [],
      };
    },
    withoutDifferences: () => hunterWith(asked.filter((one) => one !== "D")),
  });
  return hunterWith(oracles);
}
