/** Loaded by StrykerJS: adds our mutators to its own, and leaves out what is not drawn; it has no other way in. */
import { relative } from "node:path";
import { EVERY, isDrawn, type Span } from "./draw.ts";
import { mutators, type SyntaxPath, takeCastsOff } from "./mutators.ts";
import { NOT_DRAWN } from "./record.ts";

const instrumenter = import.meta.resolve("@stryker-mutator/instrumenter/package.json");
const from = async (module: string) =>
  (await import(new URL(`dist/src/${module}.js`, instrumenter).href)) as unknown;

const { allMutators } = (await from("mutators/mutate")) as { allMutators: unknown[] };
allMutators.push(...mutators);

const { span = EVERY } = JSON.parse(process.env["CAPWRIGHT_MUTATION"] ?? "{}") as { span?: Span };

/** A mutant as StrykerJS makes it. */
interface Made {
  readonly mutatorName: string;
  /** The text that stands in the place. */
  readonly replacementCode: string;
  readonly original: { readonly loc: { readonly start: Place; readonly end: Place } };
  /** Why it is not tried, if it is not. */
  ignoreReason: string | undefined;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

const { MutantCollector } = (await from("transformers/mutant-collector")) as {
  MutantCollector: { prototype: { collect: (file: string, ...more: unknown[]) => Made } };
};
const collect = MutantCollector.prototype.collect;
MutantCollector.prototype.collect = function (file, ...more) {
  const mutant = collect.call(this, file, ...more);
  const { mutatorName, replacementCode: replacement, original } = mutant;
  const name = { mutatorName, replacement, location: original.loc };
  if (!isDrawn(relative(process.cwd(), file), name, span)) mutant.ignoreReason ??= NOT_DRAWN;
  return mutant;
};

/** Asked at every node, before what belongs to it is looked at, whether to leave it out: never. */
export const casts = {
  shouldIgnore(path: SyntaxPath): undefined {
    takeCastsOff(path);
  },
};

/** What StrykerJS looks for in a plug-in. */
export const strykerPlugins = [{ kind: "Ignore", name: "casts", value: casts }];
