import type { Engine } from "../../impl/engine/index.ts";
import type { MachineUnderTest } from "../../model/contract.ts";
import { BadInput } from "../bad-input.ts";
import { isPlantedIn, machinesWith, plantName, plantOf } from "../faults/plant.ts";
import type { MachineName } from "./option.ts";

/** RAM of a machine that runs programs or is driven over RVFI-DII: 8 MiB. */
export const PROGRAM_RAM_SIZE = 8 * 2 ** 20;

/**
 * The machine of this name with faults planted in it, named as for `--fault`.
 *
 * @throws BadInput when there is no such fault, or it is planted in the other machine only.
 */
export async function createMachine(
  name: MachineName,
  ramSize: number,
  faults: readonly string[],
): Promise<MachineUnderTest> {
  for (const plant of faults.map((fault) => plantOf(fault))) {
    if (!isPlantedIn(name, plant)) {
      const { id } = plant.fault;
      throw new BadInput(`--fault ${plantName(plant)}: expected ${name}:${id} with --machine ${name}`);
    }
  }
  const { createModel, createEngine } = await machinesWith(faults);
  return name === "impl" ? createEngine({ ramSize }) : createModel({ ramSize });
}

/** Whether a machine takes many steps in one call. */
export function isEngine(machine: MachineUnderTest): machine is Engine {
  return "runTraced" in machine;
}
