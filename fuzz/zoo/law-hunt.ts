import type { Plant } from "../faults/plant.ts";
import { loadImplModule } from "../oracle/law/impl-library.ts";
import { type JudgeOptions, judgeLaws } from "../oracle/law/judge.ts";
import { loadModelModules } from "../oracle/law/model-library.ts";
import { type Patch, variantOf } from "../variant/variant.ts";
import type { LawHunt } from "./record.ts";

/** Capability libraries, with something planted in them. */
export type Libraries = Pick<JudgeOptions, "model" | "impl">;

/** The libraries that a fault is planted in; none if it is elsewhere in the machines. */
export async function librariesWith({ fault, where }: Plant): Promise<Libraries> {
  const inModel = where === "impl" ? [] : fault.model.filter(isInLibrary);
  const inImpl = where === "model" ? [] : fault.impl.filter(isInLibrary);
  const { load } = variantOf([...inModel, ...inImpl]);
  return {
    ...(inModel.length === 0 ? {} : { model: await loadModelModules(load) }),
    ...(inImpl.length === 0 ? {} : { impl: await loadImplModule(load) }),
  };
}

function isInLibrary({ file }: Patch): boolean {
  return /^(model|impl)\/capability\//.test(file);
}

/**
 * Holds libraries against every law until one is broken.
 *
 * @param samples the most at each format of each library.
 */
export function huntByLaws(libraries: Libraries, seed: string, samples: number): LawHunt {
  const report = judgeLaws({
    ...libraries,
    seed,
    budget: { samples },
    exhaustive: false,
    until: "first breach",
    clock: () => 0,
  });
  return { seed, law: report.breaches[0]?.law ?? null, tests: report.samples };
}
