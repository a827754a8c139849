import { createEngine } from "../../impl/engine/index.ts";
import { createModel } from "../../model/machine/reference.ts";
import { BadInput } from "../bad-input.ts";
import { type Patch, type Variant, variantOf } from "../variant/variant.ts";
import type { Level, PlantedFault } from "./planted-fault.ts";
import { roster } from "./roster.ts";
import { systemRoster } from "./system/roster.ts";

/** The faults that can be planted, by level. */
export const rosters: Readonly<Record<Level, readonly PlantedFault[]>> = {
  machine: roster,
  system: systemRoster,
};

/** A fault, and which of two has it: the implementation, its model, or both. */
export interface Plant {
  readonly fault: PlantedFault;
  readonly where: "impl" | "model" | "both";
}

/** Makers of the two machines. */
export interface Machines {
  readonly createModel: typeof createModel;
  readonly createEngine: typeof createEngine;
}

/**
 * Reads `E18` or `impl:E18` (the engine has the fault), `model:E18`, `both:E18`.
 *
 * @throws BadInput when there is no such fault or place at the level.
 */
export function plantOf(name: string, level: Level = "machine"): Plant {
  const [, where = "impl", id] = /^(?:(impl|model|both):)?([A-Z]\d\d)$/.exec(name) ?? [];
  const fault = rosters[level].find((row) => row.id === id);
  if (fault !== undefined) return { fault, where: where as Plant["where"] };
  throw new BadInput(`--fault ${name}: no planted fault has this name; expected E18, model:E18 or both:E18`);
}

/** What `plantOf` reads; without `impl:`, as in findings. */
export function plantName({ fault, where }: Plant): string {
  return where === "impl" ? fault.id : `${where}:${fault.id}`;
}

/** Whether the machine has a fault. */
export function isPlantedIn(machine: "impl" | "model", { where }: Plant): boolean {
  return where === machine || where === "both";
}

/**
 * The machines with these faults planted, by their names. A machine without any is the ordinary one.
 *
 * @throws BadInput when a name is not that of a fault, or two faults change the same text.
 */
export async function machinesWith(names: readonly string[]): Promise<Machines> {
  if (names.length === 0) return { createModel, createEngine };
  const plants = names.map((name) => plantOf(name));
  const [inModel, inImpl] = [patchesOf("model", plants), patchesOf("impl", plants)];
  const variant = variantWith([...inModel, ...inImpl], names);
  const model: Pick<Machines, "createModel"> =
    inModel.length === 0 ? { createModel } : await variant.load("model/machine/reference.ts");
  const engine: Pick<Machines, "createEngine"> =
    inImpl.length === 0 ? { createEngine } : await variant.load("impl/engine/index.ts");
  return { createModel: model.createModel, createEngine: engine.createEngine };
}

/** The changes of the sources of a machine, or of a system, that plants ask for. */
export function patchesOf(machine: "impl" | "model", plants: readonly Plant[]): Patch[] {
  return plants.filter((plant) => isPlantedIn(machine, plant)).flatMap(({ fault }) => fault[machine]);
}

/** @throws BadInput when two of these plants change the same text. */
export function variantWith(patches: readonly Patch[], names: readonly string[]): Variant {
  try {
    return variantOf(patches);
  } catch (error) {
    if (names.length < 2) throw error;
    throw new BadInput(`--fault ${names.join(",")}: these cannot be planted together: ${String(error)}`);
  }
}
