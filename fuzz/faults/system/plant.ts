import { createIntravisor } from "../../../impl/intravisor/intravisor.ts";
import { createSystemModel } from "../../../model/intravisor/system.ts";
import { patchesOf, plantOf, variantWith } from "../plant.ts";

/** Makers of the two systems. */
export interface Systems {
  readonly createSystemModel: typeof createSystemModel;
  readonly createIntravisor: typeof createIntravisor;
}

/**
 * The systems with these faults planted, by their names. A system without any is the ordinary one.
 *
 * @throws BadInput when a name is not that of a fault of cVMs, or two faults change the same text.
 */
export async function systemsWith(names: readonly string[]): Promise<Systems> {
  const plants = names.map((name) => plantOf(name, "system"));
  const [inModel, inImpl] = [patchesOf("model", plants), patchesOf("impl", plants)];
  const variant = variantWith([...inModel, ...inImpl], names);
  const model: Pick<Systems, "createSystemModel"> =
    inModel.length === 0 ? { createSystemModel } : await variant.load("model/intravisor/system.ts");
  const impl: Pick<Systems, "createIntravisor"> =
    inImpl.length === 0 ? { createIntravisor } : await variant.load("impl/intravisor/intravisor.ts");
  return { createSystemModel: model.createSystemModel, createIntravisor: impl.createIntravisor };
}
