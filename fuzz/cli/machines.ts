import { createEngine, type Engine } from "../../impl/engine/index.ts";
import type { MachineUnderTest } from "../../model/contract.ts";
import { createModel } from "../../model/machine/reference.ts";
import { BadInput } from "../bad-input.ts";
import type { MachineName } from "./option.ts";

/** RAM of a machine that runs programs or is driven over RVFI-DII: 8 MiB. */
export const PROGRAM_RAM_SIZE = 8 * 2 ** 20;

/**
 * The machine of this name, with faults planted in it if it is the engine.
 *
 * @throws BadInput when faults are asked of the model, or there is no such fault.
 */
export function createMachine(
  name: MachineName,
  ramSize: number,
  faults: readonly string[],
): MachineUnderTest {
  if (name === "impl") return createFaultyEngine(ramSize, faults);
  if (faults.length > 0)
    throw new BadInput("--fault: faults are planted in the engine; expected --machine impl");
  return createModel({ ramSize });
}

/** Whether a machine takes many steps in one call. */
export function isEngine(machine: MachineUnderTest): machine is Engine {
  return "runTraced" in machine;
}

function createFaultyEngine(ramSize: number, faults: readonly string[]): MachineUnderTest {
  try {
    return createEngine({ ramSize, faults: new Set(faults) });
  } catch (error) {
    if (error instanceof RangeError && faults.length > 0) throw new BadInput(`--fault: ${error.message}`);
    throw error;
  }
}
