import { join } from "node:path";
import { lawsSummary } from "../../reports/laws.ts";
import { BadInput } from "../bad-input.ts";
import { makeFolder } from "../campaign/output.ts";
import { plantOf } from "../faults/plant.ts";
import { implModule } from "../oracle/law/impl-library.ts";
import { type JudgeOptions, judgeLaws, type LawReport } from "../oracle/law/judge.ts";
import { modelModules } from "../oracle/law/model-library.ts";
import { jsonText } from "../program/hex.ts";
import { writeWhole } from "../program/index.ts";
import { librariesWith } from "../zoo/law-hunt.ts";

interface ValueOptions {
  readonly seed: string;
  readonly budget: JudgeOptions["budget"];
  /** At most one: `E18` in the engine, `model:E18`, `both:E18`. */
  readonly faults: readonly string[];
  readonly out: string;
}

/**
 * `fuzz --level value`: holds both capability libraries against every law, prints the counts, writes `laws.json`.
 * The toy format is gone through whole, whatever the budget.
 *
 * @throws BadInput when a fault is not one of the libraries'.
 */
export async function fuzzValues({ seed, budget, faults, out }: ValueOptions): Promise<LawReport> {
  makeFolder(out);
  process.stdout.write(`seed ${seed}\n`);
  const report = judgeLaws({
    ...(await librariesOf(faults)),
    seed,
    budget,
    exhaustive: true,
    until: "budget",
    clock: () => performance.now(),
  });
  writeWhole(join(out, "laws.json"), jsonText({ format: "capwright-laws", version: 1, faults, ...report }));
  process.stdout.write(`\n${lawsSummary(report)}\n`);
  return report;
}

async function librariesOf(faults: readonly string[]): Promise<Pick<JudgeOptions, "model" | "impl">> {
  const [name, ...more] = faults;
  if (name === undefined) return { model: modelModules, impl: implModule };
  if (more.length > 0) throw new BadInput("--fault: level value takes one fault at a time");
  const planted = await librariesWith(plantOf(name));
  if (planted.model === undefined && planted.impl === undefined) {
    throw new BadInput(`--fault ${name}: expected a fault of a capability library; this one is elsewhere`);
  }
  return { model: modelModules, impl: implModule, ...planted };
}
