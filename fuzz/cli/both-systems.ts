/** The two systems that the commands run scripts on. */
import { createIntravisor, type ProbedSystem } from "../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../model/intravisor/system.ts";
import { assembleProgram } from "../../model/isa/index.ts";
import type { SystemUnderTest } from "../../model/system-contract.ts";

export function createSystems(): { model: SystemUnderTest; system: ProbedSystem } {
  return { model: createSystemModel(), system: createSystem() };
}

export function createSystem(): ProbedSystem {
  const assemble = (text: string, capabilityMode: boolean) => assembleProgram(text, { capabilityMode }).words;
  return createIntravisor({ assemble });
}
